"""TIME, which is signed and goes beyond a day: to interval, time and text."""

from __future__ import annotations

import datetime
import re
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.sqltext import source_column
from mappings.target import TargetField
from mappings.types.base import Conversion, Source, column_null, expect
from mappings.types.datetimes import whole_fraction
from mappings.types.text import AsText

__all__ = ["TimeColumn", "TimeToInterval", "TimeToText", "TimeToTime"]

_TEXT = re.compile(r"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?")
_MICROSECOND = datetime.timedelta(microseconds=1)
_MIDNIGHT = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)
_DAY = datetime.timedelta(days=1)


class TimeColumn(Source):
    types = frozenset({"time"})

    def read(self, column: SourceColumn) -> SourceValue:
        sql = source_column(column.name)
        expr = Expr(
            kind=Kind.TIME,
            sql=sql,
            null=column_null(column),
            max_chars=17,
            fraction=column.fraction,
            plain=True,
        )
        return SourceValue(expr=expr, raw=sql, decode=_decode)


def _decode(value: bytes) -> datetime.timedelta:
    found = _TEXT.fullmatch(value.decode("ascii"))
    if found is None:
        raise Reject("bad_time", "MySQL gave a TIME in a form that it does not have")
    sign, hours, minutes, seconds, fraction = found.groups()
    span = datetime.timedelta(
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(seconds),
        microseconds=int((fraction or "0").ljust(6, "0")),
    )
    return -span if sign else span


def _spelled(value: datetime.timedelta) -> str:
    """`-838:59:59.000001`: hours beyond a day, the sign before all, no zeros to end a fraction."""
    seconds, micros = divmod(abs(value) // _MICROSECOND, 1_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{micros:06}".rstrip("0") if micros else ""
    return f"{'-' * (value < datetime.timedelta())}{hours:02}:{minutes:02}:{seconds:02}{fraction}"


class TimeToInterval(Conversion):
    """The canonical form is the number of microseconds: intervals of equal length are equal."""

    kind = Kind.TIME
    targets = frozenset({"interval"})

    def text(self, expr: Expr, field: TargetField) -> str:
        return expr.sql

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        x = expr.sql
        # TIME_TO_SEC has a fraction on MariaDB and none on MySQL, and loses the sign of -0.5.
        seconds = f"HOUR({x}) * 3600 + MINUTE({x}) * 60 + SECOND({x})"
        micros = f"({seconds}) * 1000000" + (f" + MICROSECOND({x})" if expr.fraction else "")
        return f"IF({x} < 0, -1, 1) * ({micros})"

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"(extract(epoch from {column}) * 1000000)::bigint::text"

    def convert(self, value: Any, field: TargetField) -> datetime.timedelta:
        expect(value, datetime.timedelta)
        return value  # type: ignore[no-any-return]

    def encode(self, value: Any, field: TargetField) -> str:
        return _spelled(value)

    def canonical(self, value: Any, field: TargetField) -> str:
        return str(value // _MICROSECOND)


class TimeToTime(Conversion):
    """A time of the day. PostgreSQL would take 24:00:00, which psycopg2 cannot read back."""

    kind = Kind.TIME
    targets = frozenset({"time"})

    def text(self, expr: Expr, field: TargetField) -> str:
        return expr.sql

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        return whole_fraction(expr)

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"{column}::text"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        outside = f"{expr.sql} < 0 OR {expr.sql} >= 240000"
        return (Refusal(code="time_out_of_range", sql=outside, silent=True),)

    def convert(self, value: Any, field: TargetField) -> datetime.time:
        """Also takes a naive `datetime.time`, which is what a user's function returns."""
        if isinstance(value, datetime.time):
            if value.tzinfo is not None:
                raise Reject("wrong_type", "got time with a zone (expected time)")
            return value
        expect(value, datetime.timedelta)
        span: datetime.timedelta = value
        if not datetime.timedelta() <= span < _DAY:
            raise Reject("time_out_of_range", "a time of the day is from 00:00 to before 24:00")
        return (_MIDNIGHT + span).time()

    def encode(self, value: Any, field: TargetField) -> str:
        text = str(value)
        return text.rstrip("0") if value.microsecond else text


class TimeToText(AsText):
    """As MySQL shows it, without the zeros that end a fraction."""

    kind = Kind.TIME

    def text(self, expr: Expr, field: TargetField) -> str:
        return whole_fraction(expr)

    def spell(self, value: Any, field: TargetField) -> str:
        expect(value, datetime.timedelta)
        return _spelled(value)
