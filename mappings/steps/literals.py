"""Python values in a mapping: the kinds they belong to, and their SQL literals."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from mappings.expr import Expr, Kind
from mappings.sqltext import my_bytes, my_text

__all__ = ["comparable_kinds", "kinds_of", "literal"]

_KINDS: tuple[tuple[type, frozenset[Kind]], ...] = (
    # The order matters: bool is an int, datetime is a date.
    (bool, frozenset({Kind.BOOL})),
    (int, frozenset({Kind.INT})),
    (float, frozenset({Kind.DOUBLE})),
    (Decimal, frozenset({Kind.DECIMAL})),
    (str, frozenset({Kind.TEXT})),
    (bytes, frozenset({Kind.BYTES})),
    (datetime.datetime, frozenset({Kind.DATETIME})),
    (datetime.date, frozenset({Kind.DATE})),
    (datetime.timedelta, frozenset({Kind.TIME})),
    (list, frozenset({Kind.LIST, Kind.JSON})),
    (dict, frozenset({Kind.JSON})),
)
_WHOLE = 2**53


def kinds_of(value: object) -> frozenset[Kind]:
    """The kinds whose Python form `value` may be. Raises `TypeError` for what is no value."""
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return frozenset({Kind.INSTANT})
    for type_, kinds in _KINDS:
        if isinstance(value, type_):
            return kinds
    raise TypeError(f"not a value that a step can be given, got {value!r}")


def comparable_kinds(*values: object) -> frozenset[Kind]:
    """The kinds that all the values can be compared with. Raises `TypeError` when there is none."""
    if not values:
        raise TypeError("no value, got nothing (expected one or more)")
    found = frozenset.intersection(*map(_comparable, values))
    if not found:
        raise TypeError(f"values of different kinds, got {values!r} (expected one kind)")
    return found


def _comparable(value: object) -> frozenset[Kind]:
    kinds = kinds_of(value)
    return kinds | {Kind.DECIMAL, Kind.DOUBLE} if Kind.INT in kinds else kinds


def literal(value: Any, expr: Expr) -> str | None:
    """SQL: `value` as a value of the same kind as `expr`; None where SQL has no exact one."""
    match expr.kind:
        case Kind.BOOL | Kind.INT:
            return str(int(value))
        case Kind.DECIMAL:
            return format(Decimal(value), "f")
        case Kind.DOUBLE:
            return _double(value)
        case Kind.TEXT:
            return my_text(value)
        case Kind.BYTES:
            return my_bytes(value)
        case Kind.DATE:
            return f"DATE'{value.isoformat()}'"
        case Kind.DATETIME:
            return f"TIMESTAMP'{value.isoformat(sep=' ')}'"
        case Kind.INSTANT:
            return _instant(value, expr.zone)
        case Kind.LIST:
            return None if any(not m or "," in m for m in value) else my_text(",".join(value))
        case _:
            return None


def _double(value: float) -> str | None:
    if isinstance(value, int) and abs(value) > _WHOLE:
        return None
    text = repr(float(value))
    if not math.isfinite(float(value)):
        return None
    # Without an exponent MySQL would read a decimal.
    return text if "e" in text else f"{text}e0"


def _instant(value: datetime.datetime, zone: str | None) -> str | None:
    if zone is None:
        wall = value.astimezone(datetime.UTC).replace(tzinfo=None)
    else:
        there = value.astimezone(ZoneInfo(zone))
        if there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset():
            # The wall clock shows this time twice.
            return None
        wall = there.replace(tzinfo=None)
    return f"TIMESTAMP'{wall.isoformat(sep=' ')}'"
