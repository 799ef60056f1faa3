"""Calendar dates, and the dates that MySQL keeps though no calendar has them.

    zero_date       0000-00-00, as MySQL marks a refused or missing date
    partial_date    2009-00-00, 2009-05-00, 0000-05-01: year, month or day is zero
    invalid_date    2009-02-31, which ALLOW_INVALID_DATES lets in

PostgreSQL refuses all three loudly. In Python such a value is its text until a step changes it.
"""

from __future__ import annotations

import datetime
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.sqltext import source_column
from mappings.target import TargetField
from mappings.types.base import Conversion, Source, column_null, expect
from mappings.types.text import AsText

__all__ = ["DateColumn", "DateToDate", "DateToText", "reject_unreal", "unreal_dates"]


class DateColumn(Source):
    types = frozenset({"date"})

    def read(self, column: SourceColumn) -> SourceValue:
        sql = source_column(column.name)
        expr = Expr(
            kind=Kind.DATE,
            sql=sql,
            null=column_null(column),
            max_chars=10,
            may_be_zero_date=True,
            plain=True,
        )
        return SourceValue(expr=expr, raw=sql, decode=_decode)


def _decode(value: bytes) -> datetime.date | str:
    text = value.decode("ascii")
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return text


def unreal_dates(expr: Expr) -> tuple[Refusal, ...]:
    """Refuse zero, partial and invalid dates, unless a step has dealt with them."""
    if not expr.may_be_zero_date:
        return ()
    year, month, day = (f"{part}({expr.sql})" for part in ("YEAR", "MONTH", "DAYOFMONTH"))
    zero = f"{year} = 0 AND {month} = 0 AND {day} = 0"
    partial = f"({year} = 0 OR {month} = 0 OR {day} = 0) AND NOT ({zero})"
    # LAST_DAY gives NULL for a date whose day is wrong, so it is asked for the first of the month.
    last = f"DAYOFMONTH(LAST_DAY(DATE_FORMAT({expr.sql}, '%Y-%m-01')))"
    return (
        Refusal(code="zero_date", sql=zero),
        Refusal(code="partial_date", sql=partial),
        Refusal(code="invalid_date", sql=f"{day} > 28 AND {month} > 0 AND {day} > {last}"),
    )


def reject_unreal(text: str) -> None:
    """Raise `Reject` for the text of a date that is none, by the same codes."""
    parts = text[:10].split("-")
    zeros = [part.strip("0") == "" for part in parts]
    if all(zeros):
        raise Reject("zero_date", "the date is all zeros")
    if any(zeros):
        raise Reject("partial_date", "year, month or day is zero")
    raise Reject("invalid_date", "the month has no such day")


class DateToDate(Conversion):
    kind = Kind.DATE
    targets = frozenset({"date"})

    def text(self, expr: Expr, field: TargetField) -> str:
        return expr.sql

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"{column}::text"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        return unreal_dates(expr)

    def convert(self, value: Any, field: TargetField) -> datetime.date:
        if isinstance(value, str):
            reject_unreal(value)
        if isinstance(value, datetime.datetime):
            raise Reject("wrong_type", "got datetime (expected date)")
        expect(value, datetime.date)
        return value  # type: ignore[no-any-return]

    def encode(self, value: Any, field: TargetField) -> str:
        return str(value)


class DateToText(AsText):
    """As MySQL shows it, zero and partial dates too."""

    kind = Kind.DATE

    def spell(self, value: Any, field: TargetField) -> str:
        expect(value, datetime.date, str)
        return str(value)
