"""The fast reading of arrays agrees with the parser on whatever it does not leave to it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import Reject
from mappings.steps.php_arrays import plain_array
from mappings.steps.php_serialize import unserialize
from tests.mappings.steps.test_php_serialize import as_json, serialized, trees

LEFT = object()


def by_parser(text: str) -> Any:
    """The parser's value, or what stands for a text that it rejects."""
    try:
        return unserialize(text.encode())
    except (Reject, UnicodeDecodeError):
        return LEFT


def assert_agree(text: str) -> None:
    found = plain_array(text)
    # By repr, because 1, 1.0 and True are equal; and the order of keys counts.
    assert found is None or repr(found) == repr(by_parser(text))


def is_plain(tree: Any) -> bool:
    """Whether no text of the tree has a quote or a NUL, and no float is too large for JSON's."""
    if isinstance(tree, dict):
        return all(is_plain(member) for pair in tree.items() for member in pair)
    if isinstance(tree, float):
        return abs(tree) < 1e16
    return all(map(is_plain, tree)) if isinstance(tree, list) else not {'"', "\0"} & set(str(tree))


@given(st.one_of(st.lists(trees), st.dictionaries(st.text("ab0é日", max_size=3), trees)))
def test_every_plain_array_is_read(tree: Any) -> None:
    text = serialized(tree).decode()
    assert_agree(text)
    if is_plain(tree):
        assert repr(plain_array(text)) == repr(as_json(tree))


@given(trees, st.data())
def test_damage_is_never_read_as_something_else(tree: Any, data: st.DataObject) -> None:
    text = list(serialized([tree, tree]).decode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at] = data.draw(st.sampled_from(["", *'0123456789:;"{}asibdNEORrC-+.é\\\n']))
    assert_agree("".join(text))


@pytest.mark.parametrize(
    "text",
    [
        *("a:0:{}", "a:1:{i:0;a:1:{i:0;a:0:{}}}", 'a:2:{i:0;s:0:"";s:0:"";i:1;}'),
        *('a:1:{s:3:"é1";s:5:"日é";}', "a:2:{i:1;i:7;i:0;i:8;}", "a:1:{i:0;d:-1.0E+15;}"),
        *('a:2:{s:1:"0";N;i:1;b:0;}', "a:1:{i:-1;i:-9223372036854775808;}"),
        "a:1:{i:0;" * 100 + "a:0:{}" + "}" * 100,
        "a:5000:{" + "".join(f"i:{n};N;" for n in range(5000)) + "}",
    ],
)
def test_usual_arrays_are_read_fast(text: str) -> None:
    assert plain_array(text) is not None
    assert_agree(text)


@pytest.mark.parametrize(
    "text",
    [
        # The same key twice makes up for one that is missing, and for one too many.
        *("a:2:{i:0;i:1;i:0;i:2;i:1;i:3;}", 'a:1:{i:0;i:1;s:1:"0";i:2;}'),
        *("a:2:{i:0;a:2:{i:0;N;i:0;N;}i:1;N;}", "a:0:{}}", "a:0:{};", "a:1:{i:0;a:0:{}", "a:1:{}"),
        # Lengths in characters, or in latin1 bytes.
        *('a:1:{i:0;s:1:"é";}', 'a:1:{s:2:"日";i:1;}', 'a:1:{i:0;s:3:"a";}'),
        *('a:1:{i:0;s:1:""";}', 'a:1:{i:0;O:1:"A":0:{}}', "a:1:{i:0;R:1;}", "a:1:{i:-0;N;}"),
        *("a:1:{i:0;d:INF;}", "a:1:{i:0;d:.5;}", "i:1;", "", "a:1:{i:0;b:2;}", "a:0:{}\n"),
        *(
            "a:1:{i:0;d:1e999;}",
            "a:1:{i:0;d:-1e16;}",
            'a:1:{s:9:"__class__";i:1;}',
            'a:1:{i:0;s:1:"\0";}',
        ),
        "a:1:{i:0;" * 101 + "a:0:{}" + "}" * 101,
        "a:1:{i:0;" * 7_000 + "N;" + "}" * 7_000,
        f'a:1:{{i:0;s:70000:"{"x" * 70_000}";}}',
    ],
)
def test_anything_else_is_left_to_the_parser(text: str) -> None:
    assert plain_array(text) is None
