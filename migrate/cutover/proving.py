"""Verify what changed since the full verification, and nothing else: the pause must not grow.

Every row that was refreshed since then, by whichever process, and every row that differed then: by
hashes on both sides and by the Python tier with Django's ORM; the counters of every parent that
such a row has or had; the counts of the tables with such rows. Tables whose rows nothing names are
compared whole.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mappings.plan import Plan, TablePlan
from mappings.registry import discover
from migrate.cutover.changed import (
    Kind,
    changed_rows,
    changed_tables,
    counted_parents,
    counted_tables,
    forget,
    notes,
)
from migrate.cutover.context import Context
from migrate.cutover.findings import found
from migrate.errors import RunError
from migrate.existing import read_renumbering
from migrate.follow.checkpoint import comparable
from migrate.refresh.trail import NOTED_FOR
from migrate.snapshot import BinlogPosition, open_snapshot
from migrate.source import Source
from migrate.target import Target
from migrate.verification import departures
from verify import (
    Declared,
    LevelResult,
    NamedRow,
    Report,
    check_named,
    check_named_rows,
    differing_named,
    verify_plan,
)
from verify.counters import check_counters
from verify.ports import Pair

__all__ = ["prove", "prove_ahead", "same_wholes"]

_AT_ONCE = 2_000
_BY_PYTHON = 200
"""Rows of each table that are compared by the Python tier; the hashes see all of them."""


def prove(context: Context) -> Report:
    """Verify what changed, while nobody writes; writes nothing. Findings are in the report."""
    with _proof(context) as proof:
        proof.rows()
        proof.counters()
        proof.counts()
        proof.whole_tables()
        return proof.report()


def prove_ahead(context: Context) -> int:
    """Verify what changed while PHP writes on, and forget it; returns how many rows are left.

    In one snapshot of the source, of which the target may be a moment behind: rows that differ stay
    noted. What changes from now on is noted anew. Raises `FindingsRemain` where the hashes of a row
    agree, and its values do not, or a counter is wrong.
    """
    with _proof(context) as proof:
        proof.ahead()
    bad = [f for r in proof.results if not r.ok for f in r.findings]
    if bad:
        raise found("what changed since the full verification", bad)
    context.refreshed = 0
    return sum(changed_tables(context.record).values())


def same_wholes(context: Context) -> list[str]:
    """Compare the tables whose rows nothing names whole, ahead; returns those that are the same."""
    if not context.stale or context.comparing_since is None:
        return []
    with _proof(context) as proof:
        if proof.seen is None:
            return []
        # A commit is in the binlog before it is to be seen.
        context.comparing_since = min(context.comparing_since, proof.seen, key=comparable)
        proof.whole_tables()
    differ = {result.table for result in proof.results if not result.ok}
    return [name for name in context.stale if name not in differ]


@contextmanager
def _proof(context: Context) -> Iterator[_Proof]:
    if not context.noted:
        raise RunError(
            "cutover: the full verification began too long ago, got"
            f" {context.record.started_at:%Y-%m-%d %H:%M} UTC (expected less than"
            f" {NOTED_FOR.days} days: what changed later was not noted)",
            hint="run `delamp cutover` again: it verifies anew",
        )
    target = Target(context.config.database, name="delamp verify")
    try:
        snapshot = open_snapshot(
            lambda: Source(context.config.source, block_bytes=context.config.chunk_bytes), 1
        )
        try:
            source = snapshot.sources[0]
            plan, catalogue = context.compiled(source)
            declared = Declared(
                mappings=discover(),
                catalogue=catalogue,
                renumbering=read_renumbering(context.ledger, plan),
            )
            yield _Proof(context, plan, Pair(source, target), declared, snapshot.binlog)
        finally:
            snapshot.close()
    finally:
        target.close()


class _Proof:
    def __init__(
        self,
        context: Context,
        plan: Plan,
        pair: Pair,
        declared: Declared,
        seen: BinlogPosition | None,
    ) -> None:
        """`seen`: everything before it is to be seen in the source."""
        self.context, self.plan, self.pair, self.declared = context, plan, pair, declared
        self.seen = seen
        self.changed = changed_tables(context.record)
        if context.refreshed and not self.changed:
            # A proof of nothing would always succeed.
            raise RunError("cutover: rows were refreshed and not noted: none could be verified")
        self.results: list[LevelResult] = []

    def rows(self) -> None:
        for table in self._tables(self.changed):
            excused = departures(self.context.ledger, table)
            source: Any = self.pair.source
            named = list(changed_rows(self.context.record, table, source))
            for start in range(0, len(named), _AT_ONCE):
                self.context.go_on()
                some = named[start : start + _AT_ONCE]
                self.results.append(check_named(table, self.pair, excused, some))
            self._by_python(table, named[-_BY_PYTHON:])

    def ahead(self) -> None:
        """Rows and counters that agree are forgotten."""
        record = self.context.record
        source: Any = self.pair.source
        for table in self._tables(self.changed):
            # Read before what they are of: what is noted meanwhile stays.
            noted = notes(record, Kind.ROW, table)
            excused = departures(self.context.ledger, table)
            named = list(changed_rows(record, table, source))
            differ = list(differing_named(table, self.pair, excused, named))
            suspect = set(differ)
            self._by_python(table, [row for row in named if row not in suspect][-_BY_PYTHON:])
            forget(record, noted, [texts for _, texts in differ])
        for table in self._tables(counted_tables(record)):
            noted = notes(record, Kind.COUNTED, table)
            only = counted_parents(record, table)
            using = self.context.config.target
            self.results.append(check_counters(table, self.pair, using, only=only))
            forget(record, noted)

    def counters(self) -> None:
        for table in self._tables(counted_tables(self.context.record)):
            self.context.go_on()
            only = counted_parents(self.context.record, table)
            found = check_counters(table, self.pair, self.context.config.target, only=only)
            self.results.append(found)

    def counts(self) -> None:
        if slow := self.context.too_slow_to_count(self.changed):
            left = ", ".join(sorted(slow))
            self.context.warn(f"not counted in the pause, since it takes seconds: {left}")
        self._by_plan([name for name in self.changed if name not in slow], ("counts",))

    def whole_tables(self) -> None:
        names = [name for name in self.context.stale if name not in self.context.untouched]
        self._by_plan(names, ("counts", "checksums"))

    def report(self) -> Report:
        """All of it as one report."""
        seconds = sum(result.seconds for result in self.results)
        levels = [result.level for result in self.results]
        return Report(
            results=tuple(self.results), levels=tuple(dict.fromkeys(levels)), seconds=seconds
        )

    def _by_python(self, table: TablePlan, named: Sequence[NamedRow]) -> None:
        self.context.go_on()
        self.results.append(
            check_named_rows(
                self.declared,
                table,
                self.pair.source,
                departures(self.context.ledger, table),
                [key for key, _ in named],
                using=self.context.config.target,
            )
        )

    def _by_plan(self, names: Sequence[str], levels: Sequence[Any]) -> None:
        tables = [table.name for table in self._tables(names)]
        if not tables:
            return
        self.context.go_on()
        found = verify_plan(
            self.plan,
            [self.pair.source],
            [self.pair.target],
            levels=levels,
            tables=tables,
            departures={t.name: departures(self.context.ledger, t) for t in self._tables(names)},
            using=self.context.config.target,
        )
        self.results += found.results

    def _tables(self, names: Container[str]) -> list[TablePlan]:
        return [table for table in self.plan.tables if table.name in names]
