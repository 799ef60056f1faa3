"""Dates that no calendar has: 0000-00-00, 2009-00-00, 2009-02-31."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable
from typing import Any, Literal

from mappings.expr import Expr, Kind
from mappings.steps.base import Step, factory

__all__ = ["zero_dates"]

Zero = Literal["null", "reject"]
Partial = Literal["null", "reject", "floor"]

_ZERO = "0000-00-00"
_ZERO_TIME = "0000-00-00 00:00:00"


@factory
def zero_dates(zero: Zero = "null", partial: Partial = "reject") -> Step:
    """What becomes of dates that PostgreSQL and Python do not have.

    `zero` is for 0000-00-00. `partial` is for dates with a zero in year, month or day, and for
    days that their month does not have. `null` makes NULL of them. `reject` leaves them to be
    rejected, by the codes `zero_date`, `partial_date` and `invalid_date`. `floor` puts 1 for a
    month or a day that is zero, and the month's last day for one past its end; a date of the
    year 0 is still rejected.

    `floor` comes before `local_time`, which is where a wall clock becomes an instant.
    """
    if zero not in ("null", "reject"):
        raise ValueError(f"zero_dates: zero, got {zero!r} (expected null, reject)")
    if partial not in ("null", "reject", "floor"):
        raise ValueError(f"zero_dates: partial, got {partial!r} (expected null, reject, floor)")

    def python(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        policy = zero if value[:10] == _ZERO else partial
        if policy == "null":
            return None
        return value if policy == "reject" else _floor(value)

    def inverse(value: Any) -> Iterable[Any]:
        return (value,) if value is not None else (None, _ZERO, _ZERO_TIME)

    def sql(expr: Expr) -> Expr:
        if not expr.may_be_zero_date:
            return expr
        is_zero, is_partial = _predicates(expr.sql)
        if zero == "null":
            expr = expr.or_null(is_zero)
        if partial == "null":
            expr = expr.or_null(is_partial)
        if partial == "floor":
            expr = expr.guarded(is_partial)
        return expr.but(may_be_zero_date=zero == "reject" or partial == "reject")

    kinds = {Kind.DATE, Kind.DATETIME}
    return Step(
        name="zero_dates",
        python=python,
        inverse=inverse,
        accepts=frozenset(kinds if partial == "floor" else kinds | {Kind.INSTANT}),
        sql=sql,
        options=(zero, partial),
    )


def _floor(text: str) -> Any:
    year, month, day = (int(part) for part in text[:10].split("-"))
    if year == 0:
        return text
    month = month or 1
    day = min(day or 1, calendar.monthrange(year, month)[1])
    date = datetime.date(year, month, day)
    if len(text) == len(_ZERO):
        return date
    return datetime.datetime.combine(date, datetime.time.fromisoformat(text[11:]))


def _predicates(sql: str) -> tuple[str, str]:
    """Zero, and partial or invalid; neither is ever NULL where `sql` is not."""
    year, month, day = (f"{part}({sql})" for part in ("YEAR", "MONTH", "DAYOFMONTH"))
    zero = f"({year} = 0 AND {month} = 0 AND {day} = 0)"
    some = f"{year} = 0 OR {month} = 0 OR {day} = 0"
    # LAST_DAY is NULL for some wrong days, so it is asked for the first of the month.
    last = f"DAYOFMONTH(LAST_DAY(DATE_FORMAT({sql}, '%Y-%m-01')))"
    past = f"IF({month} = 0 OR {day} <= 28, 0, {day} > COALESCE({last}, 0))"
    return zero, f"(({some} OR {past}) AND NOT {zero})"
