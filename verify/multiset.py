"""Rows that nothing names: compared as a multiset, then matched by likeness.

A source row whose text no target row has is held against the target rows that are left over: one
that differs in few columns is most likely the same row, damaged, and the columns can be named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from mappings.compiler.frames import NULL
from verify.buckets import Buckets
from verify.cells import Cell, by_value, readable_key
from verify.drill import short_hash
from verify.findings import Finding
from verify.likeness import most_alike
from verify.ports import Pair
from verify.source_side import HASH_DIGITS, MixedRow, SourceSide, python_frame
from verify.target_side import row_hash

__all__ = ["Leftovers", "leftovers", "multiset_findings"]

_HELD = 20_000
"""Rows left over on one side that are held; more of them are counted and not looked at."""
_HELD_BYTES = 32 * 1024 * 1024
"""Of the source's rows left over, with every value."""
_MATCHED = 300
"""Rows of each side that are matched by likeness: every one is held against every other."""
_NULLED_TOGETHER = 3
"""References of one row without a key that may all have been loaded as NULL."""


@dataclass
class Leftovers:
    """Rows of one side without a counterpart of the same text on the other."""

    source: list[MixedRow]
    target: list[tuple[str, tuple[str, ...]]]
    """Hash and primary key as texts."""
    more_source: int = 0
    more_target: int = 0


def leftovers(buckets: Buckets, pair: Pair, groups: Sequence[Sequence[str]]) -> Leftovers:
    """Read the rows of the differing buckets, group by group, and keep what does not match."""
    left = Leftovers([], [])
    room = _HELD_BYTES
    for group in groups:
        held = _target_hashes(buckets, pair, group)
        for row in buckets.source_rows(pair.source, group):
            text = row.text
            same = held.get(short_hash(text)) if text is not None else None
            if same:
                same.pop()
            elif len(left.source) < _HELD and (room > 0 or not left.source):
                left.source.append(row)
                room -= row.size
            else:
                left.more_source += 1
        for digest, keys in held.items():
            room = max(0, _HELD - len(left.target))
            left.target += [(digest, pk) for pk in keys[:room]]
            left.more_target += len(keys[room:])
    return _without_spelling(buckets.source, left)


def multiset_findings(
    buckets: Buckets, pair: Pair, left: Leftovers
) -> Iterator[tuple[Finding, int]]:
    """Findings of the rows left over, each with how many times it counts."""
    side, departures = buckets.source, buckets.source.departures
    name = side.table.name
    unexplained = departures.nameless_absent
    if departures.nulled_count:
        left = _without_nulled(side, left)
    extras = list(_target_frames(buckets, pair, [pk for _, pk in left.target[:_MATCHED]]))
    # A row that Python refuses is one of those that the ledger tells of, before any other is.
    rows = sorted(left.source, key=lambda row: row.text is None)
    alike = most_alike(rows[:_MATCHED], extras, _differing, len(side.columns))
    for n, m in alike.items():
        finding = _mismatch(buckets, pair, rows[n], *extras[m])
        if finding is not None:
            yield finding, 1
    missing = [row for n, row in enumerate(rows) if n not in alike]
    missing.sort(key=lambda row: row.text is not None)
    for row in missing[unexplained:]:
        key = readable_key(side, row.key) if row.key is not None else ()
        yield Finding(kind="missing", table=name, key=key, detail=_nameless(row)), 1
    beyond = left.more_source - max(0, unexplained - len(missing))
    if beyond > 0:
        yield Finding(kind="missing", table=name, detail="not looked at one by one"), beyond
    held = set(alike.values())
    strangers = [pk for m, (pk, _) in enumerate(extras) if m not in held]
    for pk in [*strangers, *(pk for _, pk in left.target[_MATCHED:])]:
        yield Finding(kind="extra", table=name, target_key=pk), 1
    if left.more_target:
        detail = "not looked at one by one"
        yield Finding(kind="extra", table=name, detail=detail), left.more_target


def _target_hashes(
    buckets: Buckets, pair: Pair, group: Sequence[str]
) -> dict[str, list[tuple[str, ...]]]:
    side = buckets.target
    pks = ", ".join(f"{column}::text AS p{n}" for n, column in enumerate(side.pk))
    held: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for row in pair.target.rows(
        f"SELECT * FROM (SELECT {row_hash(side.text())} AS h, {pks} FROM {side.from_}"
        f" {side.where()} OFFSET 0) q WHERE {buckets.choose(group, 'h')}"
    ):
        held[row[0][:HASH_DIGITS]].append(row[1:])
    return held


