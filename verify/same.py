"""Whether two typed values are the same: what decides when canonical texts differ."""

from __future__ import annotations

import datetime
import math
import uuid
from decimal import Decimal
from typing import Any

__all__ = ["same"]


def same(expected: Any, got: Any) -> bool:
    """Compare what the Python tier made of a source value with what psycopg2 read.

    Types count: 1 is not True, "1" is not 1, and an aware moment is no naive one. Numbers of
    different types are compared as numbers, bytes as bytes, UUIDs by value. The sign of a zero
    counts in a double, not in JSON, which loses it.
    """
    if isinstance(expected, float) and isinstance(got, float) and not expected and not got:
        return math.copysign(1, expected) == math.copysign(1, got)
    return _same(expected, got)


def _same(expected: Any, got: Any) -> bool:
    expected, got = _plain(expected), _plain(got)
    if expected is None or got is None:
        return expected is got
    if isinstance(expected, bool) or isinstance(got, bool):
        return isinstance(expected, bool) and isinstance(got, bool) and expected is got
    if isinstance(expected, (int, float, Decimal)) and isinstance(got, (int, float, Decimal)):
        return _same_number(expected, got)
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(_same(expected[k], got[k]) for k in expected)
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(map(_same, expected, got))
    if isinstance(expected, datetime.datetime) and isinstance(got, datetime.datetime):
        return (expected.tzinfo is None) == (got.tzinfo is None) and expected == got
    return type(expected) is type(got) and bool(expected == got)


def _plain(value: Any) -> Any:
    if isinstance(value, (memoryview, bytearray)):
        return bytes(value)
    if isinstance(value, uuid.UUID):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _same_number(a: float | Decimal, b: float | Decimal) -> bool:
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b):
        return True
    return a == b
