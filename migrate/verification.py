"""Wires `verify`: opens the connections, and says what the ledger knows of every table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from mappings.keys import KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import pg_name
from migrate import models
from migrate.config import Config
from migrate.ledger import Ledger
from migrate.planning import choose_tables, compile_for
from migrate.snapshot import open_snapshot
from migrate.source import Source
from migrate.target import Target
from verify import Departures, Level, Report, verify_plan

__all__ = ["departures", "run_verify"]


def run_verify(
    config: Config,
    *,
    tables: Sequence[str],
    levels: Sequence[Level],
    progress: Callable[..., None] | None = None,
) -> Report:
    """Compare both databases at the levels asked for; writes to neither.

    The source is read in one snapshot, shared by as many readers as it allows. Raises
    `DeclarationError`, `SourceError`, `TargetError`; findings are in the report.
    """
    targets = [Target(config.database, name="delamp verify")]
    try:
        ledger = Ledger(targets[0])
        ledger.require_tables()
        snapshot = open_snapshot(
            lambda: Source(config.source, block_bytes=config.chunk_bytes), config.readers
        )
        try:
            targets += [Target(config.database, name="delamp verify") for _ in snapshot.sources[1:]]
            plan, _ = compile_for(config, snapshot.sources[0], ledger)
            chosen = choose_tables(plan, tables)
            return verify_plan(
                plan,
                snapshot.sources,
                targets,
                levels=levels,
                tables=[table.name for table in chosen],
                departures={table.name: departures(ledger, table) for table in chosen},
                progress=progress,
                using=config.target,
            )
        finally:
            snapshot.close()
    finally:
        for target in targets:
            target.close()


def departures(ledger: Ledger, table: TablePlan) -> Departures:
    """What the latest run of the table left out, left NULL or left as it was."""
    records = ledger.tables()
    if table.name not in records:
        return Departures()
    record = records[table.name]
    keys: dict[str, set[KeyValue]] = defaultdict(set)
    nulled: set[tuple[KeyValue, str]] = set()
    reject = pg_name(models.Reject._meta.db_table)
    counts: dict[str, int] = defaultdict(int)
    for outcome, key, column in ledger.target.rows(
        f'SELECT outcome, key, "column" FROM {reject} WHERE table_id = %s', [record.id]
    ):
        counts[outcome] += 1
        if key is not None and outcome == models.Reject.Outcome.NULLED:
            nulled.add((tuple(key), column))
        elif key is not None:
            keys[outcome].add(tuple(key))
    keyed = _keyed(table)
    return Departures(
        rejected=frozenset(keys["rejected"]) if keyed else frozenset(),
        skipped=frozenset(keys["skipped"]) if keyed else frozenset(),
        kept=frozenset(keys["kept"]) if keyed else frozenset(),
        nulled=frozenset(nulled) if keyed else frozenset(),
        existing=_existing(ledger, table),
        **_counts(ledger, record.id, counts),
    )


def _keyed(table: TablePlan) -> bool:
    """Whether a key of the ledger names one row: it may be only the leading part of the key."""
    return bool(table.key) and len(table.key) == len(table.source.key)


def _counts(ledger: Ledger, table_id: int, counts: dict[str, int]) -> dict[str, Any]:
    chunk, table = (pg_name(m._meta.db_table) for m in (models.Chunk, models.Table))
    rejected, skipped = ledger.target.rows(
        f"SELECT coalesce(sum(c.rejected), 0)::bigint + t.late_rejected,"
        f" coalesce(sum(c.skipped), 0)::bigint + t.late_skipped FROM {table} t"
        f" LEFT JOIN {chunk} c ON c.table_id = t.id WHERE t.id = %s GROUP BY t.id",
        [table_id],
    )[0]
    kept = counts["kept"]
    return {
        "rejected_count": rejected,
        "skipped_count": skipped - kept,
        "kept_count": kept,
    }


def _existing(ledger: Ledger, table: TablePlan) -> frozenset[str]:
    if table.existing == "refuse":
        return frozenset()
    existing, matched = (pg_name(m._meta.db_table) for m in (models.ExistingKey, models.KeyMap))
    rows = ledger.target.rows(
        f"SELECT target_key FROM {existing} WHERE mapping = %s"
        f" EXCEPT SELECT target_key FROM {matched} WHERE mapping = %s",
        [table.name, table.name],
    )
    return frozenset(key for (key,) in rows)
