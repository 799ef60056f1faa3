"""Level 2: both servers hash the mapped rows; a difference is followed to row and column.

Cannot catch: a mistake that both sides of the compiled mapping share, nor anything in fields
that no mapping fills.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import islice

from mappings.plan import TablePlan
from mappings.sqltext import pg_text
from verify.buckets import Buckets, expected_rows
from verify.cells import compare_rows
from verify.departures import Departures
from verify.drill import DifferingRow, differing_in_range
from verify.findings import Finding, FindingLog
from verify.keyed_buckets import differing_buckets, differing_in_buckets
from verify.multiset import leftovers, multiset_findings
from verify.ports import Pair, TargetConnection
from verify.progression import Course, Progression
from verify.ranges import Ranges, sorts_alike
from verify.results import LevelResult
from verify.source_side import SourceSide
from verify.target_side import TargetSide

__all__ = ["by_ranges", "check_checksums"]

_ROWS_AT_ONCE = 100
_FEW = 50_000
"""Rows up to which a target without an index on the key may be read once for each range."""

Progress = Callable[[int], None]


def by_ranges(table: TablePlan, target: TargetConnection) -> bool:
    """Whether the table is compared range by range: keys sort alike, and the target finds them."""
    if not sorts_alike(table):
        return False
    indexed = target.rows(
        "SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
        f" AND a.attnum = {_place(table)} WHERE i.indrelid = {pg_text(_quoted(table))}::regclass"
        " AND i.indisvalid AND i.indpred IS NULL"
        f" AND a.attname = {pg_text(table.identity[0].column)} LIMIT 1"
    )
    return bool(indexed) or table.source.rows_estimate <= _FEW


def _place(table: TablePlan) -> str:
    """SQL: where in an index the key must stand; after the discriminator, all rows have one."""
    if table.discriminator is None:
        return "i.indkey[0]"
    name = pg_text(table.discriminator.column)
    first = (
        f"(SELECT d.attname FROM pg_attribute d WHERE d.attrelid = i.indrelid"
        f" AND d.attnum = i.indkey[0]) = {name}"
    )
    return f"CASE WHEN i.indnatts > 1 AND {first} THEN i.indkey[1] ELSE i.indkey[0] END"


def check_checksums(
    table: TablePlan,
    pairs: Sequence[Pair],
    departures: Departures,
    executor: Executor,
    progress: Progress,
    course: Course | None = None,
) -> LevelResult:
    """Compare the full content of one table, or go on where `course` says that it was stopped.

    `executor` serves the targets' halves: it needs as many threads as there are pairs.
    `progress` is told of rows as they are done. Where the limits of `course` end a table that is
    compared by ranges, the result is not complete.
    """
    course = course or Course()
    if by_ranges(table, pairs[0].target):
        return _check_ranges(table, pairs, departures, executor, progress, course)
    started, log = time.monotonic(), FindingLog(course.keep)
    rows, chunks = _check_buckets(table, pairs[0], departures, executor, log)
    progress(rows)
    return LevelResult(
        level="checksums",
        table=table.name,
        target=table.target,
        source_rows=rows,
        chunks=chunks,
        strategy="buckets",
        seconds=time.monotonic() - started,
        findings=log.kept,
        totals=log.totals,
    )


def _check_ranges(
    table: TablePlan,
    pairs: Sequence[Pair],
    departures: Departures,
    executor: Executor,
    progress: Progress,
    course: Course,
) -> LevelResult:
    """Workers, one for each pair, take ranges until none is left, or the limits are over."""
    part = _Part(table, course)
    ranges = Ranges(table, departures, pairs[0], after=part.progression.until)
    failed = threading.Event()

    def work(pair: Pair) -> None:
        try:
            while not (failed.is_set() or course.limits.over):
                key_range = ranges.planner.next(pair.source)
                if key_range is None:
                    break
                outcome = ranges.compare(pair, key_range, executor)
                found: list[Finding] = []
                if not outcome.same:
                    rows = list(differing_in_range(ranges, pair, key_range))
                    # Equal rows in another order: let MySQL sort from now on.
                    ranges.ordered = ranges.ordered or not rows
                    found = list(_look(ranges.source, ranges.target, pair, rows))
                part.progression.finish(key_range, outcome.source.rows, found, part.tell)
                progress(outcome.source.rows)
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(len(pairs)) as workers:
        for finished in [workers.submit(work, pair) for pair in pairs]:
            finished.result()
    return part.result()


class _Part:
    """What is known of a table by now, with what an earlier look found of it."""

    def __init__(self, table: TablePlan, course: Course) -> None:
        self._table, self._course, self._log = table, course, course.log()
        self._started = time.monotonic()
        self.progression = Progression(course, self._log)

    def tell(self) -> None:
        """Say how far it is, to whom it may concern."""
        if self._course.kept is not None:
            self._course.kept(self.result())

    def result(self) -> LevelResult:
        progression, begun = self.progression, self._course.begun
        return LevelResult(
            level="checksums",
            table=self._table.name,
            target=self._table.target,
            source_rows=progression.rows,
            chunks=progression.ranges,
            strategy="ranges",
            seconds=(begun.seconds if begun else 0) + time.monotonic() - self._started,
            findings=self._log.kept,
            totals=self._log.totals.copy(),
            complete=progression.complete,
            until=None if progression.complete else progression.until,
        )


def _check_buckets(
    table: TablePlan, pair: Pair, departures: Departures, executor: Executor, log: FindingLog
) -> tuple[int, int]:
    """One pass over either side, at once. Returns rows and buckets."""
    buckets = Buckets(table, departures, expected_rows(table, pair.target))
    asked = executor.submit(buckets.target_sums, pair.target)
    try:
        source_sums = buckets.source_sums(pair.source)
    finally:
        target_sums = asked.result()
    groups = differing_buckets(source_sums, target_sums)
    if buckets.by_identity:
        for group in groups:
            found = differing_in_buckets(buckets, pair, group)
            for finding in _look(buckets.source, buckets.target, pair, found):
                log.add(finding)
    elif groups:
        left = leftovers(buckets, pair, groups)
        for finding, times in multiset_findings(buckets, pair, left):
            log.add(finding, times)
    return sum(s[0] for s in source_sums.values()), len(source_sums)


def _look(
    source: SourceSide,
    target: TargetSide,
    pair: Pair,
    rows: Iterable[DifferingRow],
) -> Iterator[Finding]:
    for batch in _batches(rows):
        yield from compare_rows(source, target, pair, batch)


def _batches(rows: Iterable[DifferingRow]) -> Iterator[list[DifferingRow]]:
    rest = iter(rows)
    while batch := list(islice(rest, _ROWS_AT_ONCE)):
        yield batch


def _quoted(table: TablePlan) -> str:
    return '"' + table.target.replace('"', '""') + '"'
