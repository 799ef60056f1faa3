"""Inside buckets that differ, when a key names the rows: match them by the key's text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from verify.buckets import Buckets, Sums
from verify.drill import DifferingRow, short_hash
from verify.ports import Pair
from verify.source_side import HASH_DIGITS
from verify.target_side import row_hash

__all__ = ["differing_buckets", "differing_in_buckets"]

_ROWS_AT_ONCE = 50_000
"""Of a group of buckets: each group is another look at all rows of both sides."""

_Held = tuple[str, tuple[Any, ...], tuple[str, ...]]
"""Hash, identity and primary key of a target row."""


def differing_buckets(source: Sums, target: Sums) -> list[list[str]]:
    """The buckets whose sums differ, in groups that fit into memory."""
    groups: list[list[str]] = []
    room = 0
    for bucket in sorted(source.keys() | target.keys()):
        mine, theirs = source.get(bucket), target.get(bucket)
        if mine == theirs:
            continue
        rows = max(mine[0] if mine else 0, theirs[0] if theirs else 0)
        if not groups or rows > room:
            groups.append([])
            room = _ROWS_AT_ONCE
        groups[-1].append(bucket)
        room -= rows
    return groups


def differing_in_buckets(
    buckets: Buckets, pair: Pair, group: Sequence[str]
) -> Iterator[DifferingRow]:
    """Rows of the buckets that differ or that one side lacks."""
    held = _target_rows(buckets, pair, group)
    for row in buckets.source_rows(pair.source, group, merged=True):
        same = held.get(row.identity or b"")
        if not same:
            yield DifferingRow(row.key, None, None)
            continue
        digest, identity, pk = same.pop()
        if row.text is None or short_hash(row.text) != digest:
            yield DifferingRow(row.key, identity, pk)
    for left in held.values():
        for _, identity, pk in left:
            yield DifferingRow(None, identity, pk)


def _target_rows(buckets: Buckets, pair: Pair, group: Sequence[str]) -> dict[bytes, list[_Held]]:
    side = buckets.target
    pks = [f"{column}::text" for column in side.pk]
    text = side.identity_text()
    fields = [text, f"left({row_hash(side.text())}, {HASH_DIGITS})", *side.identity, *pks]
    rows = pair.target.rows(
        f"SELECT {', '.join(fields)} FROM {side.from_}"
        f" {side.where(buckets.choose(group, row_hash(text)))}"
    )
    width = 2 + len(side.identity)
    held: dict[bytes, list[_Held]] = defaultdict(list)
    for row in rows:
        held[row[0].encode()].append((row[1], row[2:width], row[width:]))
    return held
