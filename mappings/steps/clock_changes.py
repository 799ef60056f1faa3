"""When the clocks of a zone are put forward or back, from Python's zone data."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "ClockChange",
    "clock_changes",
    "is_constant",
    "unsettled_hours",
]

FIRST_YEAR, LAST_YEAR = 1970, 2199
_RULES_FROM = 2100
"""From here on only a zone's standing rule is at work; a hundred years show all its weekdays."""

_DAY = datetime.timedelta(days=1)
_SECOND = datetime.timedelta(seconds=1)
_HOUR = datetime.timedelta(hours=1)


@dataclass(frozen=True)
class ClockChange:
    """The wall clock times from `start` up to, not including, `end` are skipped or come twice."""

    start: datetime.datetime
    end: datetime.datetime
    skipped: bool


@cache
def clock_changes(zone: str) -> tuple[ClockChange, ...]:
    """All changes of the years FIRST_YEAR to LAST_YEAR, in order.

    Python tells a zone's offset at a time, not its changes: every day is asked, and a day whose
    ends differ is halved down to the second.
    """
    info = ZoneInfo(zone)
    # A day early and late, for changes that are in another year by the wall clock.
    day = datetime.datetime(FIRST_YEAR, 1, 1, tzinfo=datetime.UTC) - _DAY
    end = datetime.datetime(LAST_YEAR + 1, 1, 1, tzinfo=datetime.UTC) + _DAY
    found = []
    offset = _offset(day, info)
    while day < end:
        following = _offset(day + _DAY, info)
        if following != offset:
            moment = _change_within(day, info)
            naive = moment.replace(tzinfo=None)
            lo, hi = sorted((naive + offset, naive + following))
            found.append(ClockChange(lo, hi, skipped=following > offset))
        day, offset = day + _DAY, following
    return tuple(found)


def is_constant(zone: str) -> bool:
    """Whether the zone has had one offset from UTC for ever, as UTC itself."""
    if clock_changes(zone):
        return False
    info = ZoneInfo(zone)
    years = (datetime.datetime(y, 1, 1, tzinfo=datetime.UTC) for y in range(1800, FIRST_YEAR + 1))
    return len({_offset(moment, info) for moment in years}) == 1


def _offset(moment: datetime.datetime, info: ZoneInfo) -> datetime.timedelta:
    offset = moment.astimezone(info).utcoffset()
    if offset is None:
        raise ValueError(f"zone {info} has no offset at {moment}")
    return offset


def _change_within(day: datetime.datetime, info: ZoneInfo) -> datetime.datetime:
    """The first second at which the offset is no more what it is at `day`."""
    lo, hi, offset = day, day + _DAY, _offset(day, info)
    while hi - lo > _SECOND:
        middle = lo + (hi - lo) // 2
        middle = middle.replace(microsecond=0)
        lo, hi = (middle, hi) if _offset(middle, info) == offset else (lo, middle)
    return hi


@cache
def unsettled_hours(zone: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The hours that hold any skipped or repeated time.

    First, up to LAST_YEAR: each as hours since MySQL's day 0. Then, for all later years: each as
    month * 100 + hour.
    """
    exact, later = set(), set()
    for change in clock_changes(zone):
        hour = change.start.replace(minute=0, second=0)
        while hour < change.end:
            exact.add((hour.toordinal() + 365) * 24 + hour.hour)
            if hour.year >= _RULES_FROM:
                later.add(hour.month * 100 + hour.hour)
            hour += _HOUR
    return tuple(sorted(exact)), tuple(sorted(later))
