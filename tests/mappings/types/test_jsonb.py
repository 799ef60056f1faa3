"""JSON in text to jsonb, and the text of a jsonb as PostgreSQL prints it."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest

from mappings.errors import Reject
from mappings.types.jsonb import JsonNumber, JsonToJsonb, JsonToText, jsonb_text, parse
from tests.mappings.hidden import assert_hidden
from tests.mappings.types.checker import AnyInteger, Checker, field

GOOD = [
    *('{"b": 1, "a": 2}', '{"aa": 1, "b": 2}', '{"a": 1, "a": 2}', "[]", "{}", "null", "true"),
    *('""', " [1 ,2 ] ", '"\\u00e6 \\ud83d\\ude00 \\/ \\b\\f\\n\\r\\t\\u001f \\" \\\\"', '"\x7f"'),
    *("1.10", "1e5", "1.50e1", "-0", "-0.0", "0e10", "1E-3", "1.0e2", "123456789012345678901234"),
    *("0.1000000000000000055511151231257827", "1e-400", "1.5E+10", "-12.5e-2", "0.00", "1e400"),
    *('{"æ": 1, "zz": 2, "z": 3}', '{"": {"": [null, {"x": []}]}}', '"\\\\u0000"', '["tab\\t"]'),
    *("9007199254740993", "[1.0, 1, 1e0]", '{"10": 1, "9": 2}', "1e131071", "1e-16383"),
    "7" * 5_000,
]
BAD = {
    **dict.fromkeys(
        ["", "{", "nope", "{'a': 1}", "[1,]", "NaN", "Infinity", "-Infinity"], "bad_json"
    ),
    **dict.fromkeys(['"\n"', '"\\x"', "01", "1.", ".5", "+1", '{"a" 1}', "[1] 2"], "bad_json"),
    **dict.fromkeys(['"\\ud800"', '"\\udc00\\ud800"', '{"\\ud800": 1}', "\ufeff1"], "bad_json"),
    **dict.fromkeys(['"\\u0000"', '{"\\u0000A\\u0000b": 1}', '"a\0"'], "nul_byte"),
    **dict.fromkeys(["1e131072", "1e-16384", "[1.5e200000]"], "out_of_range"),
    # PostgreSQL reads the value that another one of the same key replaces.
    **{'{"a": "\\u0000", "a": 1}': "nul_byte", '{"a": [1e131072], "a": 1}': "out_of_range"},
    **{'{"a": {"b": "\\ud800"}, "a": 1}': "bad_json"},
}


@pytest.mark.parametrize("ddl", ["TEXT", "VARCHAR(6000)", "LONGTEXT"])
def test_json_in_text_becomes_jsonb(checker: Checker, ddl: str) -> None:
    values = [text.encode() for text in GOOD]
    codes = checker.check(f"{ddl} CHARACTER SET utf8mb4", field("jsonb"), [*values, "NULL"])
    assert set(codes.values()) == {None}


@pytest.mark.parametrize("text", BAD)
def test_what_jsonb_refuses_is_rejected(checker: Checker, text: str) -> None:
    ddl = "TEXT CHARACTER SET utf8mb4"
    codes = checker.check(ddl, field("jsonb"), [text.encode()], unseen=set(BAD.values()))
    assert list(codes.values()) == [BAD[text]]


@pytest.mark.parametrize(
    "value",
    [
        {"b": [1, 2.5, None], "aa": {"x": True}},
        {1: "int key", None: 2},
        (1, 2),
        {"price": Decimal("1.10"), "big": Decimal("1E+5"), "tiny": Decimal("1E-20")},
        1e16,
        1e-7,
        -0.0,
        2**80,
        "\x7f\u2028æ\U0001f600",
        ["\\u0000", "\\\\u0000", "\n"],
        {"zz": Decimal(1), "a": ("\\u0000", -0.0, 7**4_000, 0.1)},
        [7**6_000],
        True,
        {True: [], 1.5: {}, -1: ""},
    ],
)
def test_what_a_function_returns_becomes_what_django_reads(checker: Checker, value: Any) -> None:
    conversion, target = JsonToJsonb(), field("jsonb")
    converted = conversion.convert(value, target)
    [(printed,)] = checker.pg("SELECT %s::jsonb::text", conversion.encode(converted, target))
    assert conversion.canonical(converted, target) == printed
    assert converted == AnyInteger().decode(printed)
    assert conversion.load(value, target) == conversion.encode(converted, target)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "bad_json"),
        (Decimal("Infinity"), "bad_json"),
        ({"a": "\0"}, "nul_byte"),
        (["\ud800"], "bad_json"),
        (datetime.date(2009, 1, 1), "wrong_type"),
        ({"a": b"bytes"}, "wrong_type"),
    ],
)
def test_what_is_no_json_is_rejected(value: Any, code: str) -> None:
    for way in (JsonToJsonb().convert, JsonToJsonb().load):
        with pytest.raises(Reject) as caught:
            way(value, field("jsonb"))
        assert caught.value.code == code
        assert_hidden(caught.value, value)


def test_deep_nesting_is_rejected_not_a_crash() -> None:
    with pytest.raises(Reject, match="bad_json"):
        parse("[" * 200_000)


def test_a_number_has_all_its_digits_and_equals_the_float_that_django_reads() -> None:
    [number] = parse("[0.10]")
    assert isinstance(number, JsonNumber)
    assert number == 0.1 and number != 0.2 and number == Decimal("0.1")
    assert jsonb_text(number) == "0.10"
    assert parse('{"a": [1.50]}') == json.loads('{"a": [1.50]}')


def test_json_as_text_is_as_it_was_written() -> None:
    text = '{"b": [1.50, 1e20, -0.0, "æ\\n"], "a": null}'
    assert JsonToText().convert(parse(text), field("text")) == text
