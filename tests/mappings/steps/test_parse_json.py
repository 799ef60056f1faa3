"""Text that holds JSON, and text that does not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mappings import Reject, steps
from mappings.steps.base import as_step
from mappings.types.jsonb import JSON_NULL
from tests.mappings.hidden import assert_hidden

STRICT = as_step(steps.parse_json).python
TOLERANT = steps.parse_json(plain="text").python


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ('{"a": [1, true, null]}', {"a": [1, True, None]}),
        (b'["\xc3\xa9"]', ["é"]),
        ('"text"', "text"),
        ("12345678901234567890123", 12345678901234567890123),
        ("0.10000000000000000001", Decimal("0.10000000000000000001")),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ("null", JSON_NULL),
        (" [1] ", [1]),
    ],
)
def test_json_is_read_by_both(stored: str | bytes, expected: Any) -> None:
    assert STRICT(stored) == expected
    assert TOLERANT(stored) == expected
    assert type(TOLERANT(stored)) is type(STRICT(stored))


@pytest.mark.parametrize("stored", ["", " \n"])
def test_empty_text_is_null_or_kept(stored: str) -> None:
    assert STRICT(stored) is None
    assert TOLERANT(stored) == stored


@pytest.mark.parametrize(
    "stored", ["hello", "{'a': 1}", "[1,]", "NaN", "1 2", "01", "[" * 5000, "é", "\ufeff[]"]
)
def test_other_text_is_rejected_or_kept(stored: str) -> None:
    assert TOLERANT(stored) == stored
    with pytest.raises(Reject) as caught:
        STRICT(stored)
    assert caught.value.code == "bad_json"
    assert_hidden(caught.value, stored)


@pytest.mark.parametrize(
    "stored",
    [
        '{"a": "\\u0000"}',
        '["\\ud800"]',
        "1e4300",
        "9" * 4301,
        "[1e131073]",
        "1e-16384",
        "[" * 201 + "]" * 201,
        '{"__bytes__": "YQ=="}',
    ],
)
def test_json_that_could_not_be_held_or_read_again_is_kept_as_text(stored: str) -> None:
    assert TOLERANT(stored) == stored


@pytest.mark.parametrize(
    "stored", ["1e4299", "9" * 4300, '["\\u00e9\\ud83d\\ude00"]', '["' + "9" * 5000 + '"]']
)
def test_json_at_the_limit_is_read(stored: str) -> None:
    assert TOLERANT(stored) == STRICT(stored) != stored


def test_what_is_no_text_is_kept_by_its_bytes() -> None:
    assert TOLERANT(b"caf\xe9") == {"__bytes__": "Y2Fm6Q=="}
    assert TOLERANT("a\0") == {"__bytes__": "YQA="}
    with pytest.raises(Reject, match="bad_json"):
        STRICT(b"caf\xe9")


@pytest.mark.parametrize(
    "make",
    [
        lambda: steps.parse_json(plain="keep"),
        lambda: steps.php_unserialize(plain="keep"),
        lambda: steps.php_session(plain="keep"),
    ],
)
def test_unknown_policy_is_refused(make: Any) -> None:
    with pytest.raises(ValueError, match="expected reject, text"):
        make()


def test_unknown_session_handler_is_refused() -> None:
    with pytest.raises(ValueError, match="expected php, php_binary"):
        steps.php_session(handler="php_serialize")
