"""The rows of one table that differ, for whoever will load them again."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mappings.keys import KeyValue
from mappings.plan import TablePlan
from verify.buckets import Buckets, expected_rows
from verify.checksums import by_ranges
from verify.departures import Departures
from verify.drill import DifferingRow, differing_in_range
from verify.keyed_buckets import differing_buckets, differing_in_buckets
from verify.multiset import leftovers
from verify.ports import Pair, SourceConnection, TargetConnection
from verify.ranges import Ranges

__all__ = ["differing_keys"]


def differing_keys(
    table: TablePlan,
    source: SourceConnection,
    target: TargetConnection,
    departures: Departures,
) -> Iterator[tuple[KeyValue | None, tuple[Any, ...] | None]]:
    """Yield, for each row that differs, its source key and the target's identity values.

    The first is None for a row that the source lacks, or whose table has no key; the second for
    one that the target lacks, or whose table has no identity: both may be None. Equal values in
    two spellings may be among them: loading such a row again is harmless. Rows of one range or
    group of buckets are held at a time; the caller may write to the target between two rows.
    """
    pair = Pair(source, target)
    with ThreadPoolExecutor(1) as executor:
        if by_ranges(table, target):
            found = _by_ranges(table, pair, departures, executor)
        else:
            found = _by_buckets(table, pair, departures, executor)
        for row in found:
            yield row.key, row.identity


def _by_ranges(
    table: TablePlan, pair: Pair, departures: Departures, executor: ThreadPoolExecutor
) -> Iterator[DifferingRow]:
    ranges = Ranges(table, departures, pair)
    while key_range := ranges.planner.next(pair.source):
        if not ranges.compare(pair, key_range, executor).same:
            rows = list(differing_in_range(ranges, pair, key_range))
            ranges.ordered = ranges.ordered or not rows
            yield from rows


def _by_buckets(
    table: TablePlan, pair: Pair, departures: Departures, executor: ThreadPoolExecutor
) -> Iterator[DifferingRow]:
    buckets = Buckets(table, departures, expected_rows(table, pair.target))
    asked = executor.submit(buckets.target_sums, pair.target)
    try:
        source_sums = buckets.source_sums(pair.source)
    finally:
        target_sums = asked.result()
    groups = differing_buckets(source_sums, target_sums)
    if buckets.by_identity:
        for group in groups:
            yield from list(differing_in_buckets(buckets, pair, group))
    elif groups:
        left = leftovers(buckets, pair, groups)
        for row in left.source:
            yield DifferingRow(row.key, None, None)
        for _, pk in left.target:
            yield DifferingRow(None, None, pk)
