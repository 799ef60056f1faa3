"""Set counters to their true values, some thousand parents at a time, while others write."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mappings.plan import TablePlan
from mappings.sqltext import pg_name, pg_text
from migrate.counting import fill
from migrate.target import Target
from migrate.triggers.counted import dependants

__all__ = ["rebuild_counters"]

CHUNK = 5_000


def rebuild_counters(
    target: Target,
    tables: Sequence[TablePlan],
    chosen: Sequence[TablePlan],
    using: str,
    *,
    chunk: int = CHUNK,
    progress: Callable[[str, int], None] = lambda table, parents: None,
) -> dict[str, int]:
    """Count the chosen tables' counters anew; returns the parents that changed, by model.

    Where counters changed, the tables whose counters sum these up follow, in the order of `tables`.
    Each chunk is one transaction: its parents are locked in the order of their keys and counted in
    the next statement, so a writer's uncommitted change is neither missed nor counted twice.
    """
    wanted = {table.name for table in chosen}
    changed: dict[str, int] = {}
    for table in tables:
        if table.name not in wanted:
            continue
        changed[table.label] = _table(target, table, using, chunk, progress)
        if changed[table.label]:
            wanted |= {t.name for t in dependants(tables, table)}
    return changed


def _table(
    target: Target,
    table: TablePlan,
    using: str,
    chunk: int,
    progress: Callable[[str, int], None],
) -> int:
    key, name = pg_name(table.primary_key[0]), pg_name(table.target)
    total, seen, last = 0, 0, None
    while True:
        after = "" if last is None else f" WHERE t.{key} > {pg_text(last)}"
        with target.transaction():
            target.execute(
                "CREATE TEMP TABLE delamp_rebuild ON COMMIT DROP AS"
                f" SELECT t.{key} AS key FROM {name} t{after} ORDER BY t.{key} LIMIT {int(chunk)}"
            )
            target.rows(
                f"SELECT 1 FROM {name} t WHERE t.{key} IN (SELECT key FROM delamp_rebuild)"
                f" ORDER BY t.{key} FOR NO KEY UPDATE"
            )
            total += fill(target, table, using, only="SELECT key FROM delamp_rebuild")
            rows, last = target.rows(
                "SELECT count(*), (SELECT key::text FROM delamp_rebuild ORDER BY key DESC LIMIT 1)"
                " FROM delamp_rebuild"
            )[0]
        seen += int(rows)
        progress(table.label, seen)
        if rows < chunk:
            return total
