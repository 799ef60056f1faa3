"""Integers of every width, YEAR and BIT: to integers and to text."""

from __future__ import annotations

import pytest

from tests.mappings.types.checker import Checker, field

EDGES = {
    "TINYINT": ["-128", "127", "0"],
    "TINYINT UNSIGNED": ["0", "255"],
    "SMALLINT": ["-32768", "32767"],
    "SMALLINT UNSIGNED": ["65535"],
    "MEDIUMINT": ["-8388608", "8388607"],
    "MEDIUMINT UNSIGNED": ["16777215"],
    "INT": ["-2147483648", "2147483647"],
    "INT UNSIGNED": ["4294967295"],
    "BIGINT": ["-9223372036854775808", "9223372036854775807"],
    "BIGINT UNSIGNED": ["18446744073709551615", "9223372036854775807"],
    "INT(10) UNSIGNED ZEROFILL": ["0", "7", "4294967295"],
    "YEAR": ["0", "1901", "2155", "1970"],
    "BIT(1)": ["0", "1"],
    "BIT(64)": ["0", "18446744073709551615", "b'1010'"],
}
RANGES = {"smallint": 15, "integer": 31, "bigint": 63}


@pytest.mark.parametrize("ddl", EDGES)
@pytest.mark.parametrize("base", RANGES)
def test_a_number_arrives_or_is_out_of_range(checker: Checker, ddl: str, base: str) -> None:
    codes = checker.check(ddl, field(base), [*EDGES[ddl], "NULL"])
    bound = 2 ** RANGES[base]
    for value in EDGES[ddl]:
        fits = value.startswith("b") or -bound <= int(value) < bound
        assert codes[value] == (None if fits else "out_of_range")


@pytest.mark.parametrize("ddl", EDGES)
def test_a_number_is_kept_as_text_of_its_digits(checker: Checker, ddl: str) -> None:
    codes = checker.check(ddl, field("varchar", size=20), [*EDGES[ddl], "NULL"])
    assert set(codes.values()) == {None}


def test_more_digits_than_the_text_holds_are_refused(checker: Checker) -> None:
    codes = checker.check("INT", field("varchar", size=3), ["999", "1000", "-99", "-100"])
    assert codes == {"999": None, "1000": "too_long", "-99": None, "-100": "too_long"}
