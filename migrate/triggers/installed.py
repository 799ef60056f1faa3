"""Which triggers are there."""

from __future__ import annotations

from collections.abc import Sequence

from mappings.plan import TablePlan
from migrate.errors import ConfigError
from migrate.target import Target
from migrate.triggers.freeze import freeze
from migrate.triggers.statements import triggers_of

__all__ = ["missing_triggers"]


def missing_triggers(target: Target, tables: Sequence[TablePlan], using: str) -> list[str]:
    """`table.trigger` of all that the counters of these tables need and that is not installed.

    A trigger that is switched off counts as missing. Of a table with a counter that no trigger can
    keep, it says why instead.
    """
    there = {
        (table, name)
        for table, name in target.rows(
            "SELECT c.relname::text, t.tgname::text FROM pg_trigger t"
            " JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
            " AND t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid)"
        )
    }
    missing = []
    for plan in tables:
        try:
            needed = list(triggers_of(freeze(plan, using))) if plan.counters else []
        except ConfigError as error:
            missing.append(error.message)
            continue
        missing += [f"{table}.{name}" for table, name in needed if (table, name) not in there]
    return missing
