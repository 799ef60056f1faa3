"""Time since 1970, as PHP's time(), microtime() and JavaScript's Date count it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.sqltext import any_of
from mappings.steps.base import Step, factory

__all__ = ["from_unixtime"]

Unit = Literal["seconds", "milliseconds", "microseconds"]
Beyond = Literal["reject", "null"]

_MICROS = {"seconds": 1_000_000, "milliseconds": 1_000, "microseconds": 1}
_DIGITS = {"seconds": 0, "milliseconds": 3, "microseconds": 6}
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_BEGIN = -62_135_596_800
"""0001-01-01, the start of Python's calendar."""
_END = 253_402_300_800
"""The year 10000, which neither MySQL's nor Python's calendar has."""


@factory
def from_unixtime(unit: Unit = "seconds", beyond: Beyond = "reject") -> Step:
    """A UNIX time -> an instant. 0 is the start of 1970; for PHP's "never", `null_if(0)` first.

    A fraction is kept down to the microsecond; what is finer is cut off. `beyond` is for times
    that are not in the years 1 to 9999: `reject` (`date_out_of_range`) or `null`.
    """
    if unit not in _MICROS:
        raise ValueError(f"from_unixtime: unit, got {unit!r} (expected {', '.join(_MICROS)})")
    if beyond not in ("reject", "null"):
        raise ValueError(f"from_unixtime: beyond, got {beyond!r} (expected reject, null)")
    micros = _MICROS[unit]

    def python(value: int | Decimal | float) -> datetime.datetime | None:
        try:
            return _EPOCH + datetime.timedelta(microseconds=math.floor(value * micros))
        except OverflowError as error:
            if beyond == "null":
                return None
            raise Reject("date_out_of_range", "not in the years 1 to 9999") from error

    def inverse(value: Any) -> Iterable[Any]:
        if not isinstance(value, datetime.datetime):
            return (value,)
        passed = (value - _EPOCH) // datetime.timedelta(microseconds=1)
        exact = Decimal(passed) / micros
        return passed // micros, exact, float(exact)

    def sql(expr: Expr) -> Expr:
        begin, end = (1_000_000 * limit // micros for limit in (_BEGIN, _END))
        outside = []
        if expr.hi is None or expr.hi >= end:
            outside.append(f"{expr.sql} >= {end}")
        if expr.lo is None or expr.lo < begin:
            outside.append(f"{expr.sql} < {begin}")
        if outside and beyond == "null":
            expr = expr.or_null(any_of(outside))
        if expr.lo is None or expr.lo < 0:
            outside.append(f"{expr.sql} < 0")
        digits = _DIGITS[unit] if expr.kind is Kind.INT else 6
        time = expr.to(
            Kind.INSTANT, _sum(expr, digits, micros, end), max_chars=26, fraction=digits, plain=True
        )
        return time.guarded(any_of(outside)) if outside else time

    return Step(
        name="from_unixtime",
        python=python,
        inverse=inverse,
        accepts=frozenset({Kind.INT, Kind.DECIMAL, Kind.DOUBLE}),
        returns=Kind.INSTANT,
        sql=sql,
        options=() if (unit, beyond) == ("seconds", "reject") else (unit, beyond),
    )


def _sum(expr: Expr, digits: int, micros: int, end: int) -> str:
    # FROM_UNIXTIME stops in 2038 on most servers, and answers in the session's zone.
    epoch = "TIMESTAMP'1970-01-01 00:00:00'"
    if not digits:
        return f"({epoch} + INTERVAL {expr.sql} SECOND)"
    # A product that no BIGINT holds would be an error of the whole query, not of the row.
    inside = f"IF({expr.sql} >= 0 AND {expr.sql} < {end}, {expr.sql}, 0)"
    return f"CAST({epoch} + INTERVAL FLOOR({inside} * {micros}) MICROSECOND AS DATETIME({digits}))"
