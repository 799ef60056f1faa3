"""Answers as typed values: what MySQL says as text is read as the type that Django answers with.

The types are Django's, column by column. Numbers are compared as numbers: 10, 10.00 and 1e1 are the
same; where Django answers with a float, the last digits of a sum do not count. A moment with a zone
is held against the wall clock that the mapping declares; a date and midnight of it are the same.
Text is text: not folded, not stripped. NULL is nothing but NULL.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

__all__ = ["Read", "reader", "same_answer"]

Read = Callable[[bytes | None], Any]
_NEAR = Decimal("1e-9")
_SPAN = re.compile(r"(-?)(\d+):(\d\d):(\d\d(?:\.\d+)?)")


def reader(like: Any, zone: str | None) -> Read:
    """What reads the source's texts of a column in which Django has values like this one.

    What cannot be read so stays a text, and differs. `zone` is of the source's wall clocks.
    """
    read = _READERS.get(type(like), _text)
    if isinstance(like, dt.datetime):
        read = _moment(None if like.tzinfo is None else ZoneInfo(zone) if zone else dt.UTC)

    def of(raw: bytes | None) -> Any:
        if raw is None:
            return None
        try:
            return read(raw)
        except (ValueError, InvalidOperation, OverflowError):
            return _text(raw)

    return of


def same_answer(source: Any, target: Any, tolerance: Decimal | float) -> bool:
    """Whether two values of one column are the same answer."""
    target = _plain(target)
    if source is None or target is None:
        return source is target
    if isinstance(source, int | Decimal) and isinstance(target, int | float | Decimal):
        return _same_number(Decimal(source), target, Decimal(str(tolerance)))
    return type(source) is type(target) and bool(source == target)


def _same_number(a: Decimal, target: float | Decimal, tolerance: Decimal) -> bool:
    b = Decimal(repr(target)) if isinstance(target, float) else Decimal(target)
    if not (a.is_finite() and b.is_finite()):
        return a == b
    allowed = tolerance
    if isinstance(target, float):
        # The sum of doubles depends on the order of the rows.
        allowed += _NEAR * max(abs(a), abs(b))
    return abs(a - b) <= allowed


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    return list(value) if isinstance(value, tuple) else value


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _number(raw: bytes) -> int | Decimal:
    if raw in (b"\x00", b"\x01"):
        # BIT(1), as a condition on one gives it.
        return raw[0]
    text = raw.decode("ascii")
    return int(text) if text.removeprefix("-").isdecimal() else Decimal(text)


def _date(raw: bytes) -> dt.date:
    text = _text(raw)
    day, _, clock = text.partition(" ")
    if clock.strip("0:."):
        raise ValueError(text)
    return dt.date.fromisoformat(day)


def _moment(zone: dt.tzinfo | None) -> Callable[[bytes], Any]:
    def read(raw: bytes) -> Any:
        return dt.datetime.fromisoformat(_text(raw)).replace(tzinfo=zone)

    return read


def _span(raw: bytes) -> dt.timedelta:
    found = _SPAN.fullmatch(_text(raw))
    if found is None:
        raise ValueError(raw)
    seconds = Decimal(found[4])
    span = dt.timedelta(
        hours=int(found[2]), minutes=int(found[3]), microseconds=int(seconds * 1_000_000)
    )
    return -span if found[1] else span


def _uuid(raw: bytes) -> uuid.UUID:
    return uuid.UUID(bytes=raw) if len(raw) == 16 else uuid.UUID(_text(raw))


_READERS: dict[type, Callable[[bytes], Any]] = {
    bool: _number,
    int: _number,
    float: _number,
    Decimal: _number,
    str: _text,
    bytes: bytes,
    memoryview: bytes,
    dt.date: _date,
    dt.time: lambda raw: dt.time.fromisoformat(_text(raw)),
    dt.timedelta: _span,
    uuid.UUID: _uuid,
    list: json.loads,
    tuple: json.loads,
    dict: json.loads,
}
