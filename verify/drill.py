"""Inside a range that differs: rows are hashed one by one on both sides, and matched by key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mappings.keys import KeyRange, KeyValue
from verify.chunks import MOST_ROWS
from verify.ports import Pair
from verify.ranges import Ranges
from verify.source_side import HASH_DIGITS
from verify.target_side import row_hash

__all__ = ["DifferingRow", "differing_in_range", "short_hash"]


@dataclass(frozen=True)
class DifferingRow:
    """A row whose hashes differ, or that one side lacks."""

    key: KeyValue | None
    """The source key; None: not in the source."""
    identity: tuple[Any, ...] | None
    """Values of the target's columns that hold the source key; None: not in the target."""
    pk: tuple[str, ...] | None
    """The target's primary key as texts; None: not in the target."""


def short_hash(text: bytes) -> str:
    """The part of a row's hash that is compared, as both servers make it."""
    return hashlib.sha256(text).hexdigest()[:HASH_DIGITS]


def differing_in_range(ranges: Ranges, pair: Pair, key_range: KeyRange) -> Iterator[DifferingRow]:
    """Rows of the range that differ, those held by the target in key order, then the missing.

    Memory: the hashes of the source's rows, of which a range has so many, and of one page of the
    target's.
    """
    left = _source_hashes(ranges, pair, key_range)
    width = len(ranges.table.identity)
    page_range = key_range
    while True:
        page = pair.target.rows(_page_sql(ranges, page_range))
        for row in page:
            identity, pk = row[:width], row[width:-1]
            key: KeyValue = () if None in identity else tuple(map(int, identity))
            if key not in left:
                yield DifferingRow(None, identity, pk)
            elif left.pop(key) != row[-1]:
                yield DifferingRow(key, identity, pk)
        # Rows whose key is NULL come last.
        if len(page) < MOST_ROWS or None in page[-1][:width]:
            break
        page_range = KeyRange(after=tuple(map(int, page[-1][:width])), until=key_range.until)
    for key in left:
        yield DifferingRow(key, None, None)


def _page_sql(ranges: Ranges, key_range: KeyRange) -> str:
    side = ranges.target
    digest = f"left({row_hash(side.text())}, {HASH_DIGITS})"
    fields = [*side.identity, *(f"{column}::text" for column in side.pk), digest]
    return (
        f"SELECT {', '.join(fields)} FROM {side.from_} {side.where(side.within(key_range))}"
        f" ORDER BY {side.order()} LIMIT {MOST_ROWS}"
    )


def _source_hashes(ranges: Ranges, pair: Pair, key_range: KeyRange) -> dict[KeyValue, str | None]:
    """Hash by key; None for a row that no target can hold."""
    side = ranges.source
    found: dict[KeyValue, str | None] = {}
    if side.needs_python or side.guard:
        for row, _ in side.mixed_rows(pair.source, ranges.source_where(key_range)):
            if row.key is not None:
                found[row.key] = None if row.text is None else short_hash(row.text)
        return found
    digest = f"LEFT(SHA2({ranges.source_text(key_range)}, 256), {HASH_DIGITS})"
    sql = f"SELECT {', '.join((*side.key_select(), digest))} FROM {side.from_}"
    for fields in pair.source.rows(f"{sql} {ranges.source_where(key_range)}"):
        key = side.read_key(fields[:-1])
        if key is not None:
            found[key] = fields[-1].decode() if fields[-1] is not None else None
    return found
