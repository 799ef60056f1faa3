"""DOUBLE and FLOAT: bit for bit, and one spelling on both servers."""

from __future__ import annotations

import random

import pytest

from mappings import steps
from tests.mappings.types.checker import Checker, field

DOUBLES = [
    *("0e0", "'-0'", "1e0", "-1e0", "0.1e0", "123456789.123456789e0", "1e-4", "9.9999e-5", "1e-5"),
    *("999999999999999e0", "1e15", "1234567890123456.8e0", "1e16", "123456789012345680e0", "1e17"),
    *("1.5e-14", "1.5e-15", "1.5e-16", "-1e100", "1e-100", "12e20", "5e-324", "2.5e-310"),
    *("2.2250738585072014e-308", "1.7976931348623157e308", "-1.7976931348623157e308", "NULL"),
]


def test_doubles_arrive_bit_for_bit_and_are_spelled_alike(checker: Checker) -> None:
    codes = checker.check("DOUBLE", field("double precision"), DOUBLES)
    assert set(codes.values()) == {None}


def test_ordinary_doubles_are_spelled_alike(checker: Checker) -> None:
    chance = random.Random(7)
    values = [repr(chance.uniform(-1, 1) * 10 ** chance.randint(-3, 14)) for _ in range(2_000)]
    checker.check("DOUBLE", field("double precision"), [f"'{value}'" for value in values])


@pytest.mark.mysql56
def test_minus_zero_stays(checker56: Checker) -> None:
    """MySQL shows it; MariaDB 10.11 shows 0."""
    for ddl in ("FLOAT", "DOUBLE"):
        plan = checker56.plan(ddl, field("double precision"))
        assert str(plan.python(b"-0")) == "-0.0"
        checker56.check(ddl, field("double precision"), ["'-0'"])
        checker56.check(ddl, field("numeric", size=5, scale=2), ["'-0'"])


def test_a_float_is_taken_with_all_its_digits(checker: Checker) -> None:
    values = ["0.1", "16777217", "1e-30", "3.4e38", "1e-45", "19.99"]
    assert set(checker.check("FLOAT", field("double precision"), values).values()) == {None}


@pytest.mark.parametrize("ddl", ["FLOAT(7,2)", "DOUBLE(7,2)", "DOUBLE(7,2) ZEROFILL"])
def test_fixed_digits_are_what_mysql_shows(checker: Checker, ddl: str) -> None:
    values = ["19.99", "0.1", "99999.99", "0"]
    assert set(checker.check(ddl, field("double precision"), values).values()) == {None}
    codes = checker.check(ddl, field("numeric", size=7, scale=2), values)
    assert set(codes.values()) == {None}


def test_a_double_becomes_a_decimal_if_that_is_the_same_double(checker: Checker) -> None:
    kept = ["0.1e0", "19.99e0", "-19.99e0", "'-0'", "12345678.25e0", "0e0"]
    codes = checker.check("DOUBLE", field("numeric", size=10, scale=2), kept)
    assert set(codes.values()) == {None}
    lost = ["0.30000000000000004e0", "0.001e0", "1e-300", "99999999.999e0"]
    codes = checker.check("DOUBLE", field("numeric", size=10, scale=2), lost)
    assert set(codes.values()) == {"precision_lost"}
    far = ["1e8", "-1e8", "1e40", "1e300"]
    codes = checker.check("DOUBLE", field("numeric", size=10, scale=2), far)
    assert set(codes.values()) == {"out_of_range"}


def test_a_wide_decimal_takes_what_mysql_can_compute_with(checker: Checker) -> None:
    codes = checker.check("DOUBLE", field("numeric", size=100, scale=2), ["1e40", "1e62", "1e80"])
    assert list(codes.values()) == [None, None, "out_of_range"]


@pytest.mark.parametrize("ddl", ["BIGINT", "BIGINT UNSIGNED", "INT", "BIT(64)"])
def test_an_integer_becomes_a_double_up_to_where_none_is_skipped(
    checker: Checker, ddl: str
) -> None:
    values = ["0", "7", "123456789"]
    if ddl != "INT":
        values += ["9007199254740992", "1000000000000000", "9007199254740993"]
    codes = checker.check(ddl, field("double precision"), values)
    assert list(codes.values())[:5] == [None] * min(5, len(values))
    assert codes.get("9007199254740993", "precision_lost") == "precision_lost"


WHOLE = ["0e0", "'-0'", "1e0", "-32768e0", "32767e0"]
WIDE = ["9223372036854774784e0", "-9223372036854775808e0", "1e18", "123456789012345678e0"]
BROKEN = ["0.5e0", "-1.5e0", "32766.5e0", "5e-324", "-1e-300"]
FAR = ["9223372036854775808e0", "-9223372036854777856e0", "1e19", "1e300", "-1e300"]


@pytest.mark.parametrize("base", ["smallint", "integer", "bigint"])
def test_a_double_without_a_fraction_becomes_an_integer(checker: Checker, base: str) -> None:
    codes = checker.check("DOUBLE", field(base), [*WHOLE, *BROKEN, *FAR, *WIDE, "NULL"])
    wide = None if base == "bigint" else "out_of_range"
    assert [codes[value] for value in WHOLE] == [None] * len(WHOLE)
    assert {codes[value] for value in BROKEN} == {"precision_lost"}
    assert {codes[value] for value in FAR} == {"out_of_range"}
    assert {codes[value] for value in WIDE} == {wide}


def test_a_double_is_held_against_the_check_of_the_field(checker: Checker) -> None:
    codes = checker.check("FLOAT", field("integer", least=0), ["-1", "0", "16777216"])
    assert list(codes.values()) == ["out_of_range", None, None]


@pytest.mark.parametrize("ddl", ["FLOAT(10,2)", "DOUBLE(10,2)", "FLOAT(5,5)", "DOUBLE(14,0)"])
def test_shown_digits_fit_a_decimal_of_one_digit_more(checker: Checker, ddl: str) -> None:
    values = ["99999999.99", "-99999999.99", "0.99999", "-0.00001", "19.99", "0.05", "1e30"]
    assert checker.plan(ddl, field("numeric", size=20, scale=5)).refusals == ()
    codes = checker.check(ddl, field("numeric", size=20, scale=5), values)
    assert set(codes.values()) == {None}


def test_shown_digits_that_a_double_may_not_keep_are_asked_for(checker: Checker) -> None:
    plan = checker.plan("DOUBLE(17,2)", field("numeric", size=18, scale=2))
    assert {refusal.code for refusal in plan.refusals} == {"out_of_range", "precision_lost"}
    plan = checker.plan("DOUBLE(10,2)", field("numeric", size=8, scale=1))
    assert {refusal.code for refusal in plan.refusals} == {"out_of_range", "precision_lost"}


def test_a_default_with_more_digits_than_the_column_shows_is_refused(checker: Checker) -> None:
    target = field("numeric", size=12, scale=2)
    codes = checker.check("FLOAT(8,2)", target, ["1.25", "NULL"], steps=[steps.default(0.125)])
    assert list(codes.values()) == [None, "precision_lost"]
