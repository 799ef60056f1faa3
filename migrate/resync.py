"""`delamp resync`: one pass that brings the target in step with a source that went on changing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mappings.plan import TablePlan
from migrate.changes import changed_rows
from migrate.config import Config
from migrate.errors import Interrupted, RunError
from migrate.ledger import Ledger
from migrate.locks import become_the_run
from migrate.planning import choose_tables, compile_for
from migrate.refresh import Refreshed, Refresher, touched
from migrate.retention import forget_old_values
from migrate.snapshot import open_snapshot
from migrate.source import Source
from migrate.target import Target
from migrate.target_columns import require_columns
from migrate.truing import count_anew
from verify import Departures

__all__ = ["Resynced", "resync"]


@dataclass
class Resynced:
    """What a pass changed."""

    done: Refreshed = field(default_factory=Refreshed)
    tables: list[str] = field(default_factory=list)
    """Table plans that were compared, in the order of the plan."""
    stale: list[str] = field(default_factory=list)
    """Table plans that differ, and whose rows cannot be refreshed one by one."""
    seconds: float = 0.0

    @property
    def changes(self) -> int:
        """Rows inserted, updated or deleted."""
        done = self.done
        return sum(sum(c.values()) for c in (done.inserted, done.updated, done.deleted))


def resync(
    config: Config,
    names: Sequence[str],
    *,
    stop: threading.Event,
    progress: Callable[[str, int], None] = lambda table, rows: None,
) -> Resynced:
    """Compare the tables (all without a name) by checksums, and refresh every row that differs.

    It sees inserts, updates and deletes, and needs no column, no binlog and no right but SELECT.
    The source is read in one snapshot. Some hundred rows are committed at a time, with counters,
    quarantine and totals, so a pass that is stopped or killed leaves the target consistent and the
    next one goes on. Quarantined rows are decided anew. Raises `RunError` for tables that no run
    has loaded, `Interrupted` after a stop, and what reading and writing raise.
    """
    started = time.monotonic()
    target = Target(config.database)
    try:
        become_the_run(target)
        ledger = Ledger(target)
        ledger.require_tables()
        _require_loaded(ledger)
        forget_old_values(config, target)
        snapshot = open_snapshot(lambda: Source(config.source, block_bytes=config.chunk_bytes), 1)
        try:
            source = snapshot.sources[0]
            plan, _ = compile_for(config, source, ledger)
            tables = choose_tables(plan, names)
            require_columns(target, tables, using=config.target)
            _require_records(ledger, tables)
            refresher = Refresher(plan, ledger, source, using=config.target)
            result = Resynced()
            for table in tables:
                result.tables.append(table.name)
                _table(config, source, table, refresher, result, stop, progress)
            count_anew(ledger, source, touched(plan, result.done))
            result.seconds = time.monotonic() - started
            return result
        finally:
            snapshot.close()
    finally:
        target.close()


def _table(
    config: Config,
    source: Source,
    table: TablePlan,
    refresher: Refresher,
    result: Resynced,
    stop: threading.Event,
    progress: Callable[[str, int], None],
) -> None:
    rows = 0
    progress(table.name, 0)
    # Nothing is excused: a row that was refused may be valid by now.
    for wanted in changed_rows(config, source, table, Departures()):
        if not table.refreshable:
            result.stale.append(table.name)
            return
        result.done.add(refresher.refresh({table.name: wanted}))
        rows += len(wanted)
        progress(table.name, rows)
        if stop.is_set():
            raise Interrupted(
                f"resync stopped in {table.name}; every change so far is committed",
                hint="run `delamp resync` again: it begins with what differs then",
            )


def _require_loaded(ledger: Ledger) -> None:
    unfinished = ledger.unfinished_run()
    if unfinished is not None:
        raise RunError(
            f"resync: run {unfinished} is not finished", hint="run `delamp run` to its end first"
        )


def _require_records(ledger: Ledger, tables: Sequence[TablePlan]) -> None:
    records = ledger.tables()
    missing = [table.name for table in tables if table.name not in records]
    if missing:
        raise RunError(
            f"resync: no run has loaded {', '.join(missing)} yet",
            hint="run `delamp run` first",
        )
    changed = [t.name for t in tables if records[t.name].fingerprint != t.fingerprint]
    if changed:
        raise RunError(
            f"resync: the mapping or the source schema of {', '.join(changed)} changed since the"
            " load",
            hint=f"load it anew: `delamp run {changed[0]} --restart`",
        )
