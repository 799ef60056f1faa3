"""Rows that no key names on both sides: what either side has without an equal on the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from mappings.plan import TablePlan
from verify.buckets import Buckets, expected_rows
from verify.departures import Departures
from verify.keyed_buckets import differing_buckets
from verify.multiset import leftovers, without_nulled
from verify.ports import Pair, SourceConnection, TargetConnection

__all__ = ["unmatched_rows"]

Raws = tuple[bytes | None, ...]


def unmatched_rows(
    table: TablePlan, source: SourceConnection, target: TargetConnection, departures: Departures
) -> tuple[list[Raws], list[tuple[str, ...]], bool]:
    """Compare a table as a multiset, by the content of its rows. Writes nothing.

    Returns the rows that the target lacks, as raw values of the verified columns; those that it
    has too many of, by their primary keys as texts; and whether these are all, for a side's rows
    are held up to some ten thousand. Equal rows count each by itself. Of `departures` only
    references left NULL are explained: rows that were refused or left out are among what the
    target lacks, unless their keys are named.
    """
    pair = Pair(source, target)
    buckets = Buckets(table, departures, expected_rows(table, target))
    with ThreadPoolExecutor(1) as executor:
        asked = executor.submit(buckets.target_sums, target)
        try:
            source_sums = buckets.source_sums(source)
        finally:
            target_sums = asked.result()
    left = leftovers(buckets, pair, differing_buckets(source_sums, target_sums))
    if departures.nulled_count:
        left = without_nulled(buckets.source, left)
    missing = [row.raws for row in left.source]
    return missing, [key for _, key in left.target], not left.more_source + left.more_target
