"""For every row that no guard takes out, the SQL form of a step is its Python form."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings import steps
from mappings.steps.base import as_step
from mappings.steps.clock_changes import clock_changes
from tests.fix_servers import connect_mysql
from tests.mappings.steps.agreement import Outcome, agree
from tests.mappings.steps.hostile import (
    BYTES,
    DATES,
    INTEGERS,
    MOMENTS,
    SPANS,
    TEXTS,
    TOKENS,
    hostile_text,
    integers,
    moments,
    spans,
)
from tests.mappings.steps.test_clock_changes import ZONES

TEXT_TYPES = ("utf8mb4", "turkish", "utf8mb3", "latin1", "char")
INT_TYPES = ("tinyint", "int", "bigint", "unsigned")
NOON = datetime.datetime.fromisoformat("2009-05-01 12:00")
NONE, SECOND = datetime.timedelta(), datetime.timedelta(seconds=1)
EPOCH = datetime.datetime.fromisoformat("1970-01-01")


@dataclass(frozen=True)
class Case:
    """A chain of steps, the source types it is tried on, and whether some rows must be guarded."""

    chain: tuple[object, ...]
    types: tuple[str, ...] = TEXT_TYPES
    guards: bool = True

    def __str__(self) -> str:
        chain = " ".join(as_step(s).describe() for s in self.chain)
        return f"{chain[:80]} on {','.join(self.types)}"


def case(*chain: object, types: tuple[str, ...] = TEXT_TYPES, guards: bool = True) -> Case:
    return Case(chain, types, guards)


LONG_MAP = {f"key {n}": n for n in range(199)} | {"x": 1000}

CASES = [
    case(steps.strip),
    case(steps.lower),
    case(steps.truncate(10), guards=False),
    case(steps.truncate(0), guards=False),
    case(steps.null_if_empty, guards=False),
    case(steps.null_if_empty, types=("varbinary",), guards=False),
    case(steps.null_if("", "y ", "æøå", "NULL"), guards=False),
    case(steps.null_if(b"x", b""), types=("varbinary",), guards=False),
    case(steps.null_if(0, -1), types=(*INT_TYPES, "decimal", "double"), guards=False),
    case(steps.null_if(Decimal("1995")), types=("decimal",), guards=False),
    case(steps.null_if(0.5, 1995.0), types=("double",), guards=False),
    case(steps.null_if(datetime.date(1970, 1, 1)), types=("date",), guards=False),
    case(steps.null_if(EPOCH), types=("datetime",), guards=False),
    case(steps.null_if(NOON.replace(tzinfo=datetime.UTC)), types=("timestamp",), guards=False),
    case(steps.default("tab\tæ"), guards=False),
    case(steps.default(b""), types=("varbinary",), guards=False),
    case(steps.default(-5), types=INT_TYPES, guards=False),
    case(steps.default(Decimal("0.125")), types=("decimal",), guards=False),
    case(steps.default(1e300), types=("double",), guards=False),
    case(steps.default(datetime.date(1970, 1, 1)), types=("date",), guards=False),
    case(steps.default(NOON), types=("datetime", "seconds"), guards=False),
    case(steps.default(NOON.replace(microsecond=1)), types=("datetime",), guards=False),
    case(steps.default(NOON.replace(tzinfo=datetime.UTC)), types=("timestamp",), guards=False),
    case(steps.from_unixtime, types=("bigint", "unsigned")),
    case(steps.from_unixtime, types=("int",)),
    case(steps.from_unixtime, types=("decimal", "double")),
    case(steps.from_unixtime("milliseconds"), types=("bigint", "unsigned", "decimal", "double")),
    case(steps.from_unixtime("microseconds", "null"), types=("bigint", "unsigned", "double")),
    case(steps.from_unixtime(beyond="null"), types=("bigint", "unsigned", "decimal")),
    case(steps.local_time("Europe/Copenhagen"), types=("datetime", "seconds")),
    case(steps.local_time("America/New_York", gap="shift", fold="second"), types=("datetime",)),
    case(steps.local_time("Australia/Lord_Howe", fold="reject"), types=("datetime",)),
    case(steps.local_time("Asia/Kolkata"), types=("datetime",)),
    case(steps.local_time("UTC"), types=("datetime",), guards=False),
    case(steps.local_time("Etc/GMT+5"), types=("datetime",)),
    case(steps.local_time("Etc/GMT-5"), types=("datetime",)),
    case(steps.zero_dates, types=("date", "datetime", "timestamp"), guards=False),
    case(steps.zero_dates(partial="null"), types=("date", "datetime"), guards=False),
    case(steps.zero_dates(zero="reject", partial="null"), types=("date",), guards=False),
    case(steps.zero_dates(partial="floor"), types=("date", "datetime")),
    case(steps.zero_dates(partial="floor"), steps.zero_dates(partial="null"),
         types=("date", "datetime")),
    case(steps.zero_dates(partial="null"),
         steps.local_time("Europe/Copenhagen", gap="shift", beyond="null"), types=("datetime",)),
    case(steps.to_boolean, guards=False),
    case(steps.to_boolean, types=("enum", *INT_TYPES), guards=False),
    case(steps.to_boolean(true=[1, 2], false=0), types=INT_TYPES, guards=False),
    case(steps.to_boolean(true="open", false=["closed", ""]), guards=False),
    case(steps.static_map({"open": "aaben", "closed": None, "y": "ja"}, "null"), guards=False),
    case(steps.static_map({"open": "åben", "y ": "en tab\t"}, "keep"), guards=False),
    case(steps.static_map({"Y": 1, "N": 0, "": None}), types=(*TEXT_TYPES, "enum"), guards=False),
    case(steps.static_map({0: "none", 1: "one"}, "reject"), types=INT_TYPES, guards=False),
    case(steps.static_map({0: -1, 7: 10**6}, "keep"), types=INT_TYPES, guards=False),
    case(steps.static_map({"x": True, "y": False}, "null"), guards=False),
    case(steps.static_map({"x": Decimal("0.25"), "y": Decimal(7)}, "null"), guards=False),
    case(steps.static_map(LONG_MAP, "null"), guards=False),
    case(steps.split),
    case(steps.split, types=("enum",)),
    case(steps.split(sep=";")),
    case(steps.split(sep=" "), types=("utf8mb4", "latin1")),
    case(steps.split(strip=False)),
    case(steps.split(sep="|"), types=("utf8mb4", "latin1")),
    case(steps.split(sep=["|", ";", "\n"]), types=("utf8mb4", "latin1")),
    case(steps.split, steps.integers("drop")),
    case(steps.split("|"), steps.integers),
    case(steps.upper),
    case(steps.replace("_", " "), guards=False),
    case(steps.replace("a", "\t\\é"), guards=False),
    case(steps.replace_nul, guards=False),
    case(steps.replace_nul("\ufffd"), guards=False),
    case(steps.replace_invalid, types=("utf8mb4", "utf8mb3", "latin1"), guards=False),
    case(steps.strip_slashes),
    case(steps.br_to_newline),
    case(steps.decode_utf8, types=("varbinary", "blob", "binary")),
    case(steps.decode_utf8("latin1"), types=("varbinary",)),
    case(steps.decode_utf8("replace"), types=("varbinary",)),
    case(steps.decode_utf8("null"), types=("varbinary",)),
    case(steps.decode_utf8, steps.replace_nul, steps.replace("_", " "), types=("binary",)),
    case(steps.full_year, types=INT_TYPES, guards=False),
    case(steps.full_year(0), types=("tinyint",), guards=False),
    case(steps.full_year(99), types=("year",), guards=False),
    case(steps.time_of_day, types=("time",), guards=False),
    case(steps.time_of_day("wrap"), types=("time",)),
    case(steps.parse_number(invalid="null")),
    case(steps.parse_number(places=2)),
    case(steps.parse_number(places=3, decimal=",", thousands=".", invalid="null")),
    case(steps.parse_number(thousands=" ", invalid="null"), steps.default(0)),
    case(steps.parse_number(invalid="null"), steps.from_unixtime(beyond="null")),
    case(steps.parse_timestamp(invalid="null"), types=(*TEXT_TYPES, "varbinary", "binary")),
    case(steps.parse_timestamp("%Y-%m-%dT%H:%M:%S")),
    case(steps.parse_datetime, types=(*TEXT_TYPES, "varbinary")),
    case(steps.parse_datetime("%y%m%d %H:%M", invalid="null"), steps.local_time("Asia/Kolkata")),
    case(steps.parse_date(never=("", "0000-00-00")), types=(*TEXT_TYPES, "varbinary")),
    case(steps.parse_date("%d.%m.%Y", invalid="null")),
    case(steps.relative_to("/uploads/"), guards=False),
    case(steps.relative_to("uploads", "/var/www/up", other="null"), guards=False),
    case(steps.relative_to("/", other="reject"), guards=False),
    case(steps.relative_to("uploads", other="reject"), types=("latin1",), guards=False),
    case(steps.to_boolean(other="null"), types=(*TEXT_TYPES, *INT_TYPES), guards=False),
    case(steps.to_boolean(other=True), types=(*TEXT_TYPES, *INT_TYPES), guards=False),
    case(steps.to_boolean(false="N", other=False), types=(*TEXT_TYPES, "enum"), guards=False),
    case(steps.packed_ip, types=("varbinary", "binary")),
    case(steps.packed_ip("null"), types=("varbinary", "binary", "blob")),
    case(steps.hex_ip, types=("utf8mb4", "char")),
    case(steps.hex_ip("null"), types=("utf8mb4", "latin1")),
    case(steps.parse_ip, types=("utf8mb4", "char")),
    case(steps.parse_ip("null"), types=("utf8mb4", "latin1", "utf8mb3")),
    case(steps.cents_to_decimal, types=INT_TYPES, guards=False),
    case(steps.cents_to_decimal(4), types=INT_TYPES, guards=False),
    case(steps.html_unescape),
    case(steps.repair_charset, types=("utf8mb4", "utf8mb3", "latin1", "turkish")),
    case(steps.repair_charset(parts=True), types=("utf8mb4", "utf8mb3", "latin1")),
    case(steps.int_to_ip, types=("bigint", "unsigned")),
    case(steps.int_to_ip, types=("int",), guards=False),
    case(steps.int_to_ip("null"), types=INT_TYPES, guards=False),
    # One step after another: what an earlier one leaves to Python, a later one must not decide.
    case(steps.html_unescape, steps.null_if("&copy", "&AMP;", "AT&T", "x")),
    case(steps.html_unescape, steps.strip, steps.null_if_empty, steps.default("none")),
    case(steps.repair_charset, steps.html_unescape, steps.lower, steps.truncate(5)),
    case(steps.repair_charset, steps.strip, steps.split),
    case(steps.repair_charset, steps.null_if("cafÃ©", "café"), steps.default("?")),
    case(steps.lower, steps.strip, steps.to_boolean),
    case(steps.lower, steps.null_if("i", "æøå"), steps.static_map({"x": 1, "y": 2}, "null")),
    case(steps.to_boolean, steps.null_if(False), steps.default(False), guards=False),
    case(steps.strip, steps.lower, types=("enum",), guards=False),
    case(steps.null_if(0), steps.from_unixtime, types=("int", "bigint")),
    case(steps.null_if(0), steps.cents_to_decimal, steps.default(Decimal("-1.5")), types=("int",),
         guards=False),
    case(steps.zero_dates(partial="floor"), steps.local_time("Europe/Copenhagen", gap="shift"),
         types=("datetime",)),
    case(steps.local_time("Europe/Copenhagen"), steps.zero_dates(partial="null"),
         steps.default(NOON.replace(tzinfo=datetime.UTC)), types=("datetime",)),
    case(steps.split, steps.default(["a", "b"])),
]  # fmt: skip

PYTHON_ONLY = {
    *("bbcode_to_html", "parse_json", "php_password", "php_session", "php_unserialize"),
}
NOT_STEPS = {"in_python"}


def values(type_: str) -> list[Any]:
    """The fixed batch for a source type."""
    if type_ in (*TEXT_TYPES, "enum"):
        return [*TEXTS, "Y", "N", "  maybe ", "a,b"]
    if type_ in ("varbinary", "binary", "blob"):
        return [value[:16] for value in BYTES] if type_ == "binary" else BYTES
    if type_ == "time":
        return SPANS
    if type_ in (*INT_TYPES, "decimal", "double"):
        return [*INTEGERS, 0.5]
    if type_ == "year":
        return ["0000", 1901, 1970, 1999, 2000, 2069, 2155]
    return DATES if type_ == "date" else MOMENTS


def drawn(type_: str) -> st.SearchStrategy[Any]:
    """More values for a source type."""
    if type_ in (*TEXT_TYPES, "enum"):
        return hostile_text
    if type_ in ("varbinary", "binary", "blob"):
        return st.one_of(st.binary(max_size=16), hostile_text.map(lambda t: t.encode()[:16]))
    if type_ == "time":
        return spans
    if type_ == "year":
        return st.integers(0, 2200)
    if type_ in (*INT_TYPES, "decimal"):
        return integers
    if type_ == "double":
        return st.one_of(integers, st.floats(-1e308, 1e308))
    return st.one_of(moments, st.sampled_from(MOMENTS))


@pytest.fixture(scope="module")
def connection(mariadb: Any) -> Iterator[Any]:
    name = "delamp_test_steps"
    mariadb.drop_database(name)
    with connect_mysql(mariadb.create_database(name)) as opened:
        yield opened
    mariadb.drop_database(name)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sql_form_equals_python_form(case: Case, connection: Any) -> None:
    outcomes = [agree(connection, type_, case.chain, values(type_)) for type_ in case.types]
    assert_worth_it(case, outcomes)


@pytest.mark.mysql56
@pytest.mark.parametrize("case", CASES, ids=str)
def test_sql_form_equals_python_form_on_mysql_56(case: Case, source_db56: str) -> None:
    with connect_mysql(source_db56) as connection:
        outcomes = [agree(connection, type_, case.chain, values(type_)) for type_ in case.types]
    assert_worth_it(case, outcomes)


@pytest.mark.parametrize(
    ("chain", "type_", "usual"),
    [
        ((steps.strip,), "latin1", [" x ", "line\r\n", "line\n", "\tx", "æ \r\n"]),
        ((steps.lower,), "latin1", ["ABC", "a b"]),
        ((steps.html_unescape,), "latin1", ["Tom &amp; Jerry", "&lt;b&gt;&quot;&#039;&#39;", "æ"]),
        ((steps.repair_charset,), "latin1", ["abc", "æøå", "cafÃ©", "Ã¦Ã¸Ã¥"]),
        ((steps.split,), "latin1", ["", "a", "a,b", "a, b, c", "a ,b"]),
        ((steps.split(";"),), "utf8mb4", ["a;b; c"]),
        ((steps.from_unixtime,), "bigint", [0, 2**31, 2**33]),
        ((steps.local_time("Europe/Copenhagen"),), "seconds", ["2009-07-05 02:30:00",
         "2009-03-29 04:00:00", "2009-03-28 02:30:00", "9999-12-31 23:59:59", "1970-01-01 00:00:00",
         "0000-00-00 00:00:00"]),
        ((steps.local_time("America/New_York"),), "seconds", ["9999-12-31 00:00:00"]),
        ((steps.zero_dates(partial="null"),), "date", ["0000-00-00", "2009-00-00", "2009-05-01"]),
    ],
)  # fmt: skip
def test_usual_values_need_no_python(
    chain: tuple[object, ...], type_: str, usual: list[Any], connection: Any
) -> None:
    outcome = agree(connection, type_, chain, usual)
    assert outcome == Outcome(equal=len(usual) + 1, guarded=0, refused=0)


@pytest.mark.parametrize("zone", [*ZONES, "Europe/Dublin", "America/Sao_Paulo", "Asia/Tehran"])
def test_no_time_that_a_clock_skipped_or_showed_twice_escapes_the_guard(
    zone: str, connection: Any
) -> None:
    edges = set()
    for change in clock_changes(zone):
        middle = change.start + (change.end - change.start) / 2
        for moment in (change.start, middle, change.end):
            # The rule of the last years goes on for ever, and the calendar after 400 years.
            later = moment.replace(year=moment.year + 6800) if moment.year >= 2190 else moment
            edges |= {near + tick for near in (moment, later) for tick in (-SECOND, NONE, SECOND)}
    batch = sorted(moment.isoformat(sep=" ") for moment in edges | {NOON})
    outcome = agree(connection, "datetime", (steps.local_time(zone, fold="reject"),), batch)
    assert bool(outcome.guarded) == bool(clock_changes(zone))
    assert outcome.refused == 0
    assert outcome.equal >= len(clock_changes(zone))


def assert_worth_it(case: Case, outcomes: list[Outcome]) -> None:
    """A batch of guarded rows only would agree on anything."""
    assert all(outcome.equal >= 3 for outcome in outcomes)
    assert any(outcome.guarded for outcome in outcomes) == case.guards


@pytest.mark.parametrize("case", CASES, ids=str)
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_sql_form_equals_python_form_on_drawn_values(
    case: Case, connection: Any, data: st.DataObject
) -> None:
    for type_ in case.types:
        batch = data.draw(st.lists(drawn(type_), min_size=20, max_size=80), label=type_)
        agree(connection, type_, case.chain, batch)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_sql_form_equals_python_form_on_thousands_of_values(case: Case, connection: Any) -> None:
    for type_ in case.types:
        dice = random.Random(f"{case} {type_}")
        agree(connection, type_, case.chain, [thrown(type_, dice) for _ in range(1_500)])


def thrown(type_: str, dice: random.Random) -> Any:
    """A value for a source type, by chance; quicker than `drawn`, which can show the least."""
    known = values(type_)
    if type_ in TEXT_TYPES and dice.random() < 0.8:
        pieces = dice.choices([*TOKENS, *TEXTS], k=dice.randint(1, 5))
        return "".join(pieces)[:60]
    if type_ in ("varbinary", "binary", "blob") and dice.random() < 0.8:
        return b"".join(dice.choices([*BYTES, b"20", b"09"], k=2))[: dice.randint(1, 16)]
    if type_ in (*INT_TYPES, "decimal", "double") and dice.random() < 0.8:
        exact = dice.choice([0, 10**9, 10**12, *INTEGERS]) + dice.randint(-999, 999)
        return exact if type_ in INT_TYPES else exact + dice.choice([0, 0.25, 0.1, 0.123456])
    if type_ in ("datetime", "seconds", "timestamp") and dice.random() < 0.8:
        return str(EPOCH + datetime.timedelta(seconds=dice.randint(-(10**10), 10**11)))
    return dice.choice(known)


def test_every_step_has_a_case_here_or_is_python_only() -> None:
    tried = {as_step(s).name for c in CASES for s in c.chain}
    assert tried | PYTHON_ONLY | NOT_STEPS == set(steps.__all__)
    assert not tried & PYTHON_ONLY


@pytest.mark.parametrize("name", sorted(PYTHON_ONLY))
def test_python_only_steps_have_no_sql_form(name: str) -> None:
    assert as_step(getattr(steps, name)).sql is None
