"""Dates of the years in which the shop was PHP, 2006 to 2014.

Wall clock times lie between 06:00 and 23:59, so that none falls by accident into the hour that
Copenhagen skips in March or lives twice in October.
"""

from __future__ import annotations

from datetime import date, timedelta

__all__ = ["FOLD", "GAP", "OPENED", "epoch", "wall_clock"]

OPENED = 1_141_200_000
_SECONDS = 275_000_000
_DAYS = [
    (date(2006, 3, 1) + timedelta(days=n)).isoformat().encode() for n in range(_SECONDS // 86_400)
]
_TIMES = [b"%02d:%02d:%02d" % (6 + n * 7 % 18, n * 37 % 60, n * 53 % 60) for n in range(2_160)]

GAP = (b"'2009-03-29 02:30:00'", b"'2012-03-25 02:00:00'", b"'2014-03-30 02:59:59'")
FOLD = (b"'2008-10-26 02:00:00'", b"'2010-10-31 02:30:00'", b"'2013-10-27 02:59:59'")


def epoch(ordinal: int, rows: int) -> int:
    """Seconds since 1970 of row number `ordinal`: they grow with the rows."""
    return OPENED + ordinal * _SECONDS // rows


def wall_clock(ordinal: int, rows: int) -> bytes:
    """The quoted DATETIME of row number `ordinal`, in Copenhagen: the day grows with the rows."""
    day = _DAYS[ordinal * len(_DAYS) // rows]
    return b"'%s %s'" % (day, _TIMES[ordinal * 11 % len(_TIMES)])
