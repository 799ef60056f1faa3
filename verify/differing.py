"""The rows of one table that differ, for whoever will load them again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

from mappings.keys import KeyRange, KeyValue
from mappings.plan import TablePlan
from verify.buckets import Buckets, expected_rows
from verify.checksums import by_ranges
from verify.departures import Departures
from verify.drill import DifferingRow, differing_in_range
from verify.keyed_buckets import differing_buckets, differing_in_buckets
from verify.multiset import leftovers
from verify.ports import Pair, SourceConnection, TargetConnection
from verify.ranges import Ranges
from verify.row_hashes import differing_by_hashes

__all__ = ["differing_keys", "differing_keys_ahead"]

_ROWS_PER_BUCKET = 100
"""Fewer than in a verification: that costs it a third, and changes are expected everywhere."""
_AHEAD = 2
"""Ranges begun or done for each pair of connections, while the rows of an earlier one are taken."""

Difference = tuple[KeyValue | None, tuple[Any, ...] | None]
_Found = tuple[KeyRange, list[DifferingRow] | None]
"""A range with its rows that differ; None: too many for one statement."""


def differing_keys(
    table: TablePlan,
    source: SourceConnection,
    target: TargetConnection,
    departures: Departures,
) -> Generator[Difference, None, None]:
    """Yield, for each row that differs, its source key and the target's identity values.

    The first is None for a row that the source lacks, or whose table has no key; the second for
    one that the target lacks, or whose table has no identity: both may be None. Equal values in
    two spellings may be among them: loading such a row again is harmless. Rows of one range or
    group of buckets are held at a time; the caller may write to the target between two rows.
    """
    pair = Pair(source, target)
    with ThreadPoolExecutor(1) as executor:
        if by_ranges(table, target):
            ranges = Ranges(table, departures, pair)
            while key_range := ranges.planner.next(source):
                found = differing_by_hashes(ranges, pair, key_range, executor)
                if found is None:
                    yield from _named(differing_in_range(ranges, pair, key_range))
                else:
                    yield from _named(found)
        else:
            yield from _by_buckets(table, pair, departures, executor)


def differing_keys_ahead(
    table: TablePlan,
    pairs: Sequence[Pair],
    departures: Departures,
    *,
    stopped: Callable[[], bool] = lambda: False,
) -> Generator[Difference, None, None]:
    """The same over several pairs of connections, while the caller is busy with earlier rows.

    The connections are nobody else's until the iterator is exhausted or closed. Holds the rows
    that differ of a few ranges for each pair. Once `stopped` says so, no further range of a table
    that is compared by ranges is taken: what is left of it is not looked at.
    """
    if not by_ranges(table, pairs[0].target):
        with ThreadPoolExecutor(1) as executor:
            yield from _by_buckets(table, pairs[0], departures, executor)
        return
    ranges, free = Ranges(table, departures, pairs[0]), SimpleQueue[Pair]()
    for pair in pairs:
        free.put(pair)
    with ThreadPoolExecutor(len(pairs)) as workers, ThreadPoolExecutor(len(pairs)) as executor:
        begun = deque[Future[_Found | None]]()
        try:
            for _ in range(_AHEAD * len(pairs)):
                begun.append(workers.submit(_next_range, ranges, free, executor))
            while begun and not stopped():
                if (done := begun.popleft().result()) is None:
                    continue
                begun.append(workers.submit(_next_range, ranges, free, executor))
                key_range, found = done
                if found is not None:
                    yield from _named(found)
                    continue
                pair = free.get()
                try:
                    yield from _named(differing_in_range(ranges, pair, key_range))
                finally:
                    free.put(pair)
        finally:
            for waiting in begun:
                waiting.cancel()


def _next_range(ranges: Ranges, free: SimpleQueue[Pair], executor: Executor) -> _Found | None:
    pair = free.get()
    try:
        key_range = ranges.planner.next(pair.source)
        if key_range is None:
            return None
        return key_range, differing_by_hashes(ranges, pair, key_range, executor)
    finally:
        free.put(pair)


def _named(rows: Iterable[DifferingRow]) -> Iterator[Difference]:
    for row in rows:
        yield row.key, row.identity


def _by_buckets(
    table: TablePlan, pair: Pair, departures: Departures, executor: Executor
) -> Iterator[Difference]:
    rows = expected_rows(table, pair.target)
    buckets = Buckets(table, departures, rows, rows_per_bucket=_ROWS_PER_BUCKET)
    asked = executor.submit(buckets.target_sums, pair.target)
    try:
        source_sums = buckets.source_sums(pair.source)
    finally:
        target_sums = asked.result()
    groups = differing_buckets(source_sums, target_sums)
    if buckets.by_identity:
        for group in groups:
            yield from _named(list(differing_in_buckets(buckets, pair, group)))
    elif groups:
        left = leftovers(buckets, pair, groups)
        for mixed in left.source:
            yield mixed.key, None
        for _ in left.target:
            yield None, None
