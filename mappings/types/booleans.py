"""Booleans: integers that are 0 or 1, and what steps have made into truth values."""

from __future__ import annotations

from typing import Any

from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal
from mappings.target import TargetField
from mappings.types.base import Conversion, expect

__all__ = ["BooleanToBoolean", "BooleanToInteger", "IntegerToBoolean"]


class BooleanToBoolean(Conversion):
    """The text is 0 or 1, which PostgreSQL reads as a boolean (and no other number)."""

    kind = Kind.BOOL
    targets = frozenset({"boolean"})

    def text(self, expr: Expr, field: TargetField) -> str:
        return expr.sql

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"{column}::integer::text"

    def convert(self, value: Any, field: TargetField) -> bool:
        expect(value, int)
        if value not in (0, 1):
            raise Reject("not_boolean", "neither 0 nor 1")
        return bool(value)

    def encode(self, value: Any, field: TargetField) -> str:
        return "1" if value else "0"


class IntegerToBoolean(BooleanToBoolean):
    kind = Kind.INT

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        if expr.lo is not None and expr.lo >= 0 and expr.hi is not None and expr.hi <= 1:
            return ()
        return (Refusal(code="not_boolean", sql=f"{expr.sql} NOT IN (0, 1)"),)


class BooleanToInteger(Conversion):
    kind = Kind.BOOL
    targets = frozenset({"smallint", "integer", "bigint"})

    def text(self, expr: Expr, field: TargetField) -> str:
        return expr.sql

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"{column}::text"

    def convert(self, value: Any, field: TargetField) -> int:
        expect(value, bool)
        return int(value)

    def encode(self, value: Any, field: TargetField) -> str:
        return str(value)
