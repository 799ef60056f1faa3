"""serialize() of PHP, read back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import Reject, steps
from mappings.steps.base import as_step
from mappings.steps.php_forms import bytes_form, bytes_key
from mappings.types.jsonb import JsonNumber
from tests.mappings.hidden import assert_hidden

READ = as_step(steps.php_unserialize).python


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("N;", None),
        ("", None),
        ("b:0;", False),
        ("b:1;", True),
        ("i:0;", 0),
        ("i:-42;", -42),
        ("i:9223372036854775807;", 2**63 - 1),
        ("d:0.5;", 0.5),
        ("d:1;", 1.0),
        ("d:-1.0E+25;", JsonNumber("-1e+25")),
        ("d:12345678901234567;", JsonNumber("1.2345678901234568e+16")),
        ("d:0.10000000000000001;", 0.1),
        ("d:.5;", 0.5),
        ('s:0:"";', ""),
        ('s:5:"hello";', "hello"),
        ('s:5:"a";b:";', 'a";b:'),
        ('s:3:"\u00e9a";', "éa"),
        ('S:5:"a\\62cde";', "abcde"),
        ('E:11:"Suit:Hearts";', "Suit:Hearts"),
        ("a:0:{}", []),
        ("a:2:{i:0;i:7;i:1;N;}", [7, None]),
        ('a:2:{s:1:"0";i:7;i:1;b:1;}', [7, True]),
        ("a:2:{i:1;i:7;i:0;i:8;}", {"1": 7, "0": 8}),
        ("a:1:{i:1;d:2.5;}", {"1": 2.5}),
        ("a:1:{i:-1;b:0;}", {"-1": False}),
        ('a:2:{s:1:"a";i:1;s:1:"a";i:2;}', {"a": 2}),
        ('a:1:{s:3:"x"y";s:3:"";i";}', {'x"y': '";i'}),
        ('a:2:{s:3:"key";a:1:{i:0;s:1:"v";}i:5;N;}', {"key": ["v"], "5": None}),
        ('O:8:"stdClass":1:{s:1:"a";i:1;}', {"a": 1}),
        ('O:4:"User":0:{}', {"__class__": "User"}),
        (
            'O:4:"User":3:{s:4:"name";s:1:"a";s:8:"\0User\0id";i:1;s:6:"\0*\0age";i:2;}',
            {"__class__": "User", "name": "a", "User::id": 1, "*::age": 2},
        ),
        (
            'O:3:"Kid":2:{s:1:"x";i:1;s:9:"\0Parent\0x";i:2;}',
            {"__class__": "Kid", "x": 1, "Parent::x": 2},
        ),
        # Names that look like the forms above are none of them.
        (
            'O:3:"Kid":3:{s:9:"Parent::x";i:1;s:9:"__class__";i:2;s:10:"___class__";i:3;}',
            {"__class__": "Kid", "::Parent::x": 1, "___class__": 2, "____class__": 3},
        ),
        (
            'O:3:"Kid":2:{s:9:"\0Parent\0x";i:1;s:11:"::Parent::x";i:2;}',
            {"__class__": "Kid", "Parent::x": 1, "::::Parent::x": 2},
        ),
        ('a:1:{s:4:"a::b";i:1;}', {"a::b": 1}),
        ('a:1:{s:9:"__class__";s:1:"x";}', {"___class__": "x"}),
        ('a:1:{s:9:"__bytes__";s:4:"AAE=";}', {"___bytes__": "AAE="}),
        ('O:8:"stdClass":1:{s:9:"__class__";s:1:"x";}', {"___class__": "x"}),
        ('O:3:"\0x\0":1:{i:0;i:1;}', {"__class__": {"__bytes__": "AHgA"}, "0": 1}),
        ('s:3:"a\0b";', {"__bytes__": "YQBi"}),
        ('a:1:{s:3:"a\0b";i:1;}', {"__bytes__:YQBi": 1}),
        ('O:8:"stdClass":1:{s:2:"\0x";i:1;}', {"__bytes__:AHg=": 1}),
        ("d:INF;", {"__float__": "INF"}),
        ("d:-INF;", {"__float__": "-INF"}),
        ("a:2:{i:0;d:NAN;i:1;d:1e999;}", [{"__float__": "NAN"}, {"__float__": "INF"}]),
        (
            'O:5:"Inner":1:{s:1:"a";O:5:"Other":1:{s:1:"b";a:1:{i:0;O:8:"stdClass":0:{}}}}',
            {"__class__": "Inner", "a": {"__class__": "Other", "b": [{}]}},
        ),
        (
            'O:11:"ArrayObject":4:{i:0;i:0;i:1;a:1:{i:0;i:1;}i:2;a:0:{}i:3;N;}',
            {"__class__": "ArrayObject", "0": 0, "1": [1], "2": [], "3": None},
        ),
        ('a:2:{i:0;E:11:"Suit:Hearts";i:1;r:2;}', ["Suit:Hearts", "Suit:Hearts"]),
        ('O:6:"Ns\\Cls":1:{s:9:"\0Ns\\Cls\0x";i:1;}', {"__class__": "Ns\\Cls", "Ns\\Cls::x": 1}),
        ('C:3:"Set":4:{a;b}}', {"__class__": "Set", "__data__": "a;b}"}),
        ('a:2:{i:0;s:1:"x";i:1;R:2;}', ["x", "x"]),
        ('a:3:{i:0;O:1:"A":0:{}i:1;r:2;i:2;R:3;}', [{"__class__": "A"}] * 3),
        ("a:3:{i:0;a:1:{i:0;i:9;}i:1;R:3;i:2;i:1;}", [[9], 9, 1]),
        ('a:1:{i:0;s:4:"R:1;";}', ["R:1;"]),
    ],
)
def test_value_is_what_php_had(stored: str, expected: Any) -> None:
    found = READ(stored)
    assert found == expected
    assert type(found) is type(expected)
    assert READ(stored.encode()) == expected


@pytest.mark.parametrize(
    ("stored", "offset"),
    [
        ("x", 0),
        ("i:1", 0),
        ("i:1;;", 4),
        ("i:1;\n", 4),
        ("i:1_0;", 0),
        ("i:;", 0),
        ("b:2;", 0),
        ("d:1e;", 0),
        ("d:nan;", 0),
        ("N", 0),
        ('s:4:"hello";', 0),
        ('s:6:"hello";', 0),
        ('s:5:"hello"', 11),
        ("s:5:hello;", 0),
        ('s:-1:"";', 0),
        ("a:1:{}", 5),
        ("a:1:{i:0;i:1;", 13),
        ("a:0:{i:0;i:1;}", 5),
        ("a:1:{N;i:1;}", 5),
        ("a:1:{d:0.5;i:1;}", 5),
        ("a:99999999999:{}", 15),
        ('a:1:{s:4:"abc";i:1;}', 5),
        ('a:1:{i:0;s:4:"abc";}', 9),
        ('O:4:"User"', 10),
        ('C:3:"Set":9:{a}', 22),
        ("R:1;", 0),
        ("a:1:{i:0;R:7;}", 9),
        ('S:2:"\\6x\\62";', 7),
        ('S:999999999999999:"a";', 22),
    ],
)
def test_damage_is_rejected_with_its_offset(stored: str, offset: int) -> None:
    with pytest.raises(Reject) as caught:
        READ(stored.encode())
    assert str(caught.value) == f"bad_serialize: at byte {offset}"
    assert_hidden(caught.value, stored)


@pytest.mark.parametrize(
    "stored",
    [
        "a:1:{i:0;R:1;}",
        'O:4:"Node":1:{s:4:"self";r:1;}',
        "a:1:{i:0;a:1:{i:0;a:1:{i:0;R:2;}}}",
        # How many values the class numbered itself is unknown.
        'a:3:{i:0;i:7;i:1;C:3:"Set":4:{i:1;}i:2;R:5;}',
        # Each level twice: two to the power of 60 values.
        "a:2:{i:0;" * 60 + "i:1;" + "".join(f"i:1;R:{n};}}" for n in range(61, 1, -1)),
    ],
)
def test_what_json_cannot_say_is_rejected_by_its_own_code(stored: str) -> None:
    with pytest.raises(Reject) as caught:
        READ(stored)
    assert caught.value.code == "not_json"


def test_nesting_beyond_reason_is_a_rejected_row_and_no_crash() -> None:
    with pytest.raises(Reject, match="nested deeper than 200 levels") as caught:
        READ("a:1:{i:0;" * 100_000)
    assert caught.value.code == "not_json"
    assert json.dumps(READ("a:1:{i:0;" * 200 + "N;" + "}" * 200)) == "[" * 200 + "null" + "]" * 200


def test_reference_before_an_object_of_its_own_format_is_sure() -> None:
    stored = 'a:3:{i:0;s:1:"x";i:1;C:3:"Set":4:{i:1;}i:2;R:2;}'
    assert READ(stored) == ["x", {"__class__": "Set", "__data__": "i:1;"}, "x"]


def test_lengths_that_counted_latin1_bytes_are_understood() -> None:
    assert READ('a:1:{s:3:"été";s:4:"café";}') == {"été": "café"}


def test_utf8_that_was_read_as_latin1_is_repaired_on_the_way() -> None:
    stored = 'a:1:{s:4:"name";s:5:"café";}'.encode().decode("cp1252")
    assert READ(stored) == {"name": "café"}


def test_bytes_that_are_no_utf8_are_taken_for_latin1() -> None:
    assert READ(b's:4:"caf\xe9";') == "café"
    assert READ(b's:2:"\x80\x81";') == "€\x81"


def test_length_that_cuts_a_character_is_damage() -> None:
    with pytest.raises(Reject, match="bad_serialize"):
        READ('a:2:{s:1:"日";i:1;s:5:"日";i:1;}')


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8"), max_size=8),
)
keys = st.one_of(st.text(st.characters(codec="utf-8"), max_size=5), st.integers(-5, 5).map(str))
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
)


def serialized(value: Any) -> bytes:
    """After the description of the format in PHP's internals book."""
    match value:
        case None:
            return b"N;"
        case bool():
            return b"b:%d;" % value
        case int():
            return b"i:%d;" % value
        case float():
            return b"d:%s;" % repr(value).encode()
        case str():
            return b's:%d:"%s";' % (len(value.encode()), value.encode())
        case list():
            value = {str(n): member for n, member in enumerate(value)}
    pairs = b"".join(_key(k) + serialized(v) for k, v in value.items())
    return b"a:%d:{%s}" % (len(value), pairs)


