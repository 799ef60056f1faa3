"""A wall clock that was in some zone -> an instant.

MySQL's CONVERT_TZ is never used: the zone tables that it needs are empty on most servers, and
it answers NULL then. PostgreSQL reads the wall clock with the zone's name. Where the clock is
put forward or back, PostgreSQL and Python choose different instants, so the hours around every
such change are guards compiled from Python's zone data, and Python decides.
"""

from __future__ import annotations

import datetime
import math
from typing import Any, Literal
from zoneinfo import ZoneInfo

from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.steps.base import Step, factory
from mappings.steps.clock_changes import FIRST_YEAR, LAST_YEAR, is_constant, unsettled_hours

__all__ = ["local_time"]

Gap = Literal["reject", "shift"]
Fold = Literal["first", "second", "reject"]

_NONE, _HOUR = datetime.timedelta(), datetime.timedelta(hours=1)


@factory
def local_time(zone: str, gap: Gap = "reject", fold: Fold = "first") -> Step:
    """A DATETIME without a zone, as the instant at which a clock in `zone` showed it.

    A time that the clock skipped: `gap` "reject" (`dst_gap`), or "shift" it by as much as the
    clock was put forward. A time that it showed twice: `fold` "first", "second", or "reject"
    (`dst_fold`). Raises `ValueError` for a zone that Python's zone data do not have.
    """
    if gap not in ("reject", "shift"):
        raise ValueError(f"local_time: gap, got {gap!r} (expected reject, shift)")
    if fold not in ("first", "second", "reject"):
        raise ValueError(f"local_time: fold, got {fold!r} (expected first, second, reject)")
    try:
        info = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"local_time: unknown zone, got {zone!r}") from error

    def python(value: Any) -> Any:
        if isinstance(value, str):
            return value
        first, second = value.replace(tzinfo=info, fold=0), value.replace(tzinfo=info, fold=1)
        before, after = first.utcoffset(), second.utcoffset()
        if before < after and gap == "reject":
            raise Reject("dst_gap", f"the clock in {zone} skipped this hour")
        if before > after:
            if fold == "reject":
                raise Reject("dst_fold", f"the clock in {zone} showed this hour twice")
            first = second if fold == "second" else first
        try:
            return first.astimezone(datetime.UTC)
        except OverflowError as error:
            raise Reject("date_out_of_range", "in UTC beyond the years 1 to 9999") from error

    def sql(expr: Expr) -> Expr:
        return expr.but(kind=Kind.INSTANT, zone=zone).guarded(*_guards(expr.sql, zone))

    return Step(
        name="local_time",
        python=python,
        accepts=frozenset({Kind.DATETIME}),
        returns=Kind.INSTANT,
        sql=sql,
        options=(zone, gap, fold),
    )


def _guards(wall: str, zone: str) -> tuple[str, ...]:
    """Rows that Python decides; more than need be, but cheaply told: the hour is looked up in a
    sorted list. TO_DAYS is NULL for zero dates, which the step does not touch.
    """
    days, hours = f"TO_DAYS({wall})", f"TO_DAYS({wall}) * 24 + HOUR({wall})"
    guards = _beyond_calendar(hours, zone)
    if not is_constant(zone):
        exact, later = unsettled_hours(zone)
        # Distributions pack the years before 1970 differently: two machines may not agree on them.
        guards.append(f"{days} < {_to_days(FIRST_YEAR)}")
        if exact:
            guards.append(f"{hours} IN ({', '.join(map(str, exact))})")
        if later:
            of_year = f"MONTH({wall}) * 100 + HOUR({wall}) IN ({', '.join(map(str, later))})"
            guards.append(f"({days} >= {_to_days(LAST_YEAR + 1)} AND {of_year})")
    return (f"COALESCE({' OR '.join(guards)}, 0)",) if guards else ()


def _beyond_calendar(hours: str, zone: str) -> list[str]:
    """Hours at the ends of the calendar that in UTC may be outside of it."""
    info, day = ZoneInfo(zone), 24
    first = datetime.datetime(1, 1, 1, tzinfo=info).utcoffset() or _NONE
    last = datetime.datetime(9999, 12, 31, 23, tzinfo=info).utcoffset() or _NONE
    found = []
    if first > _NONE:
        found.append(f"{hours} < {_to_days(1) * day + math.ceil(first / _HOUR)}")
    if last < _NONE:
        found.append(f"{hours} >= {_to_days(10_000) * day + math.floor(last / _HOUR)}")
    return found


def _to_days(year: int) -> int:
    """MySQL's TO_DAYS of the first of January."""
    years = year - 1
    return years * 365 + years // 4 - years // 100 + years // 400 + 366
