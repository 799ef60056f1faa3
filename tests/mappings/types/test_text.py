"""Text of every charset and ENUM: to text, character by character."""

from __future__ import annotations

import pytest

from mappings import steps
from mappings.steps.base import Step
from mappings.types.text import quoted_members
from tests.mappings.types.checker import Checker, field

HOSTILE = [
    *(b"", b"plain", b"\\", b"\\N", b"\\.", b"\\\\", b"a\tb\nc\rd", b"\n", b"  padded  ", b"'\"`%"),
    *(b"\\n", b"\x01\x1f\x7f", b"~,", b"3:abc"),
]
WIDE = ["æøå €", "日本", "e\u0301", "\u2028", "\ufeff", "\uffff"]


@pytest.mark.parametrize("ddl", ["VARCHAR(100)", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT"])
@pytest.mark.parametrize("charset", ["utf8mb4", "utf8"])
def test_text_arrives(checker: Checker, ddl: str, charset: str) -> None:
    values = [*HOSTILE, *(f"_utf8mb4 0x{text.encode().hex()}" for text in WIDE), "NULL"]
    if charset == "utf8mb4":
        values.append("_utf8mb4 0xF09F98804142F48FBFBF")
    codes = checker.check(f"{ddl} CHARACTER SET {charset}", field("text"), values)
    assert set(codes.values()) == {None}


@pytest.mark.parametrize("ddl", ["CHAR(50)", "CHAR(50) CHARACTER SET latin1"])
def test_char_arrives_without_its_padding(checker: Checker, ddl: str) -> None:
    checker.check(ddl, field("varchar", size=50), [b"a  ", b"", b"  a"])


def test_every_byte_of_latin1_arrives(checker: Checker) -> None:
    values = [b"%c" % byte for byte in range(1, 256)]
    codes = checker.check("VARCHAR(5) CHARACTER SET latin1", field("text"), values)
    assert set(codes.values()) == {None}


@pytest.mark.parametrize("charset", ["latin2", "cp1251", "koi8r", "ucs2", "utf16", "sjis", "gbk"])
def test_other_charsets_arrive_or_are_refused(checker: Checker, charset: str) -> None:
    values = [f"CONVERT(_utf8mb4 0x{t.encode().hex()} USING {charset})" for t in ("abc", "Привет")]
    codes = checker.check(f"VARCHAR(20) CHARACTER SET {charset}", field("text"), values)
    assert codes[values[0]] is None


@pytest.mark.parametrize(("charset", "hole"), [("cp1251", b"\x98"), ("sjis", b"\x81\xad")])
def test_bytes_that_stand_for_no_character_are_refused_silently(
    checker: Checker, charset: str, hole: bytes
) -> None:
    ddl = f"VARCHAR(20) CHARACTER SET {charset}"
    codes = checker.check(ddl, field("text"), [b"a", hole, b"?"])
    assert list(codes.values()) == [None, "bad_charset", None]
    [refusal] = [r for r in checker.plan(ddl, field("text")).refusals if r.code == "bad_charset"]
    assert refusal.silent, "PostgreSQL would take the question mark that MySQL makes of it"


def test_surrogates_that_mysql_stores_as_utf8_are_refused(checker: Checker) -> None:
    values = ["0xEDA080", "0x41EDBFBF", "0xEE8080", "'a'"]
    codes = checker.check("VARCHAR(20) CHARACTER SET utf8mb4", field("text"), values)
    assert list(codes.values()) == ["bad_charset", "bad_charset", None, None]


@pytest.mark.parametrize("step", [steps.truncate(1), steps.static_map({"a": "b"}, "null")])
def test_what_a_step_cuts_off_is_refused_all_the_same(checker: Checker, step: Step) -> None:
    values = ["0x41EDBFBF", "0xEDA080", "'a'", "'abc'", "NULL"]
    ddl = "VARCHAR(10) CHARACTER SET utf8mb4"
    codes = checker.check(ddl, field("text"), values, steps=[step])
    assert list(codes.values()) == ["bad_charset"] * 2 + [None] * 3


def test_nul_and_length_are_refused(checker: Checker) -> None:
    values = [b"a\x00b", b"\x00", "'abc'", "'abcd'", "'ab   '", "_utf8mb4 0xF09F98804142"]
    codes = checker.check("VARCHAR(9)", field("varchar", size=3), values)
    assert list(codes.values()) == ["nul_byte", "nul_byte", None, "too_long", "too_long", None]


def test_long_text_goes_by_python(checker: Checker) -> None:
    plan = checker.plan("LONGTEXT", field("text"))
    assert len(plan.guards) == 1
    checker.check("LONGTEXT", field("text"), [b"\n" * 65_536, b"\\" * 65_537])


ENUM = r"ENUM('Y','N','it''s','a,b','c\\d','tab\t','æ','')"


@pytest.mark.parametrize("charset", ["utf8mb4", "latin1"])
def test_every_member_of_an_enum_arrives_and_index_0_too(checker: Checker, charset: str) -> None:
    values = ["1", "2", "3", "4", "5", "6", "7", "8", "0", "'nonsense'", "NULL"]
    codes = checker.check(f"{ENUM} CHARACTER SET {charset}", field("text"), values)
    assert set(codes.values()) == {None}


def test_members_are_read_from_the_catalogue(checker: Checker) -> None:
    checker.plan(ENUM, field("text"))
    members = quoted_members(checker.column().column_type)
    assert members == ("Y", "N", "it's", "a,b", "c\\d", "tab\t", "æ", "")
