"""Lists of whole numbers to arrays of integers."""

from __future__ import annotations

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import models

from mappings import steps
from tests.mappings.types.checker import Checker

DDL = "VARCHAR(200) CHARACTER SET utf8mb4"
FIELDS = {
    "smallint": models.SmallIntegerField,
    "integer": models.IntegerField,
    "bigint": models.BigIntegerField,
}


@pytest.mark.parametrize("base", FIELDS)
def test_lists_become_arrays_or_are_refused(checker: Checker, base: str) -> None:
    values = ["''", "'3'", "'3,14,-15'", "'0'", "'1, 2'", "'007,+1,-0'", "NULL", "','"]
    target = ArrayField(FIELDS[base](), null=True)
    codes = checker.check(DDL, target, values, steps=[steps.split()])
    assert set(codes.values()) == {None}


@pytest.mark.parametrize(
    ("base", "held", "beyond"),
    [
        ("smallint", "32767,-32768", "32768"),
        ("integer", "2147483647,-2147483648", "2147483648"),
        ("bigint", "9223372036854775807,-9223372036854775808", "9223372036854775808"),
    ],
)
def test_members_beyond_the_type_are_refused(
    checker: Checker, base: str, held: str, beyond: str
) -> None:
    values = [f"'{held}'", f"'1,{beyond}'"]
    target = ArrayField(FIELDS[base](), null=True)
    codes = checker.check(DDL, target, values, steps=[steps.split()], unseen=["out_of_range"])
    assert list(codes.values()) == [None, "out_of_range"]


def test_members_that_are_no_numbers_are_refused_or_dropped(checker: Checker) -> None:
    values = ["'1,x'", "'1.5'", "'٣'", b"1\x00", b"1\n2", b"1,\n", "'1 2'"]
    target = ArrayField(models.IntegerField(), null=True)
    unseen = ["not_a_number"]
    codes = checker.check(DDL, target, values, steps=[steps.split(strip=False)], unseen=unseen)
    assert set(codes.values()) == {"not_a_number"}
    dropped = [steps.split(strip=False), steps.integers("drop")]
    target = ArrayField(models.IntegerField(), null=True)
    assert set(checker.check(DDL, target, values, steps=dropped).values()) == {None}


def test_a_set_of_numbers_is_such_a_list(checker: Checker) -> None:
    target = ArrayField(models.IntegerField(), null=True)
    codes = checker.check("SET('1','2','4')", target, ["0", "1", "7", "NULL"])
    assert set(codes.values()) == {None}
