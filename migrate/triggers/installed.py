"""Which triggers are there."""

from __future__ import annotations

from collections.abc import Sequence

from mappings.plan import TablePlan
from migrate.target import Target
from migrate.triggers.freeze import freeze
from migrate.triggers.statements import triggers_of

__all__ = ["missing_triggers"]


def missing_triggers(target: Target, tables: Sequence[TablePlan], using: str) -> list[str]:
    """`table.trigger` of all that the counters of these tables need and that is not installed.

    A trigger that is switched off counts as missing. Raises `ConfigError` for a counter that no
    trigger can keep.
    """
    there = {
        (table, name)
        for table, name in target.rows(
            "SELECT c.relname::text, t.tgname::text FROM pg_trigger t"
            " JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
            " AND t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid)"
        )
    }
    return [
        f"{table}.{name}"
        for plan in tables
        if plan.counters
        for table, name in triggers_of(freeze(plan, using))
        if (table, name) not in there
    ]
