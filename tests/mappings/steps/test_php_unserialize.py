"""Columns that mix serialised values with others, wrapped values, and lengths made wrong."""

from __future__ import annotations

import json
import random
from typing import Any

import psycopg2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings import Reject, steps
from mappings.steps.base import as_step
from mappings.steps.php_forms import bytes_form
from mappings.types.jsonb import JSON_NULL, JsonToJsonb, jsonb_text
from tests.mappings.hidden import assert_hidden
from tests.mappings.steps.test_php_serialize import serialized, trees

STRICT = as_step(steps.php_unserialize).python
TOLERANT = steps.php_unserialize(plain="text").python
UNWRAP = steps.php_unserialize(unwrap=True).python
SESSION = steps.php_session(plain="text").python
JSON = steps.parse_json(plain="text").python


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("", ""),
        ("a plain text", "a plain text"),
        ("i:5", "i:5"),
        ("a:1:{i:0;", "a:1:{i:0;"),
        ("b:2;", "b:2;"),
        ("b:0;", False),
        ("i:5;", 5),
        ('s:5:"a";b:";', 'a";b:'),
        ("d:1.5;", 1.5),
        ("a:1:{i:0;R:1;}", "a:1:{i:0;R:1;}"),
        ("s:3:é", "s:3:é"),
        ("null", "null"),
        ("a\0b", {"__bytes__": "YQBi"}),
        (b"a\0b", {"__bytes__": "YQBi"}),
        (b"caf\xe9", {"__bytes__": "Y2Fm6Q=="}),
        (b's:4:"caf\xe9";', {"__bytes__": "Y2Fm6Q=="}),
        ("caf\udce9", {"__bytes__": "Y2Ftnw=="}),
        ("café", "café"),
        ("d:INF;", {"__float__": "INF"}),
    ],
)
def test_column_with_plain_texts_loses_none(stored: str | bytes, expected: Any) -> None:
    if stored == "caf\udce9":
        expected = bytes_form(b"caf\xed\xb3\xa9")
    assert TOLERANT(stored) == expected
    assert type(TOLERANT(stored)) is type(expected)


def test_serialised_null_is_jsons_null_where_texts_are_kept() -> None:
    assert TOLERANT("N;") is JSON_NULL
    assert STRICT("N;") is None


def wrapped(value: Any, rounds: int) -> bytes:
    stored = serialized(value)
    for _ in range(rounds):
        stored = b's:%d:"%s";' % (len(stored), stored)
    return stored


@pytest.mark.parametrize("rounds", [1, 2, 3, 20])
def test_value_serialised_again_and_again_is_unwrapped(rounds: int) -> None:
    stored = wrapped({"a": [1, "é"]}, rounds)
    for value in (stored, stored.decode()):
        assert UNWRAP(value) == {"a": [1, "é"]}
        assert isinstance(STRICT(value), str)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ('a:1:{s:4:"cart";s:14:"a:1:{i:0;i:7;}";}', {"cart": [7]}),
        ('a:2:{i:0;s:2:"N;";i:1;s:4:"i:5;";}', [None, 5]),
        ('a:2:{i:0;s:3:"i:5";i:1;s:6:"a:1:{}";}', ["i:5", "a:1:{}"]),
        ('a:1:{s:4:"i:5;";i:1;}', {"i:5;": 1}),
        ('s:27:"O:1:"A":1:{s:4:"\0A\0x";i:1;}";', {"__class__": "A", "A::x": 1}),
    ],
)
def test_strings_within_are_unwrapped_where_they_are_serialised(stored: str, expected: Any) -> None:
    assert UNWRAP(stored) == expected


def test_strings_wrapped_without_end_stay_text_at_some_depth() -> None:
    found = UNWRAP(wrapped(1, 300))
    assert isinstance(found, str)
    assert found.startswith("s:")


CONVERTED = [
    # Lengths of cp1251, GBK, Shift JIS, and latin1 beside a character that latin1 has not.
    ('a:1:{s:4:"имя";s:6:"Привет";}'.replace("4", "3"), {"имя": "Привет"}),
    ('a:2:{i:0;s:4:"你好";i:1;s:2:"ok";}', ["你好", "ok"]),
    ('s:7:"日本a語";', "日本a語"),
    ('a:2:{i:0;s:3:"é…a";i:1;s:1:"Ж";}', ["é…a", "Ж"]),
    ('O:4:"Имя":1:{s:2:"ъ"";i:1;}', {"__class__": "Имя", 'ъ"': 1}),
    # A character that a conversion lost.
    ('a:1:{i:0;s:7:"hi \ufffd Ж";}', ["hi \ufffd Ж"]),
    ('a:1:{i:0;s:5:"Ж";b";}', ['Ж";b']),
]


