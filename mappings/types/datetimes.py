"""DATETIME, a wall clock without a zone, and TIMESTAMP, an instant: to timestamptz and to text.

A wall clock becomes an instant by the step that names its zone. The name travels in the COPY
text and PostgreSQL does the conversion; the canonical form is the wall clock in that zone, marked
where it is the first of two instants at which the clock showed it.

PostgreSQL also takes instants that psycopg2 cannot read back, in UTC before year 1 or after 9999:
the guards of the step send these to Python, which rejects them.
"""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.sqltext import my_text, pg_text, source_column
from mappings.target import TargetField
from mappings.types.base import Conversion, Source, column_null, expect
from mappings.types.dates import reject_unreal, unreal_dates
from mappings.types.text import AsText

__all__ = [
    "DatetimeColumn",
    "DatetimeToText",
    "InstantToTimestamp",
    "InstantToText",
    "TimestampColumn",
    "wall_text",
    "whole_fraction",
]

UTC = datetime.UTC
_EARLIER = "!"


class DatetimeColumn(Source):
    types = frozenset({"datetime"})

    def read(self, column: SourceColumn) -> SourceValue:
        return _read(column, Kind.DATETIME, None)


class TimestampColumn(Source):
    """Read in UTC: the session's time_zone is +00:00."""

    types = frozenset({"timestamp"})

    def read(self, column: SourceColumn) -> SourceValue:
        return _read(column, Kind.INSTANT, UTC)


def _read(column: SourceColumn, kind: Kind, zone: datetime.tzinfo | None) -> SourceValue:
    def decode(value: bytes) -> datetime.datetime | str:
        text = value.decode("ascii")
        try:
            return datetime.datetime.fromisoformat(text).replace(tzinfo=zone)
        except ValueError:
            return text

    sql = source_column(column.name)
    expr = Expr(
        kind=kind,
        sql=sql,
        null=column_null(column),
        max_chars=26,
        fraction=column.fraction,
        may_be_zero_date=True,
        plain=True,
    )
    return SourceValue(expr=expr, raw=sql, decode=decode)


def whole_fraction(expr: Expr) -> str:
    """MySQL expression: the text of a time without the zeros that end its fraction."""
    if not expr.fraction:
        return expr.sql
    return f"TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {expr.sql}))"


def wall_text(value: datetime.datetime) -> str:
    """The same in Python: a datetime without its zone, as PostgreSQL writes a timestamp."""
    text = value.replace(tzinfo=None).isoformat(" ")
    return text.rstrip("0") if value.microsecond else text


def _wall(value: datetime.datetime, field: TargetField) -> datetime.datetime:
    zone = ZoneInfo(field.zone) if field.zone else UTC
    return value.astimezone(zone)


class InstantToTimestamp(Conversion):
    kind = Kind.INSTANT
    targets = frozenset({"timestamp with time zone"})

    def text(self, expr: Expr, field: TargetField) -> str:
        return f"CONCAT({expr.sql}, {my_text(f' {expr.zone}' if expr.zone else '+00')})"

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        return whole_fraction(expr)

    def canonical_target(self, field: TargetField, column: str) -> str:
        wall = f"({column} AT TIME ZONE {pg_text(field.zone or 'UTC')})"
        if field.zone in (None, "UTC"):
            return f"{wall}::text"
        # Of a time that the clock showed twice, PostgreSQL takes the second.
        again = f"{wall} AT TIME ZONE {pg_text(field.zone or 'UTC')}"
        marked = f"{wall}::text || '{_EARLIER}'"
        return f"(CASE {again} WHEN {column} THEN {wall}::text ELSE {marked} END)"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        return unreal_dates(expr)

    def convert(self, value: Any, field: TargetField) -> datetime.datetime:
        if isinstance(value, str):
            reject_unreal(value)
        expect(value, datetime.datetime)
        if value.tzinfo is None:
            raise Reject("naive_datetime", "an instant needs a zone")
        try:
            return value.astimezone(UTC)  # type: ignore[no-any-return]
        except OverflowError as error:
            raise Reject("date_out_of_range", "in UTC, not between year 1 and 9999") from error

    def encode(self, value: Any, field: TargetField) -> str:
        return f"{wall_text(value)}+00"

    def canonical(self, value: Any, field: TargetField) -> str:
        wall = _wall(value, field)
        later = wall.replace(fold=1).utcoffset()
        return wall_text(wall) + (_EARLIER if wall.utcoffset() != later else "")


class _MomentToText(AsText):
    """The wall clock as MySQL shows it, without the zeros that end a fraction."""

    def text(self, expr: Expr, field: TargetField) -> str:
        return whole_fraction(expr)

    def spell(self, value: Any, field: TargetField) -> str:
        expect(value, datetime.datetime, str)
        if isinstance(value, str):
            return value.rstrip("0").rstrip(".") if "." in value else value
        return wall_text(value if value.tzinfo is None else _wall(value, field))


class DatetimeToText(_MomentToText):
    kind = Kind.DATETIME


class InstantToText(_MomentToText):
    """In the zone that a step has declared, else in UTC."""

    kind = Kind.INSTANT
