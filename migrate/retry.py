"""`delamp rejects retry`: load rows of the quarantine, once mapping or source is corrected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mappings.keys import KeyValue
from mappings.plan import Plan
from mappings.sqltext import pg_name
from migrate import models
from migrate.config import Config
from migrate.errors import RunError
from migrate.ledger import Ledger
from migrate.locks import become_the_run
from migrate.planning import compile_for
from migrate.refresh import Refreshed, Refresher, Wanted, address, touched
from migrate.refresh.reading import batches
from migrate.retention import forget_old_values
from migrate.snapshot import open_snapshot
from migrate.source import Source
from migrate.target import Target
from migrate.truing import count_anew

__all__ = ["Retried", "retry"]


@dataclass
class Retried:
    """What a retry amounted to."""

    asked: int = 0
    """Rows of the quarantine that were tried."""
    nameless: int = 0
    """Rows that cannot be named one by one, and were not tried."""
    done: Refreshed = field(default_factory=Refreshed)
    changed: tuple[str, ...] = ()
    """Mappings that are not those of the load: the rows loaded before are as those made them."""

    @property
    def left(self) -> int:
        """Rows that are still, or newly, refused."""
        return sum(self.done.refused.values()) + self.nameless


def retry(
    config: Config,
    chosen: Mapping[str, set[KeyValue]],
    *,
    nameless: int = 0,
    progress: Callable[[int], None] = lambda rows: None,
) -> Retried:
    """Refresh the rows with these keys, by mapping; commits some hundred at a time.

    The source is read in one snapshot. Raises `RunError` while a run is unfinished, and what
    compiling, reading and writing raise; what is committed by then stays.
    """
    target = Target(config.database)
    try:
        become_the_run(target)
        ledger = Ledger(target)
        ledger.require_tables()
        forget_old_values(config, target)
        _require_finished(ledger)
        snapshot = open_snapshot(lambda: Source(config.source, block_bytes=config.chunk_bytes), 1)
        try:
            plan, _ = compile_for(config, snapshot.sources[0], ledger)
            refresher = Refresher(
                plan, ledger, snapshot.sources[0], using=config.target, by="rejects retry"
            )
            result = Retried(nameless=nameless, changed=_changed(plan, ledger, chosen))
            for table in plan.tables:
                keys = chosen.get(table.name, set())
                if keys and not address(table):
                    result.nameless += len(keys)
                    continue
                for batch in batches(sorted(keys, key=str)):
                    result.done.add(refresher.refresh({table.name: Wanted(keys=set(batch))}))
                    result.asked += len(batch)
                    progress(len(batch))
            count_anew(ledger, snapshot.sources[0], touched(plan, result.done))
            return result
        finally:
            snapshot.close()
    finally:
        target.close()


def _require_finished(ledger: Ledger) -> None:
    unfinished = ledger.unfinished_run()
    run = pg_name(models.Run._meta.db_table)
    if unfinished is not None or not ledger.target.value(f"SELECT EXISTS (SELECT FROM {run})"):
        what = f"run {unfinished} is not finished" if unfinished else "nothing was loaded yet"
        raise RunError(f"rejects: {what}", hint="run `delamp run` first, to its end")


def _changed(plan: Plan, ledger: Ledger, chosen: Mapping[str, set[KeyValue]]) -> tuple[str, ...]:
    records = ledger.tables()
    return tuple(
        table.name
        for table in plan.tables
        if table.name in chosen
        and table.name in records
        and records[table.name].fingerprint != table.fingerprint
    )
