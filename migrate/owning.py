"""Which tables are Django's by now: said in a mapping, or switched in the ledger."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace

from mappings.plan import Plan, TablePlan
from mappings.sqltext import pg_name
from migrate.errors import RunError
from migrate.ledger import Ledger
from migrate.models import Checkpoint, Owned

__all__ = ["give_back", "owned", "take_over", "with_owners"]

_TABLE = pg_name(Owned._meta.db_table)
_CHECKPOINT = pg_name(Checkpoint._meta.db_table)


def owned(ledger: Ledger) -> dict[str, dt.datetime]:
    """The mappings that were switched, each with the time. None before the ledger has its table."""
    if ledger.target.value("SELECT to_regclass(%s)", [_TABLE]) is None:
        return {}
    return dict(ledger.target.rows(f"SELECT mapping, since FROM {_TABLE} ORDER BY mapping"))


def with_owners(plan: Plan, ledger: Ledger) -> Plan:
    """The plan with the tables that were switched marked as Django's."""
    found = owned(ledger)
    if not found:
        return plan
    tables = tuple(replace(t, owner="django") if t.name in found else t for t in plan.tables)
    return replace(plan, tables=tables)


def take_over(ledger: Ledger, tables: Sequence[TablePlan]) -> None:
    """From now on the tables are Django's: nothing refreshes them any more. Commits at once.

    Raises `RunError` while a run is unfinished, or for a table that none has loaded.
    """
    unfinished = ledger.unfinished_run()
    records = ledger.tables()
    missing = [table.name for table in tables if table.name not in records]
    if unfinished is not None or missing:
        what = f"run {unfinished} is not finished" if unfinished else f"{missing[0]} is not loaded"
        raise RunError(f"own: {what}", hint="run `delamp run` first, to its end")
    now = dt.datetime.now(dt.UTC)
    with ledger.target.transaction():
        for table in tables:
            ledger.target.execute(
                f"INSERT INTO {_TABLE} (mapping, since) VALUES (%s, %s)"
                " ON CONFLICT (mapping) DO NOTHING",
                [table.name, now],
            )


def give_back(ledger: Ledger, names: Sequence[str]) -> int:
    """From now on PHP's rows count again; returns how many mappings were Django's. Commits at once.

    What Django wrote meanwhile is overwritten by the next pass, whatever finds changes: nobody has
    kept what PHP changed until now, so the follower compares the whole table first.
    """
    with ledger.target.transaction():
        found = ledger.target.rows(
            f"DELETE FROM {_TABLE} WHERE mapping = ANY(%s) RETURNING mapping", [list(names)]
        )
        why = json.dumps({mapping: "given back to PHP" for (mapping,) in found})
        ledger.target.execute(f"UPDATE {_CHECKPOINT} SET suspect = suspect || %s::jsonb", [why])
    return len(found)
