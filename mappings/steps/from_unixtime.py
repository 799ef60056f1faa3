"""Seconds since 1970, as PHP's time() counts them."""

from __future__ import annotations

import datetime

from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.steps.base import Step

__all__ = ["from_unixtime"]

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_LAST = 253_402_300_799
"""9999-12-31 23:59:59, the end of MySQL's and of Python's calendar."""


def _from_unixtime(value: int) -> datetime.datetime:
    try:
        return _EPOCH + datetime.timedelta(seconds=value)
    except OverflowError as error:
        raise Reject("date_out_of_range", "seconds beyond the years 1 to 9999") from error


def _sql(expr: Expr) -> Expr:
    # FROM_UNIXTIME stops in 2038 on most servers, and answers in the session's zone.
    sql = f"(TIMESTAMP'1970-01-01 00:00:00' + INTERVAL {expr.sql} SECOND)"
    moment = expr.to(Kind.INSTANT, sql, max_chars=19, plain=True)
    if expr.lo is None or expr.lo < 0:
        moment = moment.guarded(f"{expr.sql} < 0")
    if expr.hi is None or expr.hi > _LAST:
        moment = moment.guarded(f"{expr.sql} > {_LAST}")
    return moment


from_unixtime = Step(
    name="from_unixtime",
    python=_from_unixtime,
    accepts=frozenset({Kind.INT}),
    returns=Kind.INSTANT,
    sql=_sql,
)
"""A UNIX time -> an instant. 0 is the start of 1970; for PHP's "never", `null_if(0)` first."""