def _without_spelling(side: SourceSide, left: Leftovers) -> Leftovers:
    """Drop rows that Python spells as the target does: equal values, different digits."""
    held: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for digest, pk in left.target:
        held[digest].append(pk)
    rows = []
    for row in left.source:
        spelled = _by_python(side, row)
        same = held.get(short_hash(spelled.text)) if spelled.text is not None else None
        if same:
            same.pop()
        else:
            rows.append(spelled)
    target = [(digest, pk) for digest, keys in held.items() for pk in keys]
    return replace(left, source=rows, target=target)


def _without_nulled(side: SourceSide, left: Leftovers) -> Leftovers:
    """Drop rows that the target holds with references left NULL, as many as the ledger tells."""
    nullable = {
        reference.name for reference in side.table.all_references if reference.orphans == "null"
    }
    places = [n for n, column in enumerate(side.columns) if column.name in nullable]
    held: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for digest, pk in left.target:
        held[digest].append(pk)
    rows, nulled = [], side.departures.nulled_count
    for row in left.source:
        for digest, references in _nulled_hashes(row, places):
            if references <= nulled and held.get(digest):
                held[digest].pop()
                nulled -= references
                break
        else:
            rows.append(row)
    target = [(digest, pk) for digest, keys in held.items() for pk in keys]
    return replace(left, source=rows, target=target)


def _nulled_hashes(row: MixedRow, places: Sequence[int]) -> Iterator[tuple[str, int]]:
    """Hashes of the row with some references NULL, the fewest first, and how many these are."""
    filled = [n for n in places if row.frames[n] != NULL]
    for size in range(1, min(_NULLED_TOGETHER, len(filled)) + 1):
        for chosen in combinations(filled, size):
            frames = tuple(NULL if n in chosen else frame for n, frame in enumerate(row.frames))
            text = replace(row, frames=frames).text
            if text is not None:
                yield short_hash(text), size


def _by_python(side: SourceSide, row: MixedRow) -> MixedRow:
    nulled = side.departures.nulled_columns.get(row.key, ()) if row.key is not None else ()
    frames = (
        NULL if column.name in nulled else python_frame(column, raw)
        for column, raw in zip(side.columns, row.raws, strict=True)
    )
    return MixedRow(row.key, tuple(frames), row.raws, row.identity)


def _target_frames(
    buckets: Buckets, pair: Pair, keys: Sequence[tuple[str, ...]]
) -> Iterator[tuple[tuple[str, ...], tuple[bytes, ...]]]:
    if not keys:
        return
    side = buckets.target
    pks = [f"{column}::text" for column in side.pk]
    fields = ", ".join((*pks, *(c.canonical_target for c in side.columns)))
    for row in pair.target.rows(f"SELECT {fields} FROM {side.from_} WHERE {side.pk_in(keys)}"):
        yield row[: len(pks)], tuple(text.encode() for text in row[len(pks) :])


def _differing(row: MixedRow, extra: tuple[tuple[str, ...], tuple[bytes, ...]]) -> int:
    return sum(a != b for a, b in zip(row.frames, extra[1], strict=True))


def _mismatch(
    buckets: Buckets, pair: Pair, row: MixedRow, pk: tuple[str, ...], frames: tuple[bytes, ...]
) -> Finding | None:
    """The finding for two rows that are matched; None when their values are the same."""
    side = buckets.source
    nulled = side.departures.nulled_columns.get(row.key, ()) if row.key is not None else ()
    cells = [
        Cell(column, None if column.name in nulled else raw, held.decode())
        for column, raw, frame, held in zip(side.columns, row.raws, row.frames, frames, strict=True)
        if frame != held
    ]
    found = list(by_value(buckets.target, pair, pk, cells))
    if not found:
        return None
    columns, expected, got, remarks = zip(*found, strict=True)
    matched = "no key names the row: matched by its other columns"
    return Finding(
        kind="mismatched",
        table=side.table.name,
        key=readable_key(side, row.key) if row.key is not None else (),
        target_key=pk,
        columns=columns,
        source_values=expected,
        target_values=got,
        detail="; ".join((matched, *filter(None, remarks))),
    )


def _nameless(row: MixedRow) -> str:
    return "" if row.key is not None else "no key names the row"
