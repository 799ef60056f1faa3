"""Values that the steps of a mapping alter, counted by the source in the snapshot of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings.plan import ColumnPlan, TablePlan
from mappings.sqltext import any_of
from migrate import models
from migrate.context import Context
from migrate.source import Source

__all__ = ["note_alterations"]


def note_alterations(context: Context, source: Source) -> None:
    """Write to the ledger what the steps of each table alter. Commits each table.

    Only of rows that this attempt has read in this snapshot.
    """
    if not context.read_now:
        return
    for work in context.work:
        found = _counted(work.table, source)
        if found:
            context.ledger.update(models.Table, work.table_id, altered=found)


def _counted(table: TablePlan, source: Source) -> list[dict[str, Any]]:
    columns = [column for column in table.columns if column.steps]
    asked = [predicate for column in columns for predicate in _predicates(column)]
    if not columns:
        return []
    sums = "".join(f", SUM({predicate})" for predicate in asked)
    where = f" WHERE {table.where}" if table.where else ""
    _, *row = source.rows(f"SELECT COUNT(*){sums} FROM {table.source.relation}{where}")[0]
    counts = iter([int(float(value or b"0")) for value in row])
    return [_told(column, counts) for column in columns]


def _predicates(column: ColumnPlan) -> list[str]:
    """Rows of Python's, those that become NULL, and those that each step alters."""
    watch = column.watch
    if watch is None or column.python_tier:
        return []
    own = any_of((*column.guards, *(refusal.sql for refusal in column.refusals)))
    found = [watch.emptied, *(step.sql for step in watch.steps)]
    return [f"({own})", *(f"(({sql or 'FALSE'}) AND NOT ({own}))" for sql in found)]


def _told(column: ColumnPlan, counts: Iterator[int]) -> dict[str, Any]:
    told: dict[str, Any] = {"field": column.name, "steps": list(column.steps)}
    watch = column.watch
    if watch is None or column.python_tier:
        return told | {"counted": False}
    by_python, nulled = next(counts), next(counts)
    by_step = [{"step": step.step, "values": next(counts)} for step in watch.steps]
    return told | {"counted": True, "nulled": nulled, "by_step": by_step, "by_python": by_python}
