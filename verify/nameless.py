"""Rows that no key names on both sides: what either side has without an equal on the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from mappings.compiler.frames import NULL
from mappings.keys import KeyValue
from mappings.plan import TablePlan
from verify.buckets import Buckets, expected_rows
from verify.departures import Departures
from verify.drill import short_hash
from verify.keyed_buckets import differing_buckets
from verify.multiset import Leftovers, leftovers, multiset_findings
from verify.ports import Pair, SourceConnection, TargetConnection
from verify.source_side import SourceSide

__all__ = ["UnmatchedKeys", "UnmatchedRows", "differs", "unmatched_keys", "unmatched_rows"]

Raws = tuple[bytes | None, ...]
Lost = Callable[[str, Sequence[bytes | None]], Iterable[bytes | None]]


@dataclass(frozen=True, kw_only=True)
class UnmatchedRows:
    """Rows of one side without an equal on the other; equal rows count each by itself."""

    missing: list[Raws]
    """Of the source, as raw values of the verified columns: the target has fewer like it."""
    extra: list[tuple[str, ...]]
    """Of the target, by their primary keys as texts: the source has fewer like it."""
    more_missing: int
    more_extra: int
    """How many more there are: of each side, some ten thousand are held."""
    lost_anew: bool
    """Whether references that are NULL for want of a parent were not as many as expected: all of
    their rows are among the others then."""


def unmatched_rows(
    table: TablePlan,
    source: SourceConnection,
    target: TargetConnection,
    lost: Lost,
    *,
    expected: int,
) -> UnmatchedRows:
    """Compare a table as a multiset, by the content of its rows. Writes nothing.

    Nothing is explained, so rows that were refused or left out are among what the target lacks,
    but what `lost` tells: given a reference's field and raw values, which of these have no parent
    in the target. A row of the source is the same as one of the target that has NULL there, if
    there are as many such references as `expected`; else none is.
    """
    buckets, left = _compared(table, Pair(source, target), Departures())
    without, nulled = _without_lost(buckets.source, left, lost)
    lost_anew = nulled != expected
    if not lost_anew:
        left = without
    return UnmatchedRows(
        missing=[row.raws for row in left.source],
        extra=[key for _, key in left.target],
        more_missing=left.more_source,
        more_extra=left.more_target,
        lost_anew=lost_anew,
    )


@dataclass(frozen=True, kw_only=True)
class UnmatchedKeys:
    """Rows of one side without an equal on the other, of a table that has a key at the source."""

    missing: list[KeyValue]
    """Of the source."""
    extra: list[tuple[str, ...]]
    """Of the target, by their primary keys as texts."""
    whole: bool
    """Whether these are all."""


def unmatched_keys(
    table: TablePlan, source: SourceConnection, target: TargetConnection, departures: Departures
) -> UnmatchedKeys:
    """Compare a table whose key the target does not hold as it is, by the content of its rows."""
    _, left = _compared(table, Pair(source, target), departures)
    return UnmatchedKeys(
        missing=[row.key for row in left.source if row.key is not None],
        extra=[key for _, key in left.target],
        whole=not (left.more_source or left.more_target),
    )


def differs(
    table: TablePlan, source: SourceConnection, target: TargetConnection, departures: Departures
) -> bool:
    """Whether a verification of the table by its content would find anything."""
    pair = Pair(source, target)
    buckets, left = _compared(table, pair, departures)
    return any(times for _, times in multiset_findings(buckets, pair, left))


def _compared(table: TablePlan, pair: Pair, departures: Departures) -> tuple[Buckets, Leftovers]:
    buckets = Buckets(table, departures, expected_rows(table, pair.target))
    with ThreadPoolExecutor(1) as executor:
        asked = executor.submit(buckets.target_sums, pair.target)
        try:
            source_sums = buckets.source_sums(pair.source)
        finally:
            target_sums = asked.result()
    return buckets, leftovers(buckets, pair, differing_buckets(source_sums, target_sums))


def _without_lost(side: SourceSide, left: Leftovers, lost: Lost) -> tuple[Leftovers, int]:
    """Drop rows that the target holds as they are without what they have lost."""
    without: dict[int, set[bytes | None]] = {}
    for n, column in enumerate(side.columns):
        if any(r.name == column.name and r.orphans == "null" for r in side.table.references):
            raws = list({row.raws[n] for row in left.source})
            without[n] = set(lost(column.name, raws))
    held: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for digest, pk in left.target:
        held[digest].append(pk)
    rows, nulled = [], 0
    for row in left.source:
        places = {n for n, raws in without.items() if row.raws[n] in raws}
        frames = tuple(NULL if n in places else frame for n, frame in enumerate(row.frames))
        text = replace(row, frames=frames).text
        same = held.get(short_hash(text)) if places and text is not None else None
        if same:
            same.pop()
            nulled += len(places)
        else:
            rows.append(row)
    target = [(digest, pk) for digest, keys in held.items() for pk in keys]
    return replace(left, source=rows, target=target), nulled
