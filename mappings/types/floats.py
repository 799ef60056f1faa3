"""Double-precision numbers, and what FLOAT really holds.

PHP was shown six digits of a FLOAT, the stored value has more: delamp takes the stored value
(0.1 is 0.10000000149011612), because the six digits of two different values may be the same.
FLOAT(m,d) and DOUBLE(m,d) are what MySQL rounds them to and shows: d digits after the point.

Of a double that it computes, MySQL 8 and 9 write at most 22 characters where it becomes a text, and
leave out the last digit of -1.1754943508222875e-38; of one that a column holds, all of them. So the
sign of a computed one is written apart.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.sqltext import source_column
from mappings.target import TargetField
from mappings.types.base import Conversion, Source, column_null, expect
from mappings.types.decimals import DEEPEST, DIGITS, EXACT, ToDecimal, whole_digits
from mappings.types.integers import RANGES, bounds

__all__ = [
    "DecimalToDouble",
    "DoubleColumn",
    "DoubleToDecimal",
    "DoubleToDouble",
    "DoubleToInteger",
    "IntegerToDouble",
    "double_text",
]

_FIXED = re.compile(r"\((\d+),\s*(\d+)\)")
_SURE = 15
"""Significant digits that go through a double and back unchanged, whatever they are."""
_WHOLE = 2**53
"""Up to here, every integer is a double."""


class DoubleColumn(Source):
    types = frozenset({"double", "float", "real"})

    def read(self, column: SourceColumn) -> SourceValue:
        sql = source_column(column.name)
        shown = column.column_type.lower()
        facts: dict[str, Any] = {}
        if fixed := _FIXED.search(shown):
            sql = f"(CAST({sql} AS CHAR) * 1e0)"
            facts = _bounds(int(fixed[1]), int(fixed[2]))
        elif "float" in shown or "zerofill" in shown:
            # Times one, not plus zero: that would make 0 of -0.
            sql = f"({sql} * 1e0)"
        computed = sql != source_column(column.name)
        expr = Expr(
            kind=Kind.DOUBLE, sql=sql, null=column_null(column), plain=True, computed=computed,
            **facts,
        )  # fmt: skip
        return SourceValue(expr=expr, raw=sql, decode=float)


def _bounds(digits: int, places: int) -> dict[str, Any]:
    """What FLOAT(m,d) and DOUBLE(m,d) can hold, where the digits shown are sure to be kept."""
    if digits >= _SURE:
        return {}
    # A FLOAT(10,2) rounds 99999999.99 up, to one digit more.
    bound = 10 ** (digits - places) + 1
    return {"lo": -bound, "hi": bound, "scale": places}


def double_text(sql: str, *, computed: bool) -> str:
    """MySQL expression: a double as PostgreSQL spells it, which MySQL does from 1e-4 to 1e15.

    In a few cases in ten thousand the two choose other digits for the same value.
    """
    cast = f"CAST({sql} AS CHAR)"
    text = f"CAST(ABS({sql}) AS CHAR)" if computed else f"TRIM(LEADING '-' FROM {cast})"
    power = f"SUBSTRING_INDEX({text}, 'e', -1)"
    with_e = _scientific(f"SUBSTRING_INDEX({text}, 'e', 1)", f"({power} + 0)")
    digits = f"TRIM(LEADING '0' FROM SUBSTRING({text}, 3))"
    small = _scientific(_point(digits), f"(LENGTH({digits}) + 1 - LENGTH({text}))")
    digits = f"TRIM(TRAILING '0' FROM REPLACE({text}, '.', ''))"
    large = _scientific(_point(digits), f"(LENGTH(SUBSTRING_INDEX({text}, '.', 1)) - 1)")
    rare = f"IF(LOCATE('e', {text}), {with_e}, IF(ABS({sql}) < 1, {small}, {large}))"
    return (
        f"IF((ABS({sql}) >= 1e15 OR ABS({sql}) < 1e-4) AND {sql} <> 0, "
        f"CONCAT(IF({sql} < 0, '-', ''), {rare}), {_shortest(sql, computed=computed)})"
    )


def _shortest(sql: str, *, computed: bool) -> str:
    """MySQL expression: the text of a double with all the digits that it needs."""
    return f"IF({sql} < 0, CONCAT('-', ABS({sql})), {sql})" if computed else sql


def _point(digits: str) -> str:
    return f"CONCAT(LEFT({digits}, 1), IF(LENGTH({digits}) > 1, '.', ''), SUBSTRING({digits}, 2))"


def _scientific(mantissa: str, power: str) -> str:
    sign = f"IF({power} < 0, 'e-', 'e+')"
    return f"CONCAT({mantissa}, {sign}, IF(ABS({power}) < 10, '0', ''), ABS({power}))"


class DoubleToDouble(Conversion):
    kind = Kind.DOUBLE
    targets = frozenset({"double precision"})

    def text(self, expr: Expr, field: TargetField) -> str:
        return _shortest(expr.sql, computed=expr.computed)

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        return double_text(expr.sql, computed=expr.computed)

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"{column}::text"

    def convert(self, value: Any, field: TargetField) -> float:
        expect(value, float, int)
        number = float(value)
        if not math.isfinite(number):
            raise Reject("not_finite", "a DOUBLE of MySQL is finite")
        return number

    def encode(self, value: Any, field: TargetField) -> str:
        return repr(value)

    def canonical(self, value: Any, field: TargetField) -> str:
        if value == 0 or 1e-4 <= abs(value) < 1e15:
            return repr(value).removesuffix(".0")
        shortest = Decimal(repr(value))
        if _halfway(shortest, value):
            # Both choose the fewest digits; PostgreSQL wants them strictly nearer to this double.
            shortest = Decimal(f"{value:.16e}")
        sign, digits, _ = shortest.normalize().as_tuple()
        mantissa = f"{'-' * sign}{digits[0]}{'.' * (len(digits) > 1)}"
        return f"{mantissa}{''.join(map(str, digits[1:]))}e{shortest.adjusted():+03d}"


def _halfway(text: Decimal, value: float) -> bool:
    """Whether `text` is as near to a neighbour of the double as to the double itself."""
    off = Fraction(text) - Fraction(value)
    if not off:
        return False
    neighbour = math.nextafter(value, math.inf if off > 0 else -math.inf)
    return math.isfinite(neighbour) and 2 * off == Fraction(neighbour) - Fraction(value)


class IntegerToDouble(DoubleToDouble):
    """Integers beyond 2^53 are refused, even those that a double happens to hold."""

    kind = Kind.INT

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        if expr.lo is not None and expr.hi is not None and -(10**15) < expr.lo <= expr.hi < 10**15:
            return expr.sql
        return double_text(f"({expr.sql} * 1e0)", computed=True)

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        sides = []
        if expr.lo is None or expr.lo < -_WHOLE:
            sides.append(f"{expr.sql} < -{_WHOLE}")
        if expr.hi is None or expr.hi > _WHOLE:
            sides.append(f"{expr.sql} > {_WHOLE}")
        if not sides:
            return ()
        return (Refusal(code="precision_lost", sql=" OR ".join(sides), silent=True),)

    def convert(self, value: Any, field: TargetField) -> float:
        expect(value, int)
        if abs(value) > _WHOLE:
            raise Reject("precision_lost", "a double holds integers up to 2^53 one by one")
        return float(value)


class DecimalToDouble(DoubleToDouble):
    """Refused where the double, written with the fewest digits that name it, is another number."""

    kind = Kind.DECIMAL

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        return double_text(f"({expr.sql} * 1e0)", computed=True)

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        scale = DEEPEST if expr.scale is None else expr.scale
        if expr.hi is not None and expr.hi * 10**scale <= 10**15:
            return ()
        double = f"{expr.sql} * 1e0"
        # Rounded up beyond what DECIMAL holds, it would be cut back to the very same number.
        beyond = f"ABS({double}) >= 1e{DIGITS - scale}"
        back = f"CAST({double} AS DECIMAL({DIGITS}, {scale}))"
        lost = f"{beyond} OR {back} <> {expr.sql}"
        return (Refusal(code="precision_lost", sql=lost, silent=True),)

    def convert(self, value: Any, field: TargetField) -> float:
        expect(value, Decimal)
        number = float(value)
        if Decimal(repr(number)) != value:
            raise Reject("precision_lost", "more digits than a double holds")
        return number


class DoubleToDecimal(ToDecimal):
    """Refused unless the decimal that the field keeps is the same double again."""

    kind = Kind.DOUBLE

    def _rounded(self, expr: Expr, field: TargetField) -> str:
        # Plus zero makes 0 of -0, which MySQL 5.6 would cast to -0.00.
        return f"CAST({expr.sql} + 0e0 AS DECIMAL({DIGITS}, {min(field.scale or 0, DEEPEST)}))"

    def accepts(self, kind: Kind, field: TargetField) -> bool:
        return super().accepts(kind, field) and field.size is not None

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        rounded = self._rounded(expr, field)
        missing = max((field.scale or 0) - DEEPEST, 0)
        return f"CONCAT({rounded}, '{'0' * missing}')" if missing else rounded

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        bound = 10 ** whole_digits(field)
        far = f"{expr.sql} <= -{bound} OR {expr.sql} >= {bound}"
        lost = f"{self._rounded(expr, field)} * 1e0 <> {expr.sql}"
        found = []
        if expr.hi is None or expr.lo is None or not -bound < expr.lo <= expr.hi < bound:
            found.append(Refusal(code="out_of_range", sql=far))
        if expr.scale is None or expr.scale > (field.scale or 0):
            found.append(Refusal(code="precision_lost", sql=lost, silent=True))
        return tuple(found)

    def convert(self, value: Any, field: TargetField) -> Decimal:
        expect(value, float)
        if not math.isfinite(value):
            raise Reject("not_finite", "a DOUBLE of MySQL is finite")
        exact = Decimal(repr(value))
        if exact and exact.adjusted() >= whole_digits(field):
            raise Reject("out_of_range", f"at most {whole_digits(field)} digits before the point")
        rounded = exact.quantize(Decimal(1).scaleb(-min(field.scale or 0, DEEPEST)), context=EXACT)
        if float(rounded) != value:
            raise Reject("precision_lost", f"at most {field.scale} digits after the point")
        return super().convert(rounded, field)


class DoubleToInteger(Conversion):
    """Loud: a fraction, or an exponent, stays in the text, and PostgreSQL refuses it."""

    kind = Kind.DOUBLE
    targets = frozenset(RANGES)

    def text(self, expr: Expr, field: TargetField) -> str:
        x = expr.sql
        # Not as DECIMAL: that is made from the fewest digits, which name the double and no integer.
        whole = f"{x} >= -{2**63}e0 AND {x} < {2**63}e0 AND {x} = TRUNCATE({x}, 0)"
        return f"IF({whole}, CAST({x} AS SIGNED), CONCAT({x}, 'e0'))"

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"{column}::text"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        lo, hi = bounds(field)
        # Bounds of a bigint are no doubles: the nearest one above is the first that is too big.
        outside = f"{expr.sql} < {lo}e0 OR {expr.sql} >= {hi + 1}e0"
        fraction = f"{expr.sql} <> TRUNCATE({expr.sql}, 0)"
        return (
            Refusal(code="out_of_range", sql=outside),
            Refusal(code="precision_lost", sql=f"NOT ({outside}) AND {fraction}"),
        )

    def convert(self, value: Any, field: TargetField) -> int:
        expect(value, float)
        if not math.isfinite(value):
            raise Reject("not_finite", "a DOUBLE of MySQL is finite")
        lo, hi = bounds(field)
        if not lo <= value < hi + 1:
            raise Reject("out_of_range", f"{field.base} holds {lo} to {hi}")
        if not value.is_integer():
            raise Reject("precision_lost", f"{field.base} holds no fraction")
        return int(value)

    def encode(self, value: Any, field: TargetField) -> str:
        return str(value)
