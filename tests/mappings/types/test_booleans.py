"""Integers and bits to booleans: 0 and 1, and nothing else."""

from __future__ import annotations

import pytest

from tests.mappings.types.checker import Checker, field


@pytest.mark.parametrize("ddl", ["TINYINT(1)", "TINYINT(1) UNSIGNED", "BIT(1)", "BIGINT", "BOOL"])
def test_zero_and_one_are_false_and_true(checker: Checker, ddl: str) -> None:
    codes = checker.check(ddl, field("boolean"), ["0", "1", "NULL"])
    assert set(codes.values()) == {None}


@pytest.mark.parametrize(
    ("ddl", "values"),
    [
        ("TINYINT(1)", ["2", "-1", "127", "-128", "10"]),
        ("BIT(8)", ["2", "255"]),
        ("BIGINT UNSIGNED", ["18446744073709551615"]),
    ],
)
def test_every_other_number_is_refused(checker: Checker, ddl: str, values: list[str]) -> None:
    codes = checker.check(ddl, field("boolean"), [*values, "1"])
    assert [codes[value] for value in values] == ["not_boolean"] * len(values)
    assert codes["1"] is None


def test_a_bit_needs_no_predicate(checker: Checker) -> None:
    assert checker.plan("BIT(1)", field("boolean")).refusals == ()
