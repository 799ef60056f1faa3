"""`delamp verify --repair`: refresh exactly the rows that a verification found to differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mappings.plan import Plan, TablePlan
from migrate.changes import changed_rows
from migrate.config import Config
from migrate.counting import fill
from migrate.errors import RunError
from migrate.ledger import Ledger
from migrate.locks import become_the_run
from migrate.planning import compile_for
from migrate.refresh import Refreshed, Refresher, Wanted, touched
from migrate.retention import forget_old_values
from migrate.sequences import advance
from migrate.snapshot import open_snapshot
from migrate.source import Source
from migrate.target import Target
from migrate.truing import count_anew
from migrate.verification import departures
from verify import Report
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
    extra: int = 0
    """Rows of the target that the source does not have, and that were left."""
    left: list[str] = field(default_factory=list)
    """Table plans whose rows cannot be refreshed one by one."""


def repair(
    config: Config,
    report: Report,
    *,
    delete_extra: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> Repaired:
    """Bring what `report` found in step with the source: rows, counters, sequences.

    Rows are looked for anew, so that none is missed that the report did not keep, and none is
    touched that agrees by now. Rows of the target that the source does not have stay, unless
    `delete_extra`: somebody may have made them in Django. Commits some hundred rows at a time, each
    with its ledger. Raises `RunError` while a run is unfinished, and what reading and writing
    raise.
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
            refresher = Refresher(plan, ledger, source, using=config.target, by="verify --repair")
            for table in _found(plan, report, _ROWS):
                if not table.refreshable:
                    repaired.left.append(table.name)
                    continue
                for wanted in changed_rows(config, source, table, departures(ledger, table)):
                    if not delete_extra:
                        repaired.extra += len(wanted.identities)
                        wanted = Wanted(keys=wanted.keys)
                    repaired.done.add(refresher.refresh({table.name: wanted}))
                    progress(len(wanted))
            count_anew(ledger, source, touched(plan, repaired.done))
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
