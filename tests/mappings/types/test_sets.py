"""SET to arrays and to text."""

from __future__ import annotations

import pytest

from tests.mappings.types.checker import Checker, field

SET = r"""SET('a','b','it''s','c"d','e\\f','{}','NULL','tab\t','two words','æ')"""
VALUES = ["0", "1", "2", "3", "1023", *(str(1 << bit) for bit in range(2, 10)), "NULL"]


@pytest.mark.parametrize("charset", ["utf8mb4", "latin1"])
@pytest.mark.parametrize("base", ["text", "varchar"])
def test_members_become_an_array(checker: Checker, charset: str, base: str) -> None:
    size = 10 if base == "varchar" else None
    target = field(base, array=True, size=size)
    codes = checker.check(f"{SET} CHARACTER SET {charset}", target, VALUES)
    assert set(codes.values()) == {None}


def test_plain_members_need_no_escape(checker: Checker) -> None:
    plan = checker.plan("SET('a','b')", field("text", array=True))
    assert "0x5c5c" not in plan.copy
    assert plan.refusals == ()
    checker.check("SET('a','b')", field("text", array=True), ["0", "1", "2", "3", "NULL"])


def test_a_set_with_all_64_members_arrives(checker: Checker) -> None:
    members = ",".join(f"'m{n}'" for n in range(64))
    values = ["18446744073709551615", "9223372036854775808", "0"]
    checker.check(f"SET({members})", field("varchar", size=5, array=True), values)


def test_a_member_too_long_for_the_array_is_refused(checker: Checker) -> None:
    target = field("varchar", size=3, array=True)
    codes = checker.check("SET('abc','abcd','x')", target, ["1", "2", "3", "5"])
    assert list(codes.values()) == [None, "too_long", "too_long", None]


def test_a_set_can_be_text(checker: Checker) -> None:
    assert set(checker.check(SET, field("text"), VALUES).values()) == {None}
    codes = checker.check("SET('a','bc','d')", field("varchar", size=4), ["3", "7", "0"])
    assert list(codes.values()) == [None, "too_long", None]
