"""`delamp verify --repair`: refresh exactly the rows that a verification found to differ."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from mappings.catalogue import Catalogue
from mappings.plan import Plan, TablePlan
from migrate.changes import changed_rows, unmatched_rows
from migrate.config import Config
from migrate.counting import fill
from migrate.errors import RunError
from migrate.follow.view import view_of
from migrate.ledger import Ledger
from migrate.locks import become_the_run
from migrate.planning import compile_for
from migrate.refresh import Refreshed, Refresher, Wanted, address, touched
from migrate.retention import forget_old_values
from migrate.sequences import advance
from migrate.source import Source
from migrate.target import Target
from migrate.truing import count_anew
from migrate.unaltered import require_unaltered
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
    exchanged: list[str] = field(default_factory=list)
    """Table plans without a key, left since rows that differ could only be exchanged."""


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
        with (
            contextlib.closing(_connect(config)) as finder,
            contextlib.closing(_connect(config)) as source,
        ):
            plan, catalogue = compile_for(config, source, ledger)
            repaired = Repaired()
            refresher = Refresher(plan, ledger, source, using=config.target, by="verify --repair")
            mend = _Mending(config, catalogue, finder, source, ledger, refresher, repaired)
            for table in _found(plan, report, _ROWS):
                mend.rows(table, delete_extra=delete_extra, progress=progress)
            count_anew(ledger, source, touched(plan, repaired.done))
            for table in _found(plan, report, frozenset({"drifted"})):
                repaired.counters[table.name] = fill(target, table, config.target)
            for table in _found(plan, report, frozenset({"sequence_behind"})):
                if advance(target, table):
                    repaired.sequences.append(table.name)
            return repaired
    finally:
        target.close()


@dataclass(frozen=True)
class _Mending:
    """No view of the source is held for longer than one batch, or one look at a table."""

    config: Config
    catalogue: Catalogue
    finder: Source
    source: Source
    ledger: Ledger
    refresher: Refresher
    repaired: Repaired

    def rows(
        self, table: TablePlan, *, delete_extra: bool, progress: Callable[[int], None]
    ) -> None:
        """Refresh the rows of a table that differ and that the ledger does not explain."""
        if not address(table):
            self._by_content(table, delete_extra=delete_extra)
            return
        known = departures(self.ledger, table)
        for wanted in changed_rows(self.config, self.finder, table, known):
            held = len(wanted.identities)
            if not delete_extra:
                wanted = Wanted(keys=wanted.keys, keyless=wanted.keyless)
            with view_of(self.source):
                done = self.refresher.refresh({table.name: wanted}, also=self._unaltered(table))
            if not delete_extra:
                # Of a key that is spelled otherwise, both rows of a pair that differs are named.
                paired = 0 if table.refreshable else done.updated[table.name]
                self.repaired.extra += max(held - paired, 0)
            self.repaired.done.add(done)
            progress(len(wanted))

    def _by_content(self, table: TablePlan, *, delete_extra: bool) -> None:
        if not table.nameless:
            self.repaired.left.append(table.name)
            return
        with view_of(self.source):
            found = unmatched_rows(self.config, self.source, table)
            if found.extra and not delete_extra:
                # A row that was changed is one that is extra and one that is missing.
                self.repaired.extra += len(found.extra)
                self.repaired.exchanged.append(table.name)
                return
            done = self.refresher.bring_in_step(table, found, also=self._unaltered(table))
        if done is None:
            self.repaired.left.append(table.name)
        else:
            self.repaired.done.add(done)

    def _unaltered(self, table: TablePlan) -> Callable[[Target], None]:
        return lambda target: require_unaltered(self.source, table, self.catalogue)


def _connect(config: Config) -> Source:
    return Source(config.source, block_bytes=config.chunk_bytes)


def _found(plan: Plan, report: Report, kinds: frozenset[Kind]) -> list[TablePlan]:
    """The tables with a finding of these kinds, parents first."""
    names = {r.table for r in report.results if any(r.totals.get(kind) for kind in kinds)}
    return [table for table in plan.tables if table.name in names]
