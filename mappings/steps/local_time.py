"""A wall clock that was in some zone -> an instant.

MySQL's CONVERT_TZ is never used: the zone tables that it needs are empty on most servers, and
it answers NULL then. PostgreSQL reads the wall clock with the zone's name. Where the clock is
put forward or back, PostgreSQL and Python choose different instants, so the hours around every
such change are guards compiled from Python's zone data, and Python decides.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, Literal
from zoneinfo import ZoneInfo

from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.steps.base import Step, factory
from mappings.steps.clock_changes import FIRST_YEAR, LAST_YEAR, is_constant, unsettled_hours

__all__ = ["local_time"]

Gap = Literal["reject", "shift"]
Fold = Literal["first", "second", "reject"]
Beyond = Literal["reject", "null"]

_NONE = datetime.timedelta()
_FIRST = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)
_LAST = datetime.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=datetime.UTC)


@factory
def local_time(
    zone: str, gap: Gap = "reject", fold: Fold = "first", beyond: Beyond = "reject"
) -> Step:
    """A DATETIME without a zone, as the instant at which a clock in `zone` showed it.

    A time that the clock skipped: `gap` "reject" (`dst_gap`), or "shift" it by as much as the
    clock was put forward. A time that it showed twice: `fold` "first", "second", or "reject"
    (`dst_fold`). A time that in UTC is not in the years 1 to 9999: `beyond` "reject"
    (`date_out_of_range`) or "null". A dry run warns of times that are shifted or shown twice.
    Raises `ValueError` for a zone that Python's zone data do not have.
    """
    if gap not in ("reject", "shift"):
        raise ValueError(f"local_time: gap, got {gap!r} (expected reject, shift)")
    if fold not in ("first", "second", "reject"):
        raise ValueError(f"local_time: fold, got {fold!r} (expected first, second, reject)")
    if beyond not in ("reject", "null"):
        raise ValueError(f"local_time: beyond, got {beyond!r} (expected reject, null)")
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
            if beyond == "null":
                return None
            raise Reject("date_out_of_range", "in UTC beyond the years 1 to 9999") from error

    def warns(value: Any, made: Any) -> str | None:
        if isinstance(value, str):
            return None
        before, after = (value.replace(tzinfo=info, fold=n).utcoffset() for n in (0, 1))
        if before == after:
            return None
        return "dst_gap" if before < after else "dst_fold"

    def inverse(value: Any) -> Iterable[Any]:
        if not isinstance(value, datetime.datetime):
            return (value,)
        return (value.astimezone(info).replace(tzinfo=None, fold=0),)

    def sql(expr: Expr) -> Expr:
        return expr.but(kind=Kind.INSTANT, zone=zone).guarded(*_guards(expr.sql, zone))

    return Step(
        name="local_time",
        python=python,
        inverse=inverse,
        accepts=frozenset({Kind.DATETIME}),
        returns=Kind.INSTANT,
        sql=sql,
        warns=warns,
        options=(zone, gap, fold) if beyond == "reject" else (zone, gap, fold, beyond),
    )


def _guards(wall: str, zone: str) -> tuple[str, ...]:
    """Rows that Python decides; more than need be, but cheaply told: nearly every row is passed
    over by its year and its hour of the day. Zero dates, which the step does not touch, are not
    among them; TO_DAYS is NULL for partial ones.
    """
    info = ZoneInfo(zone)
    ahead = max(_FIRST.replace(tzinfo=info).utcoffset() or _NONE, _NONE)
    behind = min(_LAST.replace(tzinfo=info).utcoffset() or _NONE, _NONE)
    # Distributions pack the years before 1970 differently: two machines may not agree on them.
    early = _FIRST + ahead if is_constant(zone) else _FIRST.replace(year=FIRST_YEAR)
    guards = []
    if early > _FIRST:
        guards.append(f"({wall} < {_literal(early)} AND YEAR({wall}) > 0)")
    if behind:
        # In UTC, after the year 9999.
        guards.append(f"{wall} > {_literal(_LAST + behind)}")
    if not is_constant(zone):
        guards += _unsettled(wall, zone)
    return (" OR ".join(guards),) if guards else ()


def _unsettled(wall: str, zone: str) -> list[str]:
    """The hour of the day alone first, then the list of all changes, which is sorted."""
    exact, later = unsettled_hours(zone)
    if not exact:
        return []
    of_day = sorted({hour % 24 for hour in exact} | {hour % 100 for hour in later})
    hours, of_year = f"TO_DAYS({wall}) * 24 + HOUR({wall})", f"MONTH({wall}) * 100 + HOUR({wall})"
    listed = f"{hours} IN ({_list(exact)})"
    if later:
        far = _literal(_FIRST.replace(year=LAST_YEAR + 1))
        listed = f"IF({wall} >= {far}, {of_year} IN ({_list(later)}), {listed})"
    return [f"(HOUR({wall}) IN ({_list(of_day)}) AND COALESCE({listed}, 0))"]


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _literal(wall: datetime.datetime) -> str:
    return f"TIMESTAMP'{wall.replace(tzinfo=None).isoformat(sep=' ')}'"