@pytest.mark.parametrize(("stored", "expected"), CONVERTED)
def test_lengths_of_another_charset_are_put_right(stored: str, expected: Any) -> None:
    assert STRICT(stored) == expected
    assert TOLERANT(stored) == expected


def test_text_that_reads_in_two_ways_is_rejected_by_its_own_code() -> None:
    # Nine bytes may be three characters, or those and what looks like the next string.
    stored = 'a:1:{s:9:"ЖЖЖ";s:9:"ЖЖЖ";s:9:"ЖЖЖ";}'
    with pytest.raises(Reject) as caught:
        STRICT(stored)
    assert caught.value.code == "ambiguous_lengths"
    assert_hidden(caught.value, stored)
    assert TOLERANT(stored) == stored


@pytest.mark.parametrize(
    "stored",
    [
        # ASCII is the same in every charset: these are damage of another kind.
        's:4:"hello";',
        'a:2:{i:0;s:4:"hello";i:1;s:1:"Ж";}',
        # More bytes than any charset has for so many characters, or fewer.
        's:9:"ЖЖ";',
        's:2:"Жab";',
        'a:2:{i:0;s:1:"Ж";}',
        's:1:"Ж";i:1;',
    ],
)
def test_lengths_that_no_charset_explains_are_damage(stored: str) -> None:
    with pytest.raises(Reject) as caught:
        STRICT(stored)
    assert caught.value.code == "bad_serialize"


def test_search_for_lengths_ends() -> None:
    many = ["Ж"] * 20_000
    entries = "".join(f'i:{n};s:1:"Ж";' for n in range(len(many)))
    assert STRICT(f"a:{len(many)}:{{{entries}}}") == many
    stored = "a:3000:{" + 'i:1;s:9:"Ж";' * 3000
    with pytest.raises(Reject):
        STRICT(stored + 's:2:"";')
    with pytest.raises(Reject):
        STRICT('a:9:{i:0;s:40000:"' + 'Ж";' * 20_000 + "}")


@given(trees, st.sampled_from(["cp1251", "cp932", "gbk"]))
def test_converted_text_is_read_right_or_rejected(tree: Any, charset: str) -> None:
    """What PHP wrote in one charset, read in UTF-8: never anything else than what was meant."""
    text = serialized(tree).decode()
    try:
        stored = _serialized_in(tree, charset).decode(charset)
        meant = STRICT(text)
    except UnicodeError:
        return
    try:
        assert STRICT(stored) == meant
    except Reject as reject:
        assert reject.code in ("bad_serialize", "ambiguous_lengths")


def _serialized_in(value: Any, charset: str) -> bytes:
    if isinstance(value, list):
        value = {str(n): member for n, member in enumerate(value)}
    if isinstance(value, dict):
        members = b"".join(_serialized_in(m, charset) for pair in value.items() for m in pair)
        return b"a:%d:{%s}" % (len(value), members)
    if isinstance(value, str):
        raw = value.encode(charset)
        return b's:%d:"%s";' % (len(raw), raw)
    return serialized(value)


# Texts and bytes that come near to what the steps read.
PIECES = st.sampled_from(
    ["a:1:{", "i:0;", "s:1:\"", '";', "}", "O:1:\"A\":1:{", "d:", "1e999", "N;", "R:1;", "b:1;",
     "é", "\0", "\udc80", "😀", "{", "[", '"', "\\u0000", "\\ud800", "1" * 5000, "1e5000", "null",
     "1e999999999999999999999", "-", "0.1e-20000", ":", ",", "NaN", "|", "!", '"__bytes__":"x"',
     "C:1:\"A\":1:{", "s:3:\"", "E:3:\"A:B\";", " ", "\ufeff", '{"a":1e131073}']
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join), trees.map(json.dumps))
BYTES = st.one_of(
    st.binary(),
    trees.map(serialized),
    TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.tuples(trees.map(serialized), st.binary(max_size=3)).map(lambda pair: pair[0] + pair[1]),
)
DEEP = ["[" * 5000, "[" * 5000 + "]" * 5000, "[" * 201 + "]" * 201, "[" * 200 + "]" * 200,
        "a:1:{i:0;" * 5000, '{"a":' * 900 + "1" + "}" * 900, "9" * 4301, "9" * 4300, "1e4299",
        "1e4300", "0e400000", "0e-400000", "-1e-16383", "1e-16384", "true", '"\\ud83d\\ude00"',
        '{"a": "\\u0000"}', '{"\\u0000": 1}', '"\\ud800"', "\ud800", '"\ud800"', "\0", "[1] x",
        '{"a":1,"a":2}', "a:1:{i:0;d:" + "9" * 5000 + ";}", "d:" + "9" * 5000 + ";", "1" * 140_000,
        "i:" + "9" * 5000 + ";", "s:3:\"a\0b\";", "12345678901234567890.12345678901234567890",
        's:1:"\udc80";', 'a:1:{s:1:"\0";i:1;}']  # fmt: skip


