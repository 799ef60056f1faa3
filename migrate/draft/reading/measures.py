"""What is counted of a column in one pass over its table, by the column's type.

A measure is an aggregate over the source row `s` and the way its result is read. Only what type
and catalogue leave open is asked, and counts are COUNTs of a condition, not SUMs: MySQL adds up
in decimals, which is slow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.expr import Expr, Kind
from mappings.sqltext import any_of, source_column
from mappings.types.dates import unreal_dates
from mappings.types.text import TextColumn

__all__ = [
    "BINARIES",
    "DATES",
    "INTEGERS",
    "NUMBERS",
    "TEXTS",
    "Measure",
    "count",
    "folding",
    "measures",
]

INTEGERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})
NUMBERS = INTEGERS | {"decimal", "float", "double", "bit", "year"}
TEXTS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext"})
BINARIES = frozenset({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})
DATES = frozenset({"date", "datetime", "timestamp"})
_OTHER_TEXTS = frozenset({"enum", "set", "json"})


@dataclass(frozen=True)
class Measure:
    """An aggregate, the field of `ColumnEvidence` that it fills, and what its text stands for."""

    field: str
    sql: str
    read: Callable[[str], Any]


def count(predicate: str) -> str:
    """SQL: the number of rows for which a predicate is true."""
    return f"COUNT(({predicate}) OR NULL)"


def measures(column: SourceColumn) -> Iterator[Measure]:
    """Everything that is asked of every row in this column, but for its values."""
    name = source_column(column.name)
    if column.nullable:
        yield Measure("nulls", f"COUNT(*) - COUNT({name})", int)
    kind = column.data_type
    if kind in NUMBERS:
        yield from _of_number(column, name)
    elif kind == "enum":
        yield Measure("empty", count(f"{name} + 0 = 0"), int)
        yield from _lengths(name)
    elif kind in TEXTS | _OTHER_TEXTS:
        yield from _of_text(column, name)
    elif kind in BINARIES:
        yield from _of_bytes(name)
    elif kind in DATES:
        yield from _of_date(column, name)
    elif kind == "time":
        yield from _of_time(name)


def _of_number(column: SourceColumn, name: str) -> Iterator[Measure]:
    if column.data_type in ("bit", "year"):
        name = f"{name} + 0"
    elif column.data_type == "float":
        # Alone, a FLOAT is printed with six digits.
        name = f"{name} + 0e0"
    yield Measure("minimum", f"MIN({name})", Decimal)
    yield Measure("maximum", f"MAX({name})", Decimal)
    yield Measure("zeros", count(f"{name} = 0"), int)


def _of_text(column: SourceColumn, name: str) -> Iterator[Measure]:
    yield Measure("empty", count(f"LENGTH({name}) = 0"), int)
    yield from _lengths(name)
    if column.data_type not in TEXTS:
        return
    plain = (column.charset or "").lower() in ("ascii", "latin1", "utf8", "utf8mb3", "utf8mb4")
    text = name if plain else f"CONVERT({name} USING utf8mb4)"
    yield Measure("nul_bytes", count(f"LOCATE(0x00, CAST({text} AS BINARY))"), int)
    yield from _bad_charset(column, name)


def _lengths(name: str) -> Iterator[Measure]:
    yield Measure("longest", f"MAX(CHAR_LENGTH({name}))", int)
    yield Measure("longest_bytes", f"MAX(LENGTH({name}))", int)


def _bad_charset(column: SourceColumn, name: str) -> Iterator[Measure]:
    """By the very predicates that a load refuses by; ASCII, which is most, is spared them."""
    if (column.charset or "binary").lower() == "binary":
        yield Measure("bad_utf8", count(_no_utf8(name)), int)
        return
    refusals = [r for r in TextColumn().read(column).expr.refusals if r.code == "bad_charset"]
    if not refusals:
        return
    bad = any_of(refusal.sql for refusal in refusals)
    yield Measure("bad_charset", count(f"IF({_ascii_only(name)}, 0, {bad})"), int)


def folding(column: SourceColumn) -> Measure:
    """Whether a text has letters of which MySQL and PostgreSQL may know different other cases."""
    text = f"CONVERT({source_column(column.name)} USING utf8mb4)"
    return Measure("beyond_ascii", count(f"NOT ({_ascii_only(text)})"), int)


def _ascii_only(name: str) -> str:
    return f"CAST(CONVERT({name} USING ascii) AS BINARY) = CAST({name} AS BINARY)"


def _of_bytes(name: str) -> Iterator[Measure]:
    yield Measure("empty", count(f"LENGTH({name}) = 0"), int)
    yield Measure("longest", f"MAX(LENGTH({name}))", int)
    yield Measure("longest_bytes", f"MAX(LENGTH({name}))", int)
    yield Measure("nul_bytes", count(f"LOCATE(0x00, {name})"), int)
    yield Measure("bad_utf8", count(_no_utf8(name)), int)


def _no_utf8(name: str) -> str:
    """Not NULL and not UTF-8: by way of UTF-16, as MySQL lets surrogates pass."""
    utf8 = f"CONVERT({name} USING utf8mb4)"
    back = f"CAST(CONVERT(CONVERT({utf8} USING utf16) USING utf8mb4) AS BINARY)"
    return f"{name} IS NOT NULL AND NOT ({back} <=> CAST({name} AS BINARY))"


def _of_date(column: SourceColumn, name: str) -> Iterator[Measure]:
    zero, _, impossible = (r.sql for r in unreal_dates(_date(name)))
    # Most days are none of these: the cheap questions come first.
    some_zero = f"YEAR({name}) * MONTH({name}) * DAYOFMONTH({name}) = 0"
    unreal = f"{some_zero} OR (DAYOFMONTH({name}) > 28 AND {impossible})"
    yield Measure("zero_dates", count(zero), int)
    # A TIMESTAMP is seconds since 1970: zero is the only one that no calendar has.
    if column.data_type != "timestamp":
        yield Measure("partial_dates", count(f"({unreal}) AND NOT ({zero})"), int)
    yield Measure("earliest", f"MIN(IF({unreal}, NULL, {name}))", str)
    yield Measure("latest", f"MAX(IF({unreal}, NULL, {name}))", str)


def _date(name: str) -> Expr:
    return Expr(kind=Kind.DATE, sql=name, may_be_zero_date=True)


def _of_time(name: str) -> Iterator[Measure]:
    day = f"{name} >= CAST('00:00:00' AS TIME) AND {name} < CAST('24:00:00' AS TIME)"
    yield Measure("odd_times", count(f"NOT ({day})"), int)
    yield Measure("earliest", f"MIN({name})", str)
    yield Measure("latest", f"MAX({name})", str)
