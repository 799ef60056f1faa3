"""UUIDs in text and in sixteen bytes."""

from __future__ import annotations

import uuid

import pytest

from mappings.types.uuids import TextToUuid
from tests.mappings.types.checker import Checker, field

ONE = "6fa459ea-ee8a-3ca4-894e-db77e160355e"
GOOD = [ONE, ONE.upper(), ONE.replace("-", ""), f"{{{ONE}}}", "0" * 32, "6fa4-59ea" + ONE[8:]]
BAD = ["", "x", ONE[:-1], ONE + "0", f"{ONE}\n", f"{ONE}\0", f" {ONE}", f"{{{ONE}", f"{ONE}}}"]
BAD += [ONE.replace("-", "--", 1), "-" + ONE, ONE + "-", "6-fa459ea" + ONE[8:], "g" + ONE[1:]]
BAD += [f"urn:uuid:{ONE}", "\uff16" + ONE[1:]]


@pytest.mark.parametrize("charset", ["latin1", "utf8mb4", "ascii"])
def test_text_is_a_uuid_in_any_form_that_postgresql_reads(checker: Checker, charset: str) -> None:
    bad = [text for text in BAD if text.isascii() or charset == "utf8mb4"]
    values = [text.encode() for text in GOOD + bad]
    codes = checker.check(f"VARCHAR(50) CHARACTER SET {charset}", field("uuid"), values)
    assert list(codes.values()) == [None] * len(GOOD) + ["bad_uuid"] * len(bad)


@pytest.mark.parametrize("ddl", ["BINARY(16)", "VARBINARY(20)", "BLOB"])
def test_sixteen_bytes_are_a_uuid(checker: Checker, ddl: str) -> None:
    values = [uuid.UUID(ONE).bytes, bytes(16), b"\xff" * 16]
    codes = checker.check(ddl, field("uuid"), [*values, "NULL"])
    assert set(codes.values()) == {None}


def test_other_lengths_are_none(checker: Checker) -> None:
    codes = checker.check("VARBINARY(20)", field("uuid"), [b"", b"\x00" * 15, b"\x00" * 17])
    assert set(codes.values()) == {"bad_uuid"}


def test_mariadbs_own_uuid_arrives(checker: Checker) -> None:
    values = [f"'{ONE}'", f"'{'0' * 32}'", f"'{'F' * 32}'", "NULL"]
    assert set(checker.check("UUID", field("uuid"), values).values()) == {None}
    codes = checker.check("UUID", field("varchar", size=36), values)
    assert set(codes.values()) == {None}


def test_a_uuid_is_no_name_for_the_text_it_came_from(checker: Checker) -> None:
    """The source row would be looked for by a text with hyphens, and not be found."""
    assert not checker.plan("CHAR(32)", field("uuid")).carries_key
    assert not checker.plan("VARCHAR(50)", field("inet")).carries_key
    assert checker.plan("CHAR(32)", field("text")).carries_key


def test_a_function_may_return_a_uuid() -> None:
    assert TextToUuid().convert(uuid.UUID(ONE), field("uuid")) == uuid.UUID(ONE)
