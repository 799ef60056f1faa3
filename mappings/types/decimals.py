"""Exact numbers with a fraction: MySQL's DECIMAL, and PostgreSQL's numeric from any number.

PostgreSQL rounds to the scale of the column in silence, so a value with more digits than the
field has is refused (`precision_lost`); it prints exactly `scale` digits, and so does the
canonical form.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.sqltext import source_column
from mappings.target import TargetField
from mappings.types.base import Conversion, Source, column_null, expect
from mappings.types.integers import RANGES, bounds, outside
from mappings.types.text import AsText

__all__ = [
    "DecimalColumn",
    "DecimalToDecimal",
    "DecimalToInteger",
    "DecimalToText",
    "IntegerToDecimal",
    "ToDecimal",
    "whole_digits",
]

DIGITS = 65
"""Most digits of a DECIMAL, 30 of them after the point (MySQL manual, "Precision Math")."""
DEEPEST = 30

EXACT = Context(prec=2_000)
"""Wide enough for every numeric(p, s): PostgreSQL's p ends at 1,000."""


class DecimalColumn(Source):
    types = frozenset({"decimal", "numeric"})

    def read(self, column: SourceColumn) -> SourceValue:
        sql = source_column(column.name)
        if "zerofill" in column.column_type.lower():
            # ZEROFILL pads in every text context; the number itself has no leading zeros.
            sql = f"({sql} + 0)"
        scale = column.scale or 0
        hi = Decimal(10) ** ((column.precision or DIGITS) - scale)
        expr = Expr(
            kind=Kind.DECIMAL,
            sql=sql,
            null=column_null(column),
            lo=Decimal(0) if column.unsigned else -hi,
            hi=hi,
            scale=scale,
            plain=True,
        )
        return SourceValue(expr=expr, raw=sql, decode=_decode)


def _decode(value: bytes) -> Decimal:
    return Decimal(value.decode("ascii"))


def whole_digits(field: TargetField) -> int:
    """Digits before the point that the field holds and MySQL can compute with."""
    scale = field.scale or 0
    return min((field.size or DIGITS) - scale, DIGITS - min(scale, DEEPEST))


def too_big(expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
    """Refuse numbers with more digits before the point than the field holds."""
    if field.size is None or whole_digits(field) >= DIGITS:
        return ()
    bound = 10 ** whole_digits(field)
    sides = []
    if expr.lo is None or expr.lo < -bound:
        sides.append(f"{expr.sql} <= -{bound}")
    if expr.hi is None or expr.hi > bound:
        sides.append(f"{expr.sql} >= {bound}")
    return (Refusal(code="out_of_range", sql=" OR ".join(sides)),) if sides else ()


class ToDecimal(Conversion):
    """What every way into a numeric column shares."""

    targets = frozenset({"numeric"})

    def text(self, expr: Expr, field: TargetField) -> str:
        return expr.sql

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"{column}::text"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        return too_big(expr, field)

    def convert(self, value: Any, field: TargetField) -> Decimal:
        expect(value, Decimal, int)
        number = Decimal(value)
        if not number.is_finite():
            raise Reject("not_finite", f"{field.base} column of a DecimalField takes numbers only")
        if field.size is None:
            return number
        if number and number.adjusted() >= whole_digits(field):
            raise Reject("out_of_range", f"at most {whole_digits(field)} digits before the point")
        fitted = number.quantize(Decimal(1).scaleb(-(field.scale or 0)), context=EXACT)
        if fitted != number:
            raise Reject("precision_lost", f"at most {field.scale} digits after the point")
        return fitted or fitted.copy_abs()

    def encode(self, value: Any, field: TargetField) -> str:
        return format(value, "f")


class IntegerToDecimal(ToDecimal):
    kind = Kind.INT

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        return f"CONCAT({expr.sql}, '.{'0' * field.scale}')" if field.scale else expr.sql


class DecimalToDecimal(ToDecimal):
    kind = Kind.DECIMAL

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        if field.size is None or expr.scale == field.scale:
            return expr.sql
        scale = field.scale or 0
        text, has = expr.sql, expr.scale
        if has is None or has > scale:
            has = min(scale, DEEPEST)
            text = f"CAST({text} AS DECIMAL({DIGITS}, {has}))"
        if has == scale:
            return text
        return f"CONCAT({text}, '{'' if has else '.'}{'0' * (scale - has)}')"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        found = too_big(expr, field)
        scale = field.scale or 0
        if field.size is None or scale >= (DEEPEST if expr.scale is None else expr.scale):
            return found
        lost = f"{expr.sql} <> ROUND({expr.sql}, {scale})"
        return (*found, Refusal(code="precision_lost", sql=lost, silent=True))


class DecimalToInteger(Conversion):
    """Loud: a fraction that is not zero stays in the text, and PostgreSQL refuses it."""

    kind = Kind.DECIMAL
    targets = frozenset(RANGES)

    def text(self, expr: Expr, field: TargetField) -> str:
        if expr.scale == 0:
            return expr.sql
        text = expr.sql
        if expr.scale is None:
            text = f"CAST({text} AS DECIMAL({DIGITS}, {DEEPEST}))"
        return f"TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {text}))"

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"{column}::text"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        found = outside(expr, *bounds(field))
        if expr.scale != 0:
            lost = f"{expr.sql} <> TRUNCATE({expr.sql}, 0)"
            found = (*found, Refusal(code="precision_lost", sql=lost))
        return found

    def convert(self, value: Any, field: TargetField) -> int:
        expect(value, Decimal)
        lo, hi = bounds(field)
        if not lo <= value <= hi:
            raise Reject("out_of_range", f"{field.base} holds {lo} to {hi}")
        if value != int(value):
            raise Reject("precision_lost", f"{field.base} holds no fraction")
        return int(value)

    def encode(self, value: Any, field: TargetField) -> str:
        return str(value)


class DecimalToText(AsText):
    """As MySQL shows it, with all digits of the column's scale."""

    kind = Kind.DECIMAL

    def spell(self, value: Any, field: TargetField) -> str:
        return format(value, "f")
