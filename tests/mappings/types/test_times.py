"""TIME, signed and beyond a day: to interval, to time and to text."""

from __future__ import annotations

import datetime

import pytest

from mappings.types.times import TimeToTime
from tests.mappings.types.checker import Checker, field

SPANS = [
    *("'08:30:00'", "'00:00:00'", "'23:59:59'", "'24:00:00'", "'100:00:01'", "'838:59:59'"),
    *("'-838:59:59'", "'-00:00:01'", "'-08:30:00'", "'-24:00:00'", "NULL"),
]
FRACTIONS = ["'00:00:00.5'", "'-00:00:00.5'", "'-00:00:00.000001'", "'23:59:59.999999'"]


@pytest.mark.parametrize("digits", [0, 3, 6])
def test_any_span_becomes_an_interval(checker: Checker, digits: int) -> None:
    codes = checker.check(f"TIME({digits})", field("interval"), [*SPANS, *FRACTIONS])
    assert set(codes.values()) == {None}


def test_the_longest_span_of_mariadb_becomes_an_interval(checker: Checker) -> None:
    checker.check("TIME(6)", field("interval"), ["'-838:59:59.000001'", "'838:59:59.999999'"])


@pytest.mark.parametrize("digits", [0, 6])
def test_a_time_of_the_day_is_from_midnight_to_midnight(checker: Checker, digits: int) -> None:
    values = [*SPANS, "'23:59:59.4'", *(FRACTIONS if digits else [])]
    codes = checker.check(f"TIME({digits})", field("time"), values)
    good = {"'08:30:00'", "'00:00:00'", "'23:59:59'", "'23:59:59.4'", "NULL"}
    good |= {"'00:00:00.5'", "'23:59:59.999999'"}
    assert {value for value, code in codes.items() if code is None} == good & set(values)
    assert set(codes.values()) == {None, "time_out_of_range"}


@pytest.mark.parametrize("digits", [0, 3, 6])
def test_any_span_can_be_text(checker: Checker, digits: int) -> None:
    codes = checker.check(f"TIME({digits})", field("varchar", size=17), [*SPANS, *FRACTIONS])
    assert set(codes.values()) == {None}


def test_a_function_may_return_a_time() -> None:
    noon = datetime.time(12, 0, 0, 500_000)
    assert TimeToTime().encode(TimeToTime().convert(noon, field("time")), field("time")) == (
        "12:00:00.5"
    )
