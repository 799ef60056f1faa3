"""Fill denormalised counters, set-based."""

from __future__ import annotations

from typing import Any

from mappings.plan import TablePlan
from mappings.recount import recount
from mappings.sqltext import pg_name
from migrate.target import Target

__all__ = ["fill"]


def fill(
    target: Target,
    table: TablePlan,
    using: str = "default",
    *,
    only: str | None = None,
    changed: list[tuple[Any, ...]] | None = None,
) -> int:
    """Set every counter of the table to its true value; returns the parents that changed.

    One statement, so one transaction: each child table is read once, and only parents whose
    stored values differ are written. `only` is a query of the keys of the parents to count for.
    The keys of those that change are added to `changed`.
    """
    if not table.counters:
        return 0
    fresh = recount(table, using, only=only)
    key = pg_name(table.primary_key[0])
    names = [pg_name(column) for column in fresh.columns]
    sets = ", ".join(f"{name} = q.{name}" for name in names)
    stored = ", ".join(f"t.{name}" for name in names)
    true = ", ".join(f"q.{name}" for name in names)
    # Also of parents that Django made: their children may be PHP's.
    own = f" AND {table.kind}" if table.kind else ""
    update = (
        f"UPDATE {pg_name(table.target)} t SET {sets} FROM ({fresh.sql}) q"
        f" WHERE t.{key} = q.id{own}"
        f" AND ROW({stored}) IS DISTINCT FROM ROW({true})"
    )
    if changed is None:
        return target.execute(update, fresh.params)
    keys = target.rows(f"{update} RETURNING t.{key}", fresh.params)
    changed += keys
    return len(keys)
