"""Whether two values of one column are the same, and a text that is the same when they are."""

from __future__ import annotations

import datetime
import hashlib
import math
import uuid
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from verify.rows.orm import Unreadable
from verify.same import same

__all__ = ["digest", "equal", "other_zero"]


def equal(expected: Any, got: Any, *, json: bool) -> bool:
    """Compare what Python says with what Django read.

    In JSON, 1 and true are not the same, and its null is not NULL. -0.0 is not 0.0.
    """
    if isinstance(got, Unreadable):
        return False
    if json:
        return (expected is None) == (got is None) and _same_json(expected, got)
    return bool(expected == got and not other_zero(expected, got)) or same(expected, got)


def other_zero(expected: Any, got: Any) -> bool:
    """Whether these are doubles, one of them 0.0 and the other -0.0."""
    return (
        expected.__class__ is float
        and not expected
        and got.__class__ is float
        and math.copysign(1, expected) != math.copysign(1, got)
    )


def _same_json(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return (
            isinstance(b, dict)
            and a.keys() == b.keys()
            and all(_same_json(value, b[key]) for key, value in a.items())
        )
    if isinstance(a, list | tuple):
        return isinstance(b, list | tuple) and len(a) == len(b) and all(map(_same_json, a, b))
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    return bool(a == b)


def digest(values: Sequence[Any], doubles: Iterable[int] = ()) -> bytes:
    """128 bits over the values of a row: equal for rows whose values are.

    `doubles` are the places of columns in which -0.0 and 0.0 are two values.
    """
    signs = [n for n in doubles if other_zero(0.0, values[n])]
    text = repr([_plain(value) for value in values] + signs)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, dict):
        return sorted((key, _plain(member)) for key, member in value.items())
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return repr(value)


def _number(value: float | Decimal) -> Any:
    if not math.isfinite(value):
        return str(value)
    whole = int(value)
    if whole == value:
        return whole
    # Of a number in JSON, Django reads a float.
    return format(value, "f").rstrip("0") if type(value) is Decimal else float(value)
