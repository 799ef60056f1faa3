"""Dates and times that were kept as text or as digits in a binary column."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.sqltext import my_bytes
from mappings.steps.base import Step, factory
from mappings.steps.date_format import DateFormat

__all__ = ["parse_date", "parse_datetime", "parse_timestamp"]

Invalid = Literal["reject", "null"]

_MOMENT = "TIMESTAMP'1970-01-01 00:00:00'"
_ANY = {Kind.DATE: "DATE'1970-01-01'", Kind.DATETIME: _MOMENT, Kind.INSTANT: _MOMENT}


@factory
def parse_timestamp(
    format: str = "%Y%m%d%H%M%S",
    never: Sequence[str] = ("", "infinity"),
    invalid: Invalid = "reject",
) -> Step:
    """The instant that the text says in UTC: `20090501120000`, as a wiki keeps its times.

    `format` has the directives %Y %y %m %d %H %M %S, each of fixed width. The texts in `never` are
    NULL. What else is not of the format, or in no calendar, is rejected as `bad_date`, or NULL with
    `invalid="null"`. NUL bytes that pad a BINARY are no part of the text. Raises `ValueError` for a
    format that does not say year, month and day.
    """

    def made(value: datetime.datetime) -> datetime.datetime:
        return value.replace(tzinfo=datetime.UTC)

    return _step("parse_timestamp", Kind.INSTANT, made, format, never, invalid)


@factory
def parse_datetime(
    format: str = "%Y-%m-%d %H:%M:%S", never: Sequence[str] = ("",), invalid: Invalid = "reject"
) -> Step:
    """The same as a wall clock, for `local_time` to say in which zone it hung."""

    def made(value: datetime.datetime) -> datetime.datetime:
        return value

    return _step("parse_datetime", Kind.DATETIME, made, format, never, invalid)


@factory
def parse_date(
    format: str = "%Y-%m-%d", never: Sequence[str] = ("",), invalid: Invalid = "reject"
) -> Step:
    """The same as a date: `parse_date("%d.%m.%Y")` reads `01.05.2009`."""
    return _step("parse_date", Kind.DATE, datetime.datetime.date, format, never, invalid)


def _step(
    name: str,
    kind: Kind,
    made: Callable[[datetime.datetime], Any],
    format: str,
    never: Sequence[str],
    invalid: Invalid,
) -> Step:
    if invalid not in ("reject", "null"):
        raise ValueError(f"{name}: invalid, got {invalid!r} (expected reject, null)")
    try:
        known = DateFormat.parse(format)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    absent = (never,) if isinstance(never, str) else tuple(never)

    def python(value: str | bytes) -> Any:
        text = value if isinstance(value, str) else value.rstrip(b"\0").decode("latin-1")
        if text in absent:
            return None
        moment = known.read(text)
        if moment is not None:
            return made(moment)
        if invalid == "null":
            return None
        raise Reject("bad_date", "a text that is not of the format, or in no calendar")

    def inverse(value: Any) -> Iterable[Any]:
        texts = absent if value is None else (known.write(value),)
        return *texts, *(text.encode() for text in texts)

    def sql(expr: Expr) -> Expr:
        return _parsed(expr, known, kind, absent)

    return Step(
        name=name,
        python=python,
        inverse=inverse,
        accepts=frozenset({Kind.TEXT, Kind.BYTES}),
        returns=kind,
        sql=sql,
        options=(format, absent, invalid),
    )


def _parsed(expr: Expr, known: DateFormat, kind: Kind, never: tuple[str, ...]) -> Expr:
    text = f"CAST({expr.sql} AS BINARY)"
    if expr.kind is Kind.BYTES:
        text = f"TRIM(TRAILING 0x00 FROM {text})"
    if never:
        absent = ", ".join(my_bytes(word.encode()) for word in never)
        expr = expr.or_null(f"{text} IN ({absent})")
    wall = known.wall(text)
    cast = "DATE" if kind is Kind.DATE else "DATETIME"
    # Of what is guarded, any date: a canonical text is never NULL.
    made = f"COALESCE(CAST({wall} AS {cast}), {_ANY[kind]})"
    parsed = expr.to(kind, made, max_chars=19, plain=True)
    return parsed.guarded(f"NOT ({known.is_of_it(text)})")
