"""`delamp verify --repair`: refresh exactly the rows that a verification found to differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mappings.keys import KeyValue
from mappings.plan import Plan, TablePlan
from migrate.config import Config
from migrate.counting import fill
from migrate.errors import RunError
from migrate.ledger import Ledger
from migrate.locks import become_the_run
from migrate.planning import compile_for
from migrate.refresh import Refreshed, Refresher, Wanted, refreshable
from migrate.refresh.reading import batches
from migrate.retention import forget_old_values
from migrate.sequences import advance
from migrate.snapshot import open_snapshot
from migrate.source import Source
from migrate.target import Target
from migrate.verification import departures
from verify import Report, differing_keys
from verify.findings import Kind

__all__ = ["Repaired", "repair"]

_ROWS: frozenset[Kind] = frozenset({"missing", "extra", "mismatched", "count_differs"})


@dataclass
class Repaired:
    """What a repair changed, and what it could not."""

    done: Refreshed = field(default_factory=Refreshed)
    counters: dict[str, int] = field(default_factory=dict)
    """Parents whose counters were set anew, by table plan."""
    sequences: list[str] = field(default_factory=list)
    """Table plans whose sequence was set past the last key."""
    left: list[str] = field(default_factory=list)
    """Table plans whose rows cannot be refreshed one by one."""


def repair(
    config: Config, report: Report, *, progress: Callable[[int], None] = lambda rows: None
) -> Repaired:
    """Bring what `report` found in step with the source: rows, counters, sequences.

    Rows are looked for anew, so that none is missed that the report did not keep, and none is
    touched that agrees by now. Commits some hundred rows at a time, each with its ledger. Raises
    `RunError` while a run is unfinished, and what reading and writing raise.
    """
    target = Target(config.database)
    try:
        become_the_run(target)
        ledger = Ledger(target)
        forget_old_values(config, target)
        if (unfinished := ledger.unfinished_run()) is not None:
            raise RunError(
                f"repair: run {unfinished} is not finished",
                hint="run `delamp run` to its end, then verify",
            )
        snapshot = open_snapshot(lambda: Source(config.source, block_bytes=config.chunk_bytes), 1)
        try:
            source = snapshot.sources[0]
            plan, _ = compile_for(config, source, ledger)
            repaired = Repaired()
            refresher = Refresher(plan, ledger, source, using=config.target)
            for table in _found(plan, report, _ROWS):
                if not refreshable(table):
                    repaired.left.append(table.name)
                    continue
                for rows in batches(_differing(config, ledger, source, table)):
                    repaired.done.add(refresher.refresh({table.name: _wanted(table, target, rows)}))
                    progress(len(rows))
            for table in _found(plan, report, frozenset({"drifted"})):
                repaired.counters[table.name] = fill(target, table, config.target)
            for table in _found(plan, report, frozenset({"sequence_behind"})):
                if advance(target, table):
                    repaired.sequences.append(table.name)
            return repaired
        finally:
            snapshot.close()
    finally:
        target.close()


def _found(plan: Plan, report: Report, kinds: frozenset[Kind]) -> list[TablePlan]:
    """The tables with a finding of these kinds, parents first."""
    names = {r.table for r in report.results if any(r.totals.get(kind) for kind in kinds)}
    return [table for table in plan.tables if table.name in names]


Difference = tuple[KeyValue | None, tuple[Any, ...] | None]


def _differing(
    config: Config, ledger: Ledger, source: Source, table: TablePlan
) -> Iterator[Difference]:
    # Over a connection of its own: the rows are refreshed while the rest is still looked for.
    reader = Target(config.database, name="delamp verify")
    try:
        yield from differing_keys(table, source, reader, departures(ledger, table))
    finally:
        reader.close()


def _wanted(table: TablePlan, target: Target, rows: Sequence[Difference]) -> Wanted:
    """Rows by their source key; those that the source has no more by what the target holds."""
    casts = ", ".join(f"%s::{column.field.base}" for column in table.identity)
    extra = [identity for key, identity in rows if key is None and identity is not None]
    return Wanted(
        keys={key for key, _ in rows if key is not None},
        identities={target.rows(f"SELECT {casts}", identity)[0] for identity in extra},
    )
