"""Values as PostgreSQL's to_jsonb() writes them in a row -> what Django reads from the field."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from mappings.target import TargetField

__all__ = ["logged_value"]

_SPAN = re.compile(
    r"(?:(-?\d+) years? ?)?(?:(-?\d+) mons? ?)?(?:(-?\d+) days? ?)?"
    r"(?:([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?)?"
)


def logged_value(field: TargetField, given: Any) -> Any:
    """`given` is JSON with its fractions read as Decimal. Raises `ValueError`, `TypeError`."""
    if given is None:
        return None
    make = _BY_TYPE.get(field.base)
    if make is None:
        return given
    return [None if v is None else make(v) for v in given] if field.array else make(given)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("\\x"))


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def _span(text: str) -> dt.timedelta:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"no interval, got {text!r}")
    years, months, days, sign, hours, minutes, seconds, fraction = found.groups()
    clock = dt.timedelta(
        hours=int(hours or 0),
        minutes=int(minutes or 0),
        seconds=int(seconds or 0),
        microseconds=int((fraction or "").ljust(6, "0") or 0),
    )
    # As psycopg2 counts them.
    whole = dt.timedelta(days=int(years or 0) * 365 + int(months or 0) * 30 + int(days or 0))
    return whole + (-clock if sign == "-" else clock)


_BY_TYPE: dict[str, Callable[[Any], Any]] = {
    "numeric": Decimal,
    "double precision": float,
    "real": float,
    "bytea": _bytes,
    "uuid": uuid.UUID,
    "date": dt.date.fromisoformat,
    "timestamp with time zone": _instant,
    "time": dt.time.fromisoformat,
    "interval": _span,
}
