"""Lists of whole numbers to arrays of integers: the ids that PHP kept as `3,14,15`."""

from __future__ import annotations

import re
from typing import Any

from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.sqltext import matches
from mappings.target import TargetField
from mappings.types.base import Conversion, expect
from mappings.types.integers import RANGES

__all__ = ["ListToIntegers"]

_WHOLE = re.compile(r"[+-]?[0-9]{1,20}")
_SURE = {"smallint": 4, "integer": 9, "bigint": 18}
"""Digits that the type holds, whatever they are."""


class ListToIntegers(Conversion):
    """The canonical form is the number of members and the members, joined by commas.

    MySQL does lists whose members are spelled as PostgreSQL spells them; Python the others.
    """

    kind = Kind.LIST
    targets = frozenset(RANGES)
    array = True
    framed = True

    def text(self, expr: Expr, field: TargetField) -> str:
        return f"CONCAT('{{', {expr.sql}, '}}')"

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        x = expr.sql
        members = f"LENGTH({x}) - LENGTH(REPLACE({x}, ',', '')) + 1"
        return f"CONCAT(IF(LENGTH({x}) = 0, 0, {members}), ':', {x})"

    def canonical_target(self, field: TargetField, column: str) -> str:
        joined = f"cardinality({column}) || ':' || array_to_string({column}, ',', '')"
        return f"(CASE WHEN array_ndims({column}) > 1 THEN {column}::text ELSE {joined} END)"

    def guards(self, expr: Expr, field: TargetField) -> tuple[str, ...]:
        text = f"CAST({expr.sql} AS BINARY)"
        number = f"(0|-?[1-9][0-9]{{0,{_SURE[field.base] - 1}}})"
        # A NUL ends the text for some versions of REGEXP, a newline for others.
        control = f"LOCATE(0x00, {text}) OR LOCATE(0x0a, {text})"
        spelled = f"LENGTH({text}) = 0 OR {matches(text, f'^{number}(,{number})*$')}"
        return (f"{control} OR NOT ({spelled})",)

    def convert(self, value: Any, field: TargetField) -> list[int]:
        """Members are texts, or the integers that a user's function returns."""
        expect(value, list, tuple)
        lo, hi = RANGES[field.base]
        numbers = [_number(member) for member in value]
        if not all(lo <= number <= hi for number in numbers):
            raise Reject("out_of_range", f"{field.base} holds {lo} to {hi}")
        return numbers

    def encode(self, value: Any, field: TargetField) -> str:
        return "{" + ",".join(map(str, value)) + "}"

    def canonical(self, value: Any, field: TargetField) -> str:
        return f"{len(value)}:{','.join(map(str, value))}"


def _number(member: Any) -> int:
    if isinstance(member, int) and not isinstance(member, bool):
        return member
    if not isinstance(member, str) or not _WHOLE.fullmatch(member):
        raise Reject("not_a_number", "a member of the list is no whole number")
    return int(member)
