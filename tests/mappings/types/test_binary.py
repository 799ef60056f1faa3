"""Binary columns to bytea, and to text where they hold UTF-8."""

from __future__ import annotations

import pytest

from tests.mappings.types.checker import Checker, field

EVERY_BYTE = bytes(range(256))
HOSTILE = [b"", b"\x00", b"\\", b"\\N", b"\\.", b"\n", b"\t\r\n", b"a\\\nb", EVERY_BYTE[:200]]


@pytest.mark.parametrize(
    "ddl", ["VARBINARY(255)", "BINARY(200)", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB"]
)
def test_bytes_arrive_as_they_are(checker: Checker, ddl: str) -> None:
    codes = checker.check(ddl, field("bytea"), [*HOSTILE, "NULL"])
    assert set(codes.values()) == {None}


def test_a_large_blob_arrives(checker: Checker) -> None:
    values = [EVERY_BYTE * 1_000, b"x" * 64, b"x" * 65, b"\n" * 300_000]
    assert set(checker.check("LONGBLOB", field("bytea"), values).values()) == {None}


GOOD = [b"", b"plain", "æøå €".encode(), "\U0001f600".encode(), b"\\ \t\r\n", "\uffff".encode()]
BAD = [b"\xff", b"a\x80", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xf8"]


@pytest.mark.parametrize("ddl", ["VARBINARY(255)", "BLOB", "LONGBLOB"])
def test_text_in_bytes_is_text_if_it_is_utf8(checker: Checker, ddl: str) -> None:
    codes = checker.check(ddl, field("text"), [*GOOD, *BAD, b"a\x00b", "NULL"])
    expected = [None] * len(GOOD) + ["bad_charset"] * len(BAD) + ["nul_byte", None]
    assert list(codes.values()) == expected


def test_text_in_bytes_is_measured_in_characters(checker: Checker) -> None:
    codes = checker.check("VARBINARY(20)", field("varchar", size=3), ["'ab '", "'æøå'", "'ab  '"])
    assert list(codes.values()) == [None, None, "too_long"]


def test_long_text_in_bytes_goes_by_python(checker: Checker) -> None:
    plan = checker.plan("LONGBLOB", field("text"))
    assert len(plan.guards) == 1
    assert checker.plan("BLOB", field("text")).guards == ()
    assert checker.plan("LONGBLOB", field("bytea")).guards == ()
    checker.check("LONGBLOB", field("text"), [b"\n" * 65_537, b"x"])
