"""Decimals and whole numbers to numeric, integers, text and doubles."""

from __future__ import annotations

import pytest

from tests.mappings.types.checker import Checker, field

NINES = "9" * 35 + "." + "9" * 30
SMALLEST = "0." + "0" * 29 + "1"


@pytest.mark.parametrize(
    ("ddl", "size", "scale", "values"),
    [
        ("DECIMAL(65,30)", 65, 30, [NINES, f"-{NINES}", SMALLEST, f"-{SMALLEST}", "0"]),
        ("DECIMAL(65,30)", 100, 40, [NINES, SMALLEST, "0"]),
        ("DECIMAL(65,0)", 65, 0, ["9" * 65, "-" + "9" * 65, "0"]),
        ("DECIMAL(65,0)", 65, 2, ["1", "0"]),
        ("DECIMAL(10,2)", 10, 2, ["12345678.90", "-0.01", "-0.001", "0", "NULL"]),
        ("DECIMAL(10,2) UNSIGNED ZEROFILL", 10, 2, ["12.5", "0"]),
        ("DECIMAL(10,2)", 14, 4, ["1.25", "-1.25", "99999999.99", "-99999999.99"]),
        ("DECIMAL(10,4)", 10, 2, ["1.2500", "-1.2000", "0.0000"]),
        ("DECIMAL(10,4)", 6, 0, ["1", "-1", "0"]),
        ("BIGINT", 20, 0, ["9223372036854775807", "-9223372036854775808"]),
        ("BIGINT UNSIGNED", 25, 5, ["18446744073709551615", "0"]),
        ("BIT(64)", 22, 2, ["18446744073709551615"]),
    ],
)
def test_a_number_that_fits_arrives(
    checker: Checker, ddl: str, size: int, scale: int, values: list[str]
) -> None:
    codes = checker.check(ddl, field("numeric", size=size, scale=scale), values)
    assert set(codes.values()) == {None}


def test_digits_that_postgresql_would_round_away_are_refused(checker: Checker) -> None:
    values = ["1.2345", "1.2300", "0.0001", "-0.0050", "99.9950", "99.9999"]
    codes = checker.check("DECIMAL(10,4)", field("numeric", size=4, scale=2), values)
    assert [code for code in codes.values() if code] == ["precision_lost"] * 5
    assert codes["1.2300"] is None


@pytest.mark.parametrize(
    ("ddl", "values"),
    [
        ("DECIMAL(10,2)", ["100.00", "-100.00", "12345678.99", "99.99"]),
        ("INT", ["100", "-100", "-2147483648", "99"]),
        ("BIGINT", ["9223372036854775807", "-9223372036854775808", "99"]),
        ("BIGINT UNSIGNED", ["18446744073709551615", "99"]),
    ],
)
def test_more_digits_before_the_point_are_refused(
    checker: Checker, ddl: str, values: list[str]
) -> None:
    codes = checker.check(ddl, field("numeric", size=4, scale=2), values)
    assert set(list(codes.values())[:-1]) == {"out_of_range"}
    assert codes[values[-1]] is None


def test_an_unbounded_numeric_takes_every_digit(checker: Checker) -> None:
    codes = checker.check("DECIMAL(65,30)", field("numeric"), [NINES, SMALLEST, "0", "1"])
    assert set(codes.values()) == {None}


def test_a_decimal_without_a_fraction_becomes_an_integer(checker: Checker) -> None:
    values = ["12", "0", "100", "-10", "2147483647", "12.5", "0.01", "2147483648", "-2147483649"]
    codes = checker.check("DECIMAL(12,2)", field("integer"), values)
    refused = ["precision_lost"] * 2 + ["out_of_range"] * 2
    assert list(codes.values()) == [None] * 5 + refused


def test_a_decimal_without_scale_becomes_an_integer(checker: Checker) -> None:
    codes = checker.check("DECIMAL(20,0)", field("bigint"), ["100", "0", "9223372036854775808"])
    assert list(codes.values()) == [None, None, "out_of_range"]


def test_a_decimal_is_kept_as_the_text_mysql_shows(checker: Checker) -> None:
    values = ["1.5", "-0.001", "100", "NULL"]
    assert set(checker.check("DECIMAL(9,2)", field("text"), values).values()) == {None}
    codes = checker.check("DECIMAL(9,2)", field("varchar", size=5), ["10.00", "100.00"])
    assert codes == {"10.00": None, "100.00": "too_long"}


def test_a_decimal_becomes_a_double_if_that_keeps_it(checker: Checker) -> None:
    kept = ["0", "0.1", "-0.0000000001", "12345.6789012345", "1234567890123456000"]
    lost = ["1234567890.1234567891", "0.1234567890123456789", "9999999999999999999.5"]
    codes = checker.check("DECIMAL(40,20)", field("double precision"), kept + lost)
    assert list(codes.values()) == [None] * len(kept) + ["precision_lost"] * len(lost)


def test_a_short_decimal_becomes_a_double_without_a_predicate(checker: Checker) -> None:
    assert checker.plan("DECIMAL(15,7)", field("double precision")).refusals == ()
    checker.check("DECIMAL(15,7)", field("double precision"), ["99999999.9999999", "-0.0000001"])


def test_a_decimal_that_rounds_beyond_its_digits_is_no_double(checker: Checker) -> None:
    nines = "9" * 35 + "." + "9" * 30
    codes = checker.check("DECIMAL(65,30)", field("double precision"), [nines, f"-{nines}", "0.5"])
    assert list(codes.values()) == ["precision_lost", "precision_lost", None]