def _key(key: str) -> bytes:
    try:
        return b"i:%d;" % int(key) if str(int(key)) == key else serialized(key)
    except ValueError:
        return serialized(key)


def as_json(value: Any) -> Any:
    """PHP has one kind of array: a dict with the keys of a list is a list."""
    if isinstance(value, list):
        return [as_json(member) for member in value]
    if isinstance(value, dict):
        if list(value) == [str(n) for n in range(len(value))]:
            return [as_json(member) for member in value.values()]
        return {_json_key(key): as_json(member) for key, member in value.items()}
    return bytes_form(value.encode()) if isinstance(value, str) and "\0" in value else value


def _json_key(key: str) -> str:
    return bytes_key(key.encode()) if "\0" in key else key


@given(trees)
def test_every_tree_comes_back(tree: Any) -> None:
    stored = serialized(tree)
    assert READ(stored) == as_json(tree)
    assert READ(stored.decode()) == as_json(tree)


@given(trees, st.data())
def test_damaged_bytes_never_crash(tree: Any, data: st.DataObject) -> None:
    stored = bytearray(serialized(tree))
    at = data.draw(st.integers(0, len(stored) - 1))
    stored[at] = data.draw(st.sampled_from(b'0123456789:;"{}asibdNORrC\xff\\'))
    try:
        READ(bytes(stored))
    except Reject as reject:
        assert reject.code in ("bad_serialize", "not_json")
        assert_hidden(reject, bytes(stored))
