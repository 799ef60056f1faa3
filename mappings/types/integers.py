"""Integers of every width, signed and unsigned, YEAR and BIT included."""

from __future__ import annotations

from typing import Any

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.sqltext import source_column
from mappings.target import TargetField
from mappings.types.base import Conversion, Source, column_null, expect
from mappings.types.text import AsText

__all__ = [
    "RANGES",
    "BitColumn",
    "IntegerColumn",
    "IntegerToInteger",
    "IntegerToText",
    "YearColumn",
    "bounds",
    "outside",
]

_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "integer": 32, "bigint": 64}
RANGES = {
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}


class IntegerColumn(Source):
    types = frozenset(_BITS)

    def read(self, column: SourceColumn) -> SourceValue:
        bits = _BITS[column.data_type]
        lo, hi = (0, 2**bits - 1) if column.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        sql = source_column(column.name)
        if "zerofill" in column.column_type.lower():
            # ZEROFILL pads in every text context; the number itself has no leading zeros.
            sql = f"({sql} + 0)"
        expr = Expr(kind=Kind.INT, sql=sql, null=column_null(column), lo=lo, hi=hi, plain=True)
        return SourceValue(expr=expr, raw=sql, decode=int)


class YearColumn(Source):
    """YEAR is read as the number it shows: 1901 to 2155, and 0 for the zero year."""

    types = frozenset({"year"})

    def read(self, column: SourceColumn) -> SourceValue:
        sql = f"({source_column(column.name)} + 0)"
        expr = Expr(kind=Kind.INT, sql=sql, null=column_null(column), lo=0, hi=2155, plain=True)
        return SourceValue(expr=expr, raw=sql, decode=int)


class BitColumn(Source):
    """BIT(n) is read as the unsigned number it is."""

    types = frozenset({"bit"})

    def read(self, column: SourceColumn) -> SourceValue:
        sql = f"({source_column(column.name)} + 0)"
        hi = 2 ** (column.precision or 64) - 1
        expr = Expr(kind=Kind.INT, sql=sql, null=column_null(column), lo=0, hi=hi, plain=True)
        return SourceValue(expr=expr, raw=sql, decode=int)


def bounds(field: TargetField) -> tuple[int, int]:
    """The least and the greatest number that the field holds, its CHECK considered."""
    lo, hi = RANGES[field.base]
    return (lo if field.least is None else max(lo, field.least)), hi


def outside(expr: Expr, lo: int, hi: int) -> tuple[Refusal, ...]:
    """Refuse numbers below `lo` or above `hi`, as far as the expression can have any."""
    sides = []
    if expr.lo is None or expr.lo < lo:
        sides.append(f"{expr.sql} < {lo}")
    if expr.hi is None or expr.hi > hi:
        sides.append(f"{expr.sql} > {hi}")
    return (Refusal(code="out_of_range", sql=" OR ".join(sides)),) if sides else ()


class IntegerToInteger(Conversion):
    kind = Kind.INT
    targets = frozenset(RANGES)

    def text(self, expr: Expr, field: TargetField) -> str:
        return expr.sql

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"{column}::text"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        return outside(expr, *bounds(field))

    def convert(self, value: Any, field: TargetField) -> int:
        expect(value, int)
        lo, hi = bounds(field)
        if not lo <= value <= hi:
            raise Reject("out_of_range", f"{field.base} holds {lo} to {hi}")
        return int(value)

    def encode(self, value: Any, field: TargetField) -> str:
        return str(value)


class IntegerToText(AsText):
    """A number kept as text, as for codes that Django holds in a CharField."""

    kind = Kind.INT

    def longest(self, expr: Expr) -> int | None:
        if expr.lo is None or expr.hi is None:
            return None
        return max(len(str(expr.lo)), len(str(expr.hi)))

    def spell(self, value: Any, field: TargetField) -> str:
        return str(value)
