"""Ask a real server what the SQL form of a chain of steps makes of values, and Python likewise."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.steps.base import as_step
from mappings.types import read_column
from tests.mappings.hidden import assert_hidden

TYPES: dict[str, tuple[str, dict[str, Any]]] = {
    "utf8mb4": (
        "varchar(200) character set utf8mb4",
        {"data_type": "varchar", "max_chars": 200, "max_octets": 800, "charset": "utf8mb4"},
    ),
    "turkish": (
        "varchar(200) character set utf8mb4 collate utf8mb4_turkish_ci",
        {"data_type": "varchar", "max_chars": 200, "max_octets": 800, "charset": "utf8mb4"},
    ),
    "utf8mb3": (
        "text character set utf8 collate utf8_unicode_ci",
        {"data_type": "text", "max_chars": 65535, "max_octets": 65535, "charset": "utf8"},
    ),
    "latin1": (
        "varchar(200) character set latin1",
        {"data_type": "varchar", "max_chars": 200, "max_octets": 200, "charset": "latin1"},
    ),
    "char": (
        "char(60) character set latin1",
        {"data_type": "char", "max_chars": 60, "max_octets": 60, "charset": "latin1"},
    ),
    "enum": (
        "enum('Y','N','  maybe ','a,b') character set latin1",
        {"data_type": "enum", "max_chars": 8, "max_octets": 8, "charset": "latin1"},
    ),
    "varbinary": ("varbinary(200)", {"data_type": "varbinary", "max_octets": 200}),
    "binary": ("binary(16)", {"data_type": "binary", "max_octets": 16}),
    "blob": ("blob", {"data_type": "blob", "max_octets": 65535}),
    "tinyint": ("tinyint(1)", {"data_type": "tinyint"}),
    "year": ("year(4)", {"data_type": "year"}),
    "int": ("int(11)", {"data_type": "int"}),
    "bigint": ("bigint(20)", {"data_type": "bigint"}),
    "unsigned": ("bigint(20) unsigned", {"data_type": "bigint"}),
    "decimal": ("decimal(12,2)", {"data_type": "decimal", "precision": 12, "scale": 2}),
    "double": ("double", {"data_type": "double"}),
    "time": ("time(6)", {"data_type": "time", "fraction": 6}),
    "date": ("date", {"data_type": "date"}),
    "datetime": ("datetime(6)", {"data_type": "datetime", "fraction": 6}),
    "seconds": ("datetime", {"data_type": "datetime", "fraction": 0}),
    "timestamp": ("timestamp", {"data_type": "timestamp", "fraction": 0}),
}
"""Short name: what CREATE TABLE says, and the catalogue of it."""
TIME = SourceColumn(name="v", column_type="time(6)", data_type="time", fraction=6)


@dataclass(frozen=True)
class Outcome:
    """What became of the values of one batch."""

    equal: int
    guarded: int
    refused: int


def agree(connection: Any, type_: str, chain: Sequence[object], values: Sequence[Any]) -> Outcome:
    """Assert that SQL and Python agree on every value of the batch, and on NULL.

    Rows that a guard leaves to Python are counted only. A row is refused in SQL exactly when
    Python rejects it, with the same code.
    """
    definition, facts = TYPES[type_]
    column = SourceColumn(name="v", column_type=definition.split(" char")[0], **facts)
    with connection.cursor() as cursor:
        cursor.execute("SET NAMES utf8mb4")
        cursor.execute("DROP TEMPORARY TABLE IF EXISTS batch")
        cursor.execute(
            f"CREATE TEMPORARY TABLE batch (id int AUTO_INCREMENT PRIMARY KEY, v {definition} NULL)"
        )
        cursor.execute("SET sql_mode = 'ALLOW_INVALID_DATES'")
        cursor.executemany("INSERT INTO batch (v) VALUES (%s)", [(v,) for v in (*values, None)])
    return agree_on_table(connection, "batch", column, chain)


def agree_on_table(
    connection: Any, table: str, column: SourceColumn, chain: Sequence[object]
) -> Outcome:
    """The same over the values that a column of a table has."""
    source = read_column(column)
    assert source is not None
    steps = [as_step(s) for s in chain]
    for step in steps:
        source = step.reads(column, source) if step.reads else source
    expr: Expr | None = source.expr
    for step in steps:
        assert expr is not None
        assert expr.kind in step.accepts
        assert step.sql is not None
        expr = step.sql(expr)
        assert expr is None or expr.kind is (step.returns or expr.kind)
    assert expr is not None, "this chain has no SQL form"
    rows = _select(connection, table, source.raw, expr)
    outcomes = [_judge(row, source.decode, steps, expr) for row in rows]
    return Outcome(*(outcomes.count(word) for word in ("equal", "guarded", "refused")))


def _select(connection: Any, table: str, raw: str, expr: Expr) -> Sequence[Any]:
    text = f"CAST({expr.sql} AS BINARY)"
    codes = [f"IF({r.sql}, '{r.code},', '')" for r in expr.refusals if r.silent]
    with connection.cursor() as cursor:
        cursor.execute("SET NAMES utf8mb4")
        cursor.execute("SET sql_mode = '', time_zone = '+00:00'")
        cursor.execute(
            f"SELECT CAST({raw} AS BINARY), {text}, {expr.null or 0}, "
            f"{' OR '.join(f'({g})' for g in expr.guards) or 0}, "
            f"{f'CONCAT({chr(44).join(codes)})' if codes else _EMPTY} FROM `{table}` s"
        )
        return list(cursor.fetchall())


_EMPTY = "''"


def _judge(
    row: tuple[Any, ...], decode: Callable[[bytes], Any], steps: Sequence[Any], expr: Expr
) -> str:
    raw, got, null, guarded, codes = row
    assert null is not None, "the predicate for NULL is NULL itself"
    if guarded:
        return "guarded"
    try:
        expected = None if raw is None else decode(raw)
        for step in steps:
            if expected is not None or step.takes_null:
                expected = step.python(expected)
    except Reject as reject:
        assert_hidden(reject, raw)
        assert reject.code in codes.split(","), f"{raw!r}: only Python rejects it: {reject}"
        return "refused"
    assert not codes, f"{raw!r}: only SQL refuses it: {codes}"
    assert bool(null) == (expected is None), f"{raw!r}: NULL differs, Python has {expected!r}"
    if expected is not None:
        assert got is not None, f"{raw!r}: SQL failed, Python has {expected!r}"
        assert _value(got, expr, expected) == expected, f"{raw!r}: SQL has {got!r}"
        _facts_hold(expr, expected)
    return "equal"


def _value(got: bytes, expr: Expr, expected: Any) -> Any:
    """The SQL form's text as the Python form of its kind."""
    match expr.kind:
        case Kind.BYTES:
            return got
        case Kind.TIME:
            return read_column(TIME).decode(got)  # type: ignore[union-attr]
        case Kind.INT:
            return int(got)
        case Kind.DECIMAL:
            return Decimal(got.decode())
        case Kind.DOUBLE:
            return float(got)
        case Kind.BOOL:
            return {b"0": False, b"1": True}[got]
        case Kind.LIST:
            return got.decode().split(",") if got else []
        case Kind.DATE | Kind.DATETIME | Kind.INSTANT if isinstance(expected, str):
            return got.decode()
        case Kind.DATE:
            return datetime.date.fromisoformat(got.decode())
        case Kind.DATETIME:
            return datetime.datetime.fromisoformat(got.decode())
        case Kind.INSTANT:
            wall = datetime.datetime.fromisoformat(got.decode())
            return wall.replace(tzinfo=ZoneInfo(expr.zone or "UTC")).astimezone(datetime.UTC)
    return got.decode()


def _facts_hold(expr: Expr, value: Any) -> None:
    """What the expression says of all its values is true of this one."""
    if isinstance(value, str) and expr.kind is Kind.TEXT:
        assert expr.max_chars is None or len(value) <= expr.max_chars
        assert expr.members is None or value in expr.members
        assert not expr.plain or not set(value) & set("\\\n\t\r")
    if expr.kind in (Kind.INT, Kind.DECIMAL):
        assert expr.lo is None or expr.lo <= value
        assert expr.hi is None or value <= expr.hi
    if expr.kind is Kind.DECIMAL and expr.scale is not None:
        assert -value.as_tuple().exponent <= expr.scale
    if expr.kind in (Kind.DATE, Kind.DATETIME, Kind.INSTANT) and isinstance(value, str):
        assert expr.may_be_zero_date
