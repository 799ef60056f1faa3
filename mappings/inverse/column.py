"""The inverse of one column: what steps and conversion propose, tried until one fits."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from typing import Any, TypeAlias

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Kind
from mappings.inverse.stored import DoesNotFit, Stored, stored
from mappings.steps.base import Step, itself

__all__ = ["Inverse", "NoWayBack", "inverse_face"]

Inverse: TypeAlias = Callable[[Any], Stored]

_MOST = 500
"""Proposals that are tried for one value."""
_MISTAKES = (TypeError, ValueError, ArithmeticError, AttributeError, LookupError)


class NoWayBack(Exception):
    """No value of the source column becomes this one. The message holds no value."""


def inverse_face(
    column: SourceColumn,
    steps: Sequence[Step],
    kind: Kind,
    python: Callable[[bytes | None], Any],
    canonical: Callable[[Any], bytes],
) -> Inverse:
    """What Django reads -> the source value that it comes of. The function raises `NoWayBack`.

    `kind` is what the steps end in, `python` and `canonical` are the column's faces. Of a step
    without an inverse only what it leaves as it is comes back. A time that the column cannot keep
    whole comes back without its fraction, and says so.
    """
    one_way = next((step.name for step in steps if step.inverse is None), "")

    def exactly(value: Any) -> Stored | None:
        try:
            wanted = canonical(value)
        except (Reject, *_MISTAKES) as error:
            raise NoWayBack("a value that no mapping makes") from error
        for proposal in islice(_proposals(value, steps, kind), _MOST):
            try:
                found = stored(column, proposal)
                if canonical(python(found.raw)) == wanted:
                    return found
            except (DoesNotFit, Reject, *_MISTAKES):
                # No value of this column, then; the next one may be.
                continue
        return None

    def inverse(value: Any) -> Stored:
        if found := exactly(value):
            return found
        # Django's clock has microseconds, PHP's had none: the row must not go without its time.
        for shorter in _shorter(value):
            if found := exactly(shorter):
                return replace(found, cut=True)
        if one_way:
            raise NoWayBack(f"step {one_way} has no inverse")
        raise NoWayBack(f"no value of {column.name} becomes it again")

    return inverse


def _shorter(value: Any) -> Iterator[Any]:
    """The same moment with fewer digits of a second."""
    if isinstance(value, (dt.datetime, dt.time)) and value.microsecond:
        yield value.replace(microsecond=value.microsecond // 1_000 * 1_000)
        yield value.replace(microsecond=0)


def _proposals(value: Any, steps: Sequence[Step], kind: Kind) -> Iterator[Any]:
    values = iter(_of_kind(value, kind))
    for step in reversed(steps):
        values = _before(step, values)
    return values


def _before(step: Step, results: Iterable[Any]) -> Iterator[Any]:
    for result in results:
        try:
            given = tuple((step.inverse or itself)(result))
        except _MISTAKES:
            given = ()
        yield from given
        if result is None and None not in given:
            # A NULL passes through most steps.
            yield None


def _of_kind(value: Any, kind: Kind) -> Iterator[Any]:
    """The Python forms of that kind which the field may have taken the value from."""
    if value is None:
        yield None
        return
    for make in (_KINDS[kind], _from_text):
        try:
            yield from make(value)
        except _MISTAKES:
            continue


def _from_text(value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        yield value


def _integer(value: Any) -> Iterator[Any]:
    number = int(value)
    if number == value or isinstance(value, str):
        yield number


def _decimal(value: Any) -> Iterator[Any]:
    yield Decimal(repr(value) if isinstance(value, float) else value)


def _text(value: Any) -> Iterator[Any]:
    yield value if isinstance(value, str) else str(value)
    if isinstance(value, (dict, list)):
        yield json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, list):
        yield ",".join(map(str, value))


def _bytes(value: Any) -> Iterator[Any]:
    if isinstance(value, uuid.UUID):
        yield value.bytes
    else:
        yield value.encode() if isinstance(value, str) else bytes(value)


def _time(value: Any) -> Iterator[Any]:
    if isinstance(value, dt.time):
        midnight = dt.datetime(1, 1, 1)  # noqa: DTZ001
        yield dt.datetime.combine(midnight.date(), value) - midnight
    else:
        yield value


def _list(value: Any) -> Iterator[Any]:
    yield [str(v) for v in value.split(",") if v] if isinstance(value, str) else list(value)
    if isinstance(value, list):
        yield [str(v) for v in value]


def _moment(value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        yield dt.datetime.fromisoformat(value)
    yield value


def _itself(value: Any) -> Iterator[Any]:
    yield value


_KINDS: dict[Kind, Callable[[Any], Iterator[Any]]] = {
    Kind.INT: _integer,
    Kind.DECIMAL: _decimal,
    Kind.DOUBLE: lambda value: iter((float(value),)),
    Kind.BOOL: lambda value: iter((bool(value),)),
    Kind.TEXT: _text,
    Kind.BYTES: _bytes,
    Kind.DATE: _itself,
    Kind.DATETIME: _moment,
    Kind.INSTANT: _moment,
    Kind.TIME: _time,
    Kind.JSON: _itself,
    Kind.UUID: _itself,
    Kind.ADDRESS: _itself,
    Kind.GEOMETRY: _itself,
    Kind.LIST: _list,
}
