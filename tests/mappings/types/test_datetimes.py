"""DATETIME with a declared zone and TIMESTAMP to timestamptz; both to text."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mappings.errors import Reject
from mappings.expr import Kind
from mappings.steps.base import Step
from mappings.steps.local_time import local_time
from mappings.types.datetimes import InstantToTimestamp
from tests.mappings.hidden import assert_hidden
from tests.mappings.types.checker import Checker, field

TIMESTAMPTZ = field("timestamp with time zone")
UNREAL = {
    "'0000-00-00 00:00:00'": "zero_date",
    "'2009-00-00 00:00:00'": "partial_date",
    "'2009-05-00 12:30:00'": "partial_date",
    "'0000-05-01 00:00:00'": "partial_date",
    "'2009-02-31 10:00:00'": "invalid_date",
}
FRACTIONS = ["", ".1", ".123456", ".000001", ".100000", ".999999"]


def in_zone(name: str) -> Step:
    """The wall clock taken for one of the zone, without a thought for gaps and folds."""

    def python(value: Any) -> Any:
        if isinstance(value, str):
            return value
        try:
            return value.replace(tzinfo=ZoneInfo(name)).astimezone(datetime.UTC)
        except OverflowError as error:
            raise Reject("date_out_of_range") from error

    return Step(
        name="in_zone",
        python=python,
        accepts=frozenset({Kind.DATETIME}),
        returns=Kind.INSTANT,
        sql=lambda expr: expr.but(kind=Kind.INSTANT, zone=name),
    )


@pytest.mark.parametrize("digits", [0, 1, 3, 6])
def test_timestamps_arrive(checker: Checker, digits: int) -> None:
    values = [f"'2009-01-01 00:00:10{fraction[: digits + 1]}'" for fraction in FRACTIONS]
    values += ["'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "NULL"]
    codes = checker.check(f"TIMESTAMP({digits}) NULL", TIMESTAMPTZ, values)
    assert set(codes.values()) == {None}


def test_the_zero_timestamp_is_refused(checker: Checker) -> None:
    values = ["'0000-00-00 00:00:00'", "'2009-01-01'"]
    codes = checker.check("TIMESTAMP NULL", TIMESTAMPTZ, values)
    assert list(codes.values()) == ["zero_date", None]


@pytest.mark.parametrize("zone", ["Europe/Copenhagen", "America/New_York", "UTC", "Asia/Kolkata"])
@pytest.mark.parametrize("digits", [0, 3, 6])
def test_wall_clocks_of_a_zone_arrive(checker: Checker, zone: str, digits: int) -> None:
    last = f".{'9' * digits}".rstrip(".")
    values = [
        *(f"'2009-07-01 12:34:50{fraction[: digits + 1]}'" for fraction in FRACTIONS),
        *("'0009-01-01 00:00:00'", "'1850-06-01 00:00:00'", "'1890-01-01 00:00:00'"),
        *("'2050-07-01 00:00:00'", "'9999-06-30 12:00:00'", "'2009-07-01'", "NULL"),
        *("'0001-01-02 00:00:00'", f"'9999-12-30 23:59:59{last}'"),
    ]
    codes = checker.check(f"DATETIME({digits})", TIMESTAMPTZ, values, steps=[in_zone(zone)])
    assert set(codes.values()) == {None}


@pytest.mark.parametrize(
    ("zone", "value", "code"),
    [
        ("Europe/Copenhagen", "'0001-01-01 00:00:00'", "date_out_of_range"),
        ("Europe/Copenhagen", "'0001-01-01 00:50:19.999999'", "date_out_of_range"),
        ("Europe/Copenhagen", "'0001-01-01 00:50:20'", None),
        ("Europe/Copenhagen", "'9999-12-31 23:59:59.999999'", None),
        ("America/New_York", "'9999-12-31 18:59:59.999999'", None),
        ("America/New_York", "'9999-12-31 19:00:00'", "date_out_of_range"),
        ("America/New_York", "'0001-01-01 00:00:00'", None),
        ("UTC", "'0001-01-01 00:00:00'", None),
        ("UTC", "'9999-12-31 23:59:59.999999'", None),
    ],
)
def test_an_instant_that_python_cannot_read_is_left_to_python_to_refuse(
    checker: Checker, zone: str, value: str, code: str | None
) -> None:
    chain = [local_time(zone)]
    unseen = {"date_out_of_range"}
    codes = checker.check("DATETIME(6)", TIMESTAMPTZ, [value], steps=chain, unseen=unseen)
    assert codes == {value: code}


@pytest.mark.parametrize("zone", ["Europe/Copenhagen", "America/New_York"])
@pytest.mark.parametrize("digits", [0, 6])
def test_unreal_dates_are_refused_by_kind(checker: Checker, zone: str, digits: int) -> None:
    codes = checker.check(f"DATETIME({digits})", TIMESTAMPTZ, UNREAL, steps=[in_zone(zone)])
    assert codes == UNREAL


@pytest.mark.parametrize("digits", [0, 3, 6])
def test_every_datetime_can_be_text(checker: Checker, digits: int) -> None:
    values = [*UNREAL, "'2009-01-01 00:00:10'", "'2009-01-01 00:00:10.5'", "NULL"]
    codes = checker.check(f"DATETIME({digits})", field("text"), values)
    assert set(codes.values()) == {None}
    codes = checker.check(
        f"DATETIME({digits})", field("text"), values, steps=[in_zone("Europe/Copenhagen")]
    )
    assert set(codes.values()) == {None}
    codes = checker.check("TIMESTAMP(3) NULL", field("varchar", size=26), values[-3:])
    assert set(codes.values()) == {None}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (datetime.datetime(2009, 1, 1), "naive_datetime"),  # noqa: DTZ001
        (datetime.date(2009, 1, 1), "wrong_type"),
        (1230768000, "wrong_type"),
        ("0000-00-00 00:00:00", "zero_date"),
        (datetime.datetime(1, 1, 1, tzinfo=ZoneInfo("Europe/Copenhagen")), "date_out_of_range"),
    ],
)
def test_what_a_function_returns_must_be_an_instant(value: object, code: str) -> None:
    with pytest.raises(Reject) as caught:
        InstantToTimestamp().convert(value, TIMESTAMPTZ)
    assert caught.value.code == code
    assert_hidden(caught.value, value)
