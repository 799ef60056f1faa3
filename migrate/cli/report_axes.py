"""The range of each table's key, read from the source, for the strips of a report."""

from __future__ import annotations

from collections.abc import Sequence

from mappings.keys import KeyColumn
from mappings.plan import TablePlan
from mappings.sqltext import my_name
from migrate.source import Source
from verify.reports import Axis

__all__ = ["axes_of"]


def axes_of(tables: Sequence[TablePlan], source: Source) -> dict[str, Axis]:
    """Axis by table, of tables with a key and rows: the ends of an index. Raises `SourceError`."""
    found = {}
    for table in tables:
        # Of a view or a query the ends would be looked for in all of its rows.
        if table.key and table.source.engine is not None:
            axis = _axis(table, table.key[0], source)
            if axis is not None:
                found[table.name] = axis
    return found


def _axis(table: TablePlan, column: KeyColumn, source: Source) -> Axis | None:
    name = my_name(column.name)
    ends = []
    for order in ("", " DESC"):
        rows = source.rows(
            f"SELECT {column.select()} FROM {table.source.own}"
            f" WHERE s.{name} IS NOT NULL ORDER BY s.{name}{order} LIMIT 1"
        )
        if not rows or rows[0][0] is None:
            return None
        ends.append(column.value(rows[0][0]))
    return Axis(column=column.name, kind=column.kind, first=ends[0], last=ends[1])
