"""One dry run: every rule on every row, over the connections it is handed; nothing is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from mappings.plan import Plan, TablePlan
from mappings.sqltext import all_of
from verify.dry_run.clashes import collect_by_sql, want_of
from verify.dry_run.collecting import Together
from verify.dry_run.deciding import RowCounts
from verify.dry_run.estimate import estimate_run
from verify.dry_run.fates import Fates, Scratch
from verify.dry_run.index_entries import IndexEntries
from verify.dry_run.left_behind import LeftBehind, left_behind
from verify.dry_run.looking import RowFields
from verify.dry_run.names import RowNames
from verify.dry_run.report import DryRunReport
from verify.dry_run.rows import RowRules
from verify.dry_run.server import server_facts
from verify.dry_run.settling import settle
from verify.dry_run.table_report import EachRow, report_table
from verify.dry_run.target_server import target_facts
from verify.dry_run.tasks import Connections, TableTask, Tasks
from verify.dry_run.values import Values, WantedValues
from verify.ports import SourceConnection

__all__ = ["DryRunOptions", "EachRow", "dry_run"]

Progress = Callable[[str, str, int], None]
"""Told of phase, table and rows just done; from several threads."""


@dataclass(frozen=True, kw_only=True)
class DryRunOptions:
    """What a dry run is asked for."""

    sample: int | None = None
    """Look at about so many rows of each table, and at none of what concerns several rows."""
    shown: int | None = 5
    """Rows that are named of each rule; None: all."""
    values: bool = False
    """Whether source values are kept for the report."""
    processes: int = 1
    """Of a run, for the estimate."""
    each_row: EachRow | None = None
    """Given every row of every rule, named or not, table by table and in the order of keys."""


def dry_run(
    plan: Plan,
    chosen: Sequence[TablePlan],
    given: Connections,
    options: DryRunOptions,
    progress: Progress | None = None,
) -> DryRunReport:
    """Foretell what a run would do with every row of the chosen tables.

    The sources must see one snapshot; each is used by one thread at a time. Raises what a
    connection raises.
    """
    scratch = Scratch()
    try:
        return _DryRun(plan, chosen, given, options, progress, scratch).report()
    finally:
        scratch.close()


class _DryRun:
    def __init__(
        self,
        plan: Plan,
        chosen: Sequence[TablePlan],
        given: Connections,
        options: DryRunOptions,
        progress: Progress | None,
        scratch: Scratch,
    ) -> None:
        self.plan, self.chosen, self.given, self.options = plan, chosen, given, options
        self._progress = progress or (lambda phase, table, rows: None)
        self._fates = Fates(scratch)
        self._values = Values(scratch)
        self._seconds: dict[str, float] = {}
        self._table_seconds: dict[str, float] = {}
        self._counts: dict[str, RowCounts] = {}

    def report(self) -> DryRunReport:
        with self._phase("plan"):
            tasks = Tasks(self.plan, self.chosen, self.given, self._values, self._fates)
        with self._phase("rows"):
            for table in self.chosen:
                self._rows(tasks, tasks.all[table.name])
        left: tuple[LeftBehind, ...] = ()
        if self.options.sample is None:
            with self._phase("uniqueness"):
                self._uniqueness(tasks)
            with self._phase("index entries"):
                self._index_entries(tasks)
            with self._phase("references"):
                self._references(tasks)
            with self._phase("left behind"):
                left = tuple(
                    left_behind(
                        self.plan, self.chosen, self.given.sources[0], shown=self.options.shown
                    )
                )
        with self._phase("settings and estimate"):
            facts = server_facts(self.given.sources[0], self.chosen)
            estimate = estimate_run(
                self.given.sources[0],
                self.chosen,
                {name: counts.mapped for name, counts in self._counts.items()},
                readers=len(self.given.sources),
                processes=self.options.processes,
            )
            target = target_facts(
                self.given.target,
                self.chosen,
                estimate,
                # Each reader has a COPY of its own, beside the connection of the ledger.
                connections=len(self.given.sources) + 1,
            )
        return DryRunReport(
            tables=tuple(
                report_table(
                    table,
                    self._counts[table.name],
                    self._fates,
                    shown=self.options.shown,
                    each_row=self.options.each_row,
                    unread=self.plan.unmapped.get(table.source.name, ()),
                    seconds=self._table_seconds[table.name],
                )
                for table in self.chosen
            ),
            server=facts,
            notes=(*self._sampled(), *tasks.notes),
            left_behind=left,
            estimate=estimate,
            target=target,
            sample=self.options.sample,
            seconds=self._seconds,
        )

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self._seconds[name] = time.monotonic() - started

    def _rows(self, tasks: Tasks, task: TableTask) -> None:
        table, started = task.table, time.monotonic()
        rules = RowRules(
            table,
            self._fates,
            shown=self.options.shown,
            values=self.options.values,
            sample=self.options.sample,
            workers=self.given.workers if RowFields(table).travels else None,
        )
        collector = None
        if not RowNames(table).keyed and self.options.sample is None:
            collector = Together(
                task.collector(self._values, self._fates, tasks.judge(table)),
                self._entries(tasks, table),
            )
        with ThreadPoolExecutor(len(self.given.sources)) as executor:
            rules.check(
                self.given.sources,
                executor,
                lambda rows: self._progress("row rules", table.name, rows),
                collector,
            )
        if collector is not None:
            collector.flush()
        self._counts[table.name] = rules.counts
        self._table_seconds[table.name] = time.monotonic() - started

    def _uniqueness(self, tasks: Tasks) -> None:
        source = self.given.sources[0]
        for task in tasks.all.values():
            # A chosen table without a key has been read in its one pass.
            if task.chosen and not RowNames(task.table).keyed:
                continue
            for clash in task.grouped:
                self._progress("uniqueness", task.table.name, 0)
                if not collect_by_sql(task.table, clash, source, self._values):
                    task.want(want_of(clash))
            collector = task.collector(self._values, self._fates, tasks.judge(task.table))
            if collector.needed:
                self._collect(task.table, source, collector, "uniqueness")

    def _index_entries(self, tasks: Tasks) -> None:
        for table in self.chosen:
            entries = self._entries(tasks, table)
            # A table without a key has been read in its one pass.
            if entries.needed and RowNames(table).keyed:
                self._collect(
                    table, self.given.sources[0], entries, "index entries", entries.predicate
                )

    def _entries(self, tasks: Tasks, table: TablePlan) -> IndexEntries:
        packing = tasks.held.packing(table.target)
        return IndexEntries(table, self._fates, self.given.using, packing)

    def _collect(
        self,
        table: TablePlan,
        source: SourceConnection,
        collector: WantedValues | IndexEntries,
        phase: str,
        only: str | None = None,
    ) -> None:
        names = RowNames(table)
        fields = ", ".join((*names.select(), *collector.select()))
        where = all_of([each for each in (table.where, only) if each])
        order = f" ORDER BY {names.order}" if names.keyed else ""
        query = f"SELECT {fields} FROM {table.source.relation} WHERE {where}{order}"
        for place, row in enumerate(source.stream(query)):
            collector.take(names.read(row[: names.width], place), row[names.width :])
            if place % 1000 == 999:
                self._progress(phase, table.name, 1000)
        collector.flush()

    def _references(self, tasks: Tasks) -> None:
        circles = {name: circle for circle in self.plan.cycles for name in circle}
        done: set[str] = set()
        for table in self.chosen:
            group = circles.get(table.name, (table.name,))
            if table.name in done:
                continue
            done.update(group)
            self._progress("references", table.name, 0)
            settle(
                [t for t in self.chosen if t.name in group],
                self.chosen,
                [r for name in group for r in tasks.references if r.table.name == name],
                tasks.clashes,
                self._values,
                self._fates,
            )

    def _sampled(self) -> Iterator[str]:
        if self.options.sample is not None:
            yield (
                f"about {self.options.sample} rows of each table were looked at: uniqueness, check"
                " constraints, index entries and references were not evaluated"
            )
