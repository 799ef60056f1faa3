"""DATE, and dates that no calendar has."""

from __future__ import annotations

import datetime

import pytest

from mappings.errors import Reject
from mappings.types.dates import DateToDate
from tests.mappings.types.checker import Checker, field

REAL = ["'2009-05-17'", "'0001-01-01'", "'0009-01-01'", "'9999-12-31'", "'2024-02-29'", "NULL"]
UNREAL = {
    "'0000-00-00'": "zero_date",
    "'2009-00-00'": "partial_date",
    "'2009-05-00'": "partial_date",
    "'0000-05-01'": "partial_date",
    "'0000-00-01'": "partial_date",
    "'2009-02-31'": "invalid_date",
    "'2023-02-29'": "invalid_date",
    "'1900-02-29'": "invalid_date",
    "'2009-04-31'": "invalid_date",
}


def test_dates_arrive(checker: Checker) -> None:
    assert set(checker.check("DATE", field("date"), REAL).values()) == {None}


def test_dates_of_no_calendar_are_refused_by_kind(checker: Checker) -> None:
    assert checker.check("DATE", field("date"), UNREAL) == UNREAL


def test_every_date_can_be_text(checker: Checker) -> None:
    values = [*REAL, *UNREAL]
    codes = checker.check("DATE", field("varchar", size=10), values)
    assert set(codes.values()) == {None}


@pytest.mark.parametrize("value", [datetime.datetime(2009, 1, 1), 20090101, 1.5])  # noqa: DTZ001
def test_what_a_function_returns_must_be_a_date(value: object) -> None:
    with pytest.raises(Reject, match="wrong_type"):
        DateToDate().convert(value, field("date"))
