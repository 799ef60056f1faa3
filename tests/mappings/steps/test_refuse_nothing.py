"""The policies that never refuse: every hostile value is loaded into PostgreSQL, as docs say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mappings import steps
from mappings.steps.base import as_step
from tests.fix_servers import DatabaseServer, fresh_database
from tests.mappings.steps.hostile import BYTES, INTEGERS, MOMENTS, SPANS, TEXTS
from tests.mappings.types.checker import Checker, field

NULL_DATES = (steps.zero_dates(partial="null"),)
FLOOR_DATES = (steps.zero_dates(partial="floor"), steps.zero_dates(partial="null"))
LOCAL = steps.local_time("Europe/Copenhagen", gap="shift", beyond="null")
ALL_TEXTS = [text.encode() for text in TEXTS]
HEXED = [f"0x{value.hex()}" if value else "''" for value in BYTES]


@pytest.fixture(
    scope="module", params=["mariadb", pytest.param("mysql56", marks=pytest.mark.mysql56)]
)
def checker(request: pytest.FixtureRequest, postgres: DatabaseServer) -> Iterator[Checker]:
    for source in fresh_database(request.getfixturevalue(request.param)):
        for target in fresh_database(postgres):
            opened = Checker(source, target)
            yield opened
            opened.close()


@pytest.mark.parametrize("charset", ["utf8mb4", "utf8"])
def test_surrogates_and_nul_bytes_in_text(checker: Checker, charset: str) -> None:
    values = ["0xEDA080", "0x41EDBFBF42", "0x00", "0x410042", "0xEE8080", "'a'", "''", "NULL"]
    chain = [steps.replace_invalid(), steps.replace_nul()]
    codes = checker.check(f"VARCHAR(9) CHARACTER SET {charset}", field("text"), values, steps=chain)
    assert set(codes.values()) == {None}
    plan = checker.plan(f"VARCHAR(9) CHARACTER SET {charset}", field("text"), *chain)
    assert plan.python(b"A\xed\xbf\xbfB\0") == "A\ufffdB"


@pytest.mark.parametrize(("charset", "hole"), [("cp1251", b"\x98"), ("sjis", b"\x81\xad")])
def test_bytes_that_stand_for_no_character(checker: Checker, charset: str, hole: bytes) -> None:
    ddl = f"VARCHAR(20) CHARACTER SET {charset}"
    chain = [steps.replace_invalid()]
    codes = checker.check(ddl, field("text"), [b"a", hole, b"?"], steps=chain)
    assert set(codes.values()) == {None}


def test_text_of_any_kind_through_a_chain(checker: Checker) -> None:
    chain = [
        steps.replace_invalid(), steps.repair_charset(), steps.html_unescape, steps.strip_slashes,
        steps.br_to_newline, steps.replace_nul(), steps.truncate(20),
    ]  # fmt: skip
    target = field("varchar", size=20)
    codes = checker.check("VARCHAR(200) CHARACTER SET utf8mb4", target, ALL_TEXTS, steps=chain)
    assert set(codes.values()) == {None}


@pytest.mark.parametrize("chain", [NULL_DATES, FLOOR_DATES], ids=["null", "floor"])
@pytest.mark.parametrize(
    ("ddl", "base", "more"),
    [
        ("DATE", "date", ()),
        ("DATETIME(6)", "timestamp with time zone", (LOCAL,)),
        ("DATETIME", "timestamp with time zone", (LOCAL,)),
    ],
    ids=["date", "datetime(6)", "datetime"],
)
def test_dates_that_no_calendar_and_no_clock_has(
    checker: Checker, ddl: str, base: str, more: tuple[Any, ...], chain: tuple[Any, ...]
) -> None:
    checker.source.cursor().execute("SET sql_mode = 'ALLOW_INVALID_DATES'")
    values = [f"'{moment}'" for moment in MOMENTS]
    codes = checker.check(ddl, field(base), values, steps=[*chain, *more])
    checker.source.cursor().execute("SET sql_mode = ''")
    assert set(codes.values()) == {None}


def test_zero_timestamps(checker: Checker) -> None:
    values = ["'0000-00-00 00:00:00'", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "NULL"]
    target = field("timestamp with time zone")
    codes = checker.check("TIMESTAMP NULL", target, values, steps=[as_step(steps.zero_dates)])
    assert set(codes.values()) == {None}


@pytest.mark.parametrize("beyond", ["null", "wrap"])
def test_times_beyond_a_day(checker: Checker, beyond: Any) -> None:
    values = [f"'{span}'" for span in SPANS]
    codes = checker.check("TIME(6)", field("time"), values, steps=[steps.time_of_day(beyond)])
    assert set(codes.values()) == {None}


@pytest.mark.parametrize("unit", ["seconds", "milliseconds", "microseconds"])
@pytest.mark.parametrize("ddl", ["BIGINT", "BIGINT UNSIGNED", "DOUBLE", "DECIMAL(30,6)"])
def test_epochs_of_any_size(checker: Checker, ddl: str, unit: Any) -> None:
    chain = [steps.null_if(0), steps.from_unixtime(unit, beyond="null")]
    target = field("timestamp with time zone")
    codes = checker.check(ddl, target, [str(n) for n in INTEGERS] + ["1255633200.25"], steps=chain)
    assert set(codes.values()) == {None}


@pytest.mark.parametrize(
    ("chain", "base"),
    [
        ((steps.parse_number(invalid="null"),), "bigint"),
        ((steps.parse_number(2, thousands=",", invalid="null"),), "numeric"),
        ((steps.parse_number(invalid="null"), steps.from_unixtime(beyond="null")),
         "timestamp with time zone"),
        ((steps.parse_timestamp(invalid="null"),), "timestamp with time zone"),
        ((steps.parse_datetime(invalid="null"), LOCAL), "timestamp with time zone"),
        ((steps.parse_date(invalid="null"),), "date"),
        ((steps.parse_ip("null"),), "inet"),
        ((steps.hex_ip("null"),), "inet"),
        ((steps.to_boolean(other="null"),), "boolean"),
        ((steps.relative_to("/uploads/"), steps.replace_nul()), "text"),
        ((steps.bbcode_to_html(), steps.replace_nul()), "text"),
    ],
    ids=lambda given: " ".join(s.describe() for s in given) if isinstance(given, tuple) else given,
)  # fmt: skip
def test_texts_that_are_something_else(checker: Checker, chain: tuple[Any, ...], base: str) -> None:
    codes = checker.check("VARCHAR(200) CHARSET utf8mb4", field(base), ALL_TEXTS, steps=chain)
    assert set(codes.values()) == {None}


@pytest.mark.parametrize(
    ("chain", "base"),
    [
        ((steps.decode_utf8("latin1"), steps.replace_nul()), "text"),
        ((steps.decode_utf8("replace"), steps.replace_nul()), "text"),
        ((steps.decode_utf8("null"), steps.replace_nul()), "text"),
        ((steps.packed_ip("null"),), "inet"),
        ((steps.parse_timestamp(invalid="null"),), "timestamp with time zone"),
    ],
    ids=lambda given: " ".join(s.describe() for s in given) if isinstance(given, tuple) else given,
)  # fmt: skip
def test_bytes_that_are_something_else(checker: Checker, chain: tuple[Any, ...], base: str) -> None:
    for ddl in ("VARBINARY(40)", "BINARY(16)", "BLOB"):
        values = [v for v in HEXED if ddl != "BINARY(16)" or len(v) <= 34]
        codes = checker.check(ddl, field(base), values, steps=chain)
        assert set(codes.values()) == {None}


def test_addresses_in_numbers(checker: Checker) -> None:
    for ddl in ("BIGINT", "INT", "INT UNSIGNED"):
        values = [str(n) for n in INTEGERS]
        codes = checker.check(ddl, field("inet"), values, steps=[steps.int_to_ip("null")])
        assert set(codes.values()) == {None}
