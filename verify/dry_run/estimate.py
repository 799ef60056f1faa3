"""How long a run would take, from a few blocks that are really read and converted."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mappings.errors import Reject
from mappings.keys import KeyRange
from mappings.plan import ColumnPlan, TablePlan
from mappings.sqltext import all_of, source_column
from verify.dry_run.indexes import index_columns
from verify.ports import SourceConnection

__all__ = ["Estimate", "estimate_run"]

_ROWS = 2_000
_BY_PYTHON = 500
_AFTER_THE_ROWS = 1.4
"""A run's time over that of its rows: foreign keys, indexes and ANALYZE come after them."""


_ROW_OVERHEAD = 28
"""Bytes of a row's header and of its place in the page (PostgreSQL manual, "Database Page Layout").
Its values take about what their COPY text takes."""
_ENTRY_OVERHEAD = 12
_INDEX_SLACK = 1.25
"""Leaves are filled to 90 %, entries aligned to 8 bytes."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Seconds, rough: what the target takes for it is not measured."""

    seconds: float
    sampled_rows: int
    bytes: int
    """Of COPY text, of all rows."""
    table_bytes: int = 0
    """Of the rows on disk."""
    index_bytes: int = 0


def estimate_run(
    source: SourceConnection,
    tables: Sequence[TablePlan],
    rows: Mapping[str, int],
    *,
    readers: int,
    processes: int,
) -> Estimate:
    """Read a block of each table with a key; `rows` says how many rows each has."""
    seconds = size = held = indexed = 0.0
    sampled = 0
    for table in tables:
        if not table.key or not rows.get(table.name):
            continue
        keys = index_columns(table)
        count, length, took, lengths = _block(source, table, keys)
        if count:
            sampled += count
            times = rows[table.name] / count
            seconds += (
                took * times / readers + _python(source, table) * rows[table.name] / processes
            )
            size += length * times
            held += (length + count * _ROW_OVERHEAD) * times
            entries = count * _ENTRY_OVERHEAD * len(keys)
            indexed += (entries + sum(lengths)) * times * _INDEX_SLACK
    return Estimate(
        seconds=seconds * _AFTER_THE_ROWS,
        sampled_rows=sampled,
        bytes=int(size),
        table_bytes=int(held),
        index_bytes=int(indexed),
    )


def _first(source: SourceConnection, table: TablePlan, rows: int) -> str:
    """Predicate: the first so many rows of the table, about."""
    key = table.key
    order = ", ".join(source_column(c.name) for c in key)
    fields = ", ".join(c.select() for c in key)
    found = source.rows(
        f"SELECT {fields} FROM {table.source.own} ORDER BY {order} LIMIT 1 OFFSET {rows}"
    )
    if not found:
        return "TRUE"
    bound = tuple(c.value(v or b"") for c, v in zip(key, found[0], strict=True))
    return KeyRange(until=bound).sql(key)


def _block(
    source: SourceConnection, table: TablePlan, keys: Sequence[tuple[ColumnPlan, ...]]
) -> tuple[int, int, float, list[int]]:
    """Rows and bytes of COPY text, the seconds that they took, and the bytes of each index's keys.

    The seconds are of the block alone, as a run asks for it.
    """
    line = f"CONCAT({', 0x09, '.join(column.copy for column in table.columns)}, 0x0A)"
    where = all_of([_first(source, table, _ROWS), *([table.where] if table.where else [])])
    relation = table.source.relation
    started = time.monotonic()
    found = source.rows(
        f"SELECT COUNT(*), GROUP_CONCAT({line} SEPARATOR '') FROM {relation} WHERE {where}"
    )[0]
    took = time.monotonic() - started
    sums = [f"SUM({' + '.join(f'LENGTH({c.copy})' for c in columns)})" for columns in keys]
    asked = ", ".join(["COUNT(*)", *sums])
    sizes = source.rows(f"SELECT {asked} FROM {relation} WHERE {where}")[0][1:]
    return int(found[0] or 0), len(found[1] or b""), took, [int(n or 0) for n in sizes]


def _python(source: SourceConnection, table: TablePlan) -> float:
    """Seconds that Python takes for one row."""
    columns = [c for c in table.columns if c.python_tier and c.sources]
    if not columns:
        return 0.0
    where = all_of([_first(source, table, _BY_PYTHON), *([table.where] if table.where else [])])
    fields = ", ".join(c.raw for c in columns)
    rows = source.rows(f"SELECT {fields} FROM {table.source.relation} WHERE {where}")
    started = time.monotonic()
    for row in rows:
        for column, raw in zip(columns, row, strict=True):
            try:
                column.finish(raw)
            except Reject:
                continue
            except Exception:
                # A step of the user's failed: the row rules have named the row.
                continue
    return (time.monotonic() - started) / max(1, len(rows))