@pytest.fixture(scope="module")
def jsonb(postgres: Any) -> Any:
    address = postgres.create_database("delamp_test_jsonb")
    connection = psycopg2.connect(address)
    yield connection
    connection.close()
    postgres.drop_database("delamp_test_jsonb")


def assert_held(connection: Any, found: Any) -> None:
    """jsonb takes the value, prints it as `jsonb_text` says, and Django reads it."""
    text = JsonToJsonb().load(found, None)  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute("SELECT (%s::jsonb)::text", (text,))
        (printed,) = cursor.fetchone()
    assert printed == jsonb_text(JsonToJsonb().convert(found, None))  # type: ignore[arg-type]
    json.loads(printed)


@pytest.mark.parametrize("step", [TOLERANT, SESSION, JSON], ids=["serialize", "session", "json"])
@pytest.mark.parametrize("value", DEEP, ids=range(len(DEEP)))
def test_hostile_text_is_kept_in_jsonb(jsonb: Any, step: Any, value: str) -> None:
    assert_held(jsonb, step(value))
    assert_held(jsonb, step(value.encode("utf-8", "surrogatepass")))


@pytest.mark.parametrize(
    "step",
    [TOLERANT, steps.php_unserialize(plain="text", unwrap=True).python, SESSION, JSON,
     steps.php_session(handler="php_binary", plain="text").python],
    ids=["serialize", "unwrap", "session", "json", "php_binary"],
)  # fmt: skip
@settings(max_examples=300)
@given(value=st.one_of(TEXTS, BYTES))
def test_no_text_and_no_bytes_are_refused(jsonb: Any, step: Any, value: str | bytes) -> None:
    assert_held(jsonb, step(value))


def test_random_damage_is_kept_in_jsonb_too(jsonb: Any) -> None:
    """Half a serialised value, or one with some bytes changed."""
    dice = random.Random(7)
    sample = serialized({"name": "café", "list": [1, 2.5, None, True], "deep": {"a": ["x"] * 3}})
    for _ in range(2_000):
        stored = bytearray(sample[: dice.randrange(len(sample) + 1)])
        for _ in range(dice.randrange(3)):
            if stored:
                stored[dice.randrange(len(stored))] = dice.randrange(256)
        assert_held(jsonb, TOLERANT(bytes(stored)))


@pytest.mark.parametrize(
    "step",
    [steps.php_unserialize(), steps.php_unserialize(unwrap=True), steps.php_session(),
     steps.php_session(handler="php_binary"), steps.parse_json()],
    ids=["serialize", "unwrap", "session", "php_binary", "json"],
)  # fmt: skip
@settings(max_examples=300)
@given(value=st.one_of(TEXTS, BYTES))
def test_strict_steps_return_a_value_or_reject_the_row(step: Any, value: str | bytes) -> None:
    assert_read_or_rejected(step, value)


@pytest.mark.parametrize("step", [steps.php_unserialize(), steps.php_session(), steps.parse_json()])
def test_strict_steps_reject_hostile_rows_at_most(step: Any) -> None:
    for value in DEEP:
        assert_read_or_rejected(step, value)
        assert_read_or_rejected(step, value.encode("utf-8", "surrogatepass"))


def assert_read_or_rejected(step: Any, value: str | bytes) -> None:
    try:
        step.python(value)
    except Reject as reject:
        assert reject.code in {"bad_serialize", "ambiguous_lengths", "not_json", "bad_json"}
