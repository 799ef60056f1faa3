"""Session tables: variables one after another, in PHP's two handlers for that."""

from __future__ import annotations

from typing import Any

import pytest

from mappings import Reject, steps
from mappings.steps.base import as_step
from tests.mappings.hidden import assert_hidden

PHP = as_step(steps.php_session).python
BINARY = steps.php_session(handler="php_binary").python


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("", {}),
        ("user|i:5;", {"user": 5}),
        ('cart|a:1:{i:0;s:3:"a|b";}user|O:4:"User":1:{s:2:"id";i:5;}',
         {"cart": ["a|b"], "user": {"__class__": "User", "id": 5}}),
        # References number the values of all variables.
        ('a|a:1:{i:0;s:1:"x";}b|R:2;c|r:1;', {"a": ["x"], "b": "x", "c": ["x"]}),
        ("!gone|user|i:5;", {"user": 5}),
        ('é|s:2:"é";', {"é": "é"}),
        ('é|s:1:"é";', {"é": "é"}),
        ("a|i:1;a|i:2;", {"a": 2}),
        ("__class__|i:1;|i:2;", {"___class__": 1, "": 2}),
        ('n|s:3:"a\0b";', {"n": {"__bytes__": "YQBi"}}),
    ],
)  # fmt: skip
def test_variables_of_a_session(stored: str, expected: Any) -> None:
    assert PHP(stored) == expected
    assert PHP(stored) == PHP(stored.encode()) or "é" in stored


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (b"", {}),
        (b"\x04useri:5;\x01ab:1;", {"user": 5, "a": True}),
        (b'\x84gone\x01as:1:"x";', {"a": "x"}),
        (b"\x01aa:1:{i:0;i:7;}\x01bR:2;", {"a": [7], "b": 7}),
    ],
)
def test_variables_with_the_length_of_their_name(stored: bytes, expected: Any) -> None:
    assert BINARY(stored) == expected


@pytest.mark.parametrize("stored", ["user", "user|", "user|i:5", "user|i:5;x", "user|x", "a:0:{}"])
def test_damaged_session_is_rejected(stored: str) -> None:
    with pytest.raises(Reject) as caught:
        PHP(stored)
    assert caught.value.code == "bad_serialize"
    assert_hidden(caught.value, stored)
    assert steps.php_session(plain="text").python(stored) == stored


@pytest.mark.parametrize("stored", [b"\x04use", b"\x04user", b"\x04useri:5;\x01"])
def test_damaged_binary_session_is_rejected(stored: bytes) -> None:
    with pytest.raises(Reject):
        BINARY(stored)


def test_session_within_a_variable_is_unwrapped() -> None:
    stored = 'cart|s:14:"a:1:{i:0;i:7;}";'
    assert PHP(stored) == {"cart": "a:1:{i:0;i:7;}"}
    assert steps.php_session(unwrap=True).python(stored) == {"cart": [7]}
