"""Fill denormalised counters, set-based."""

from __future__ import annotations

from mappings.plan import TablePlan
from mappings.recount import recount
from mappings.sqltext import pg_name
from migrate.target import Target

__all__ = ["fill"]


def fill(
    target: Target, table: TablePlan, using: str = "default", *, only: str | None = None
) -> int:
    """Set every counter of the table to its true value; returns the parents that changed.

    One statement, so one transaction: each child table is read once, and only parents whose
    stored values differ are written. `only` is a query of the keys of the parents to count for.
    """
    if not table.counters:
        return 0
    fresh = recount(table, using, only=only)
    key = pg_name(table.primary_key[0])
    names = [pg_name(column) for column in fresh.columns]
    sets = ", ".join(f"{name} = q.{name}" for name in names)
    stored = ", ".join(f"t.{name}" for name in names)
    true = ", ".join(f"q.{name}" for name in names)
    own = f" AND {table.owns}" if table.owns else ""
    return target.execute(
        f"UPDATE {pg_name(table.target)} t SET {sets} FROM ({fresh.sql}) q"
        f" WHERE t.{key} = q.id{own}"
        f" AND ROW({stored}) IS DISTINCT FROM ROW({true})",
        fresh.params,
    )
