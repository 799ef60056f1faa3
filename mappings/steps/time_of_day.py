"""TIME is a span of up to 838 hours; a TimeField holds the times of one day."""

from __future__ import annotations

import datetime
from typing import Literal

from mappings.expr import Expr, Kind
from mappings.steps.base import Step, factory, itself

__all__ = ["time_of_day"]

Beyond = Literal["null", "wrap"]

_NONE, _DAY = datetime.timedelta(), datetime.timedelta(days=1)


@factory
def time_of_day(beyond: Beyond = "null") -> Step:
    """The time, if it is from 00:00 to before 24:00. Never rejects.

    Beyond that, `null`, or `wrap` for what a clock shows then: 25:30 -> 01:30, -00:30 -> 23:30.
    """
    if beyond not in ("null", "wrap"):
        raise ValueError(f"time_of_day: beyond, got {beyond!r} (expected null, wrap)")

    def python(value: datetime.timedelta) -> datetime.timedelta | None:
        if _NONE <= value < _DAY:
            return value
        return value % _DAY if beyond == "wrap" else None

    def sql(expr: Expr) -> Expr:
        outside = f"{expr.sql} < 0 OR {expr.sql} >= 240000"
        if beyond == "null":
            return expr.or_null(outside)
        return expr.but(sql=f"IF({outside}, TIME'00:00:00', {expr.sql})").guarded(outside)

    return Step(
        name="time_of_day",
        python=python,
        inverse=itself,
        accepts=frozenset({Kind.TIME}),
        sql=sql,
        options=() if beyond == "null" else (beyond,),
    )
