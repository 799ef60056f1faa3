"""Checksums without any order: hashes of rows, summed by bucket.

For keys that the two servers sort differently, for rows whose key the target does not hold, and
for tables without a key. The bucket comes from the hash of the key, or of the row where nothing
names it: then the table is compared as a multiset. Sums, not XOR: equal rows cancel out in XOR.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from mappings.compiler.frames import NULL
from mappings.keys import KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import pg_name, pg_text
from verify.departures import Departures
from verify.ports import SourceConnection, TargetConnection
from verify.source_side import NO_MERGE, MixedRow, SourceSide, keys_in
from verify.target_side import TargetSide, row_hash

__all__ = ["Buckets", "Sums", "expected_rows"]

_ROWS_PER_BUCKET = 500
_MOST_DIGITS = 4
"""Of a bucket's name: the sums of more buckets would fill the client's memory."""
_DIGITS = 15
"""Hex digits in one piece of a hash: 60 bits, so that both servers hold it as an integer."""
_PIECES = (1, 16)
"""Where the pieces that are summed begin: 120 bits in all."""
_KEYS_AT_ONCE = 500

Sum = tuple[int, int, int]
Sums = dict[str, Sum]
"""By bucket: rows, and the sums of the pieces of their hashes."""


class Buckets:
    """The bucket sums of one table on either side."""

    def __init__(
        self,
        table: TablePlan,
        departures: Departures,
        rows: int,
        *,
        rows_per_bucket: int = _ROWS_PER_BUCKET,
    ) -> None:
        """About so many `rows` are expected; where a row differs, its bucket is looked at again."""
        self.source = SourceSide(table, departures)
        self.target = TargetSide(table, departures)
        identity = table.identity
        self.by_identity = bool(identity and self.source.key) and all(
            c.canonical_source is not None and not c.guards for c in identity
        )
        self.digits = 1
        while self.digits < _MOST_DIGITS and rows > rows_per_bucket * 16**self.digits:
            self.digits += 1

    def source_sums(self, source: SourceConnection) -> Sums:
        """Sums of the source's rows, less those that the target rightly does not hold."""
        side, departures = self.source, self.source.departures
        if side.needs_python:
            return self._add_rows({}, self._mixed_rows(source))
        unguarded = f"NOT ({side.guard})" if side.guard else None
        sums = self._sql_sums(source, unguarded)
        special = [*departures.absent, *departures.nulled_columns] if side.key else []
        for keys in _batches(special):
            gone = self._sql_sums(source, unguarded, keys_in(side.key, keys))
            sums = combine(sums, gone, -1)
        for keys in _batches(departures.nulled_columns if side.key else ()):
            self._add_rows(sums, self._mixed_rows(source, keys_in(side.key, keys)))
        if side.guard:
            rows = self._mixed_rows(source, f"({side.guard})")
            nulled = departures.nulled_columns
            self._add_rows(sums, (row for row in rows if row.key not in nulled))
        return {bucket: s for bucket, s in sums.items() if s != (0, 0, 0)}

    def target_sums(self, target: TargetConnection) -> Sums:
        """Sums of the target's rows."""
        side = self.target
        b = row_hash(side.identity_text() if self.by_identity else side.text())
        integer = f"::bit({4 * _DIGITS})::bigint"
        pieces = ", ".join(f"sum(('x' || substr(h, {at}, {_DIGITS})){integer})" for at in _PIECES)
        bucket = f"left({b}, {self.digits}) AS b, " if self.by_identity else ""
        named = "b" if self.by_identity else f"left(h, {self.digits})"
        # OFFSET 0 keeps PostgreSQL from pulling the subquery up, and hashing at each mention.
        rows = target.rows(
            f"SELECT {named}, count(*), {pieces} FROM (SELECT {bucket}{row_hash(side.text())} AS h"
            f" FROM {side.from_} {side.where()} OFFSET 0) q GROUP BY 1"
        )
        return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in rows}

    def choose(self, buckets: Sequence[str], text: str) -> str:
        """SQL of either server: the hash of `text`, in hex, belongs to one of the buckets."""
        names = ", ".join(f"'{bucket}'" for bucket in buckets)
        return f"left({text}, {self.digits}) IN ({names})"

    def source_rows(
        self, source: SourceConnection, buckets: Sequence[str], *, merged: bool = False
    ) -> Iterator[MixedRow]:
        """Rows of these buckets that the target should hold; column by column unless `merged`."""
        side = self.source
        chosen = None
        if self.by_identity or not (side.needs_python or side.guard or side.departures.nulled):
            text = side.identity_text() if self.by_identity else side.text()
            chosen = self.choose(buckets, f"SHA2({text}, 256)")
        wanted = set(buckets)
        for row in self._mixed_rows(source, chosen, merged=merged):
            if self._bucket(row) in wanted:
                yield row

    def _mixed_rows(
        self, source: SourceConnection, *predicates: str | None, merged: bool = True
    ) -> Iterator[MixedRow]:
        """Rows as Python sees them, without those that the target rightly does not hold."""
        side, absent = self.source, self.source.departures.absent
        identity = [side.identity_text()] if self.by_identity else []
        where = side.where(*predicates)
        for row, more in side.mixed_rows(source, where, merged=merged, more=identity):
            if row.key is None or row.key not in absent:
                yield row.named(more[0]) if more else row

    def _bucket(self, row: MixedRow) -> str:
        text = row.identity if self.by_identity else row.text
        return hashlib.sha256(text or NULL).hexdigest()[: self.digits]

    def _add_rows(self, sums: Sums, rows: Iterable[MixedRow]) -> Sums:
        for row in rows:
            bucket = self._bucket(row)
            count, a, b = sums.get(bucket, (0, 0, 0))
            text = row.text
            if text is not None:
                digest = hashlib.sha256(text).hexdigest()
                first, second = (int(digest[at - 1 : at - 1 + _DIGITS], 16) for at in _PIECES)
                a, b = a + first, b + second
            sums[bucket] = (count + 1, a, b)
        return sums

    def _sql_sums(self, source: SourceConnection, *predicates: str | None) -> Sums:
        side = self.source
        pieces = ", ".join(
            f"SUM(CAST(CONV(SUBSTR(h, {at}, {_DIGITS}), 16, 10) AS UNSIGNED))" for at in _PIECES
        )
        digest = f"SHA2({side.text()}, 256) AS h"
        if self.by_identity:
            digest += f", LEFT(SHA2({side.identity_text()}, 256), {self.digits}) AS b"
        named = "b" if self.by_identity else f"LEFT(h, {self.digits})"
        rows = source.rows(
            f"SELECT {named}, COUNT(*), {pieces} FROM (SELECT {digest} FROM {side.from_}"
            f" {side.where(*predicates)} {NO_MERGE}) q GROUP BY 1"
        )
        return {
            # A hash that MySQL could not make has no bucket, and matches nothing.
            (bucket or b"?").decode(): (int(count or 0), int(a or 0), int(b or 0))
            for bucket, count, a, b in rows
        }


def expected_rows(table: TablePlan, target: TargetConnection) -> int:
    """About how many rows there are to put into buckets, by what is known of either side.

    MySQL has no estimate for a view: with too few buckets, one that differs would be millions of
    rows in memory.
    """
    name = pg_text(pg_name(table.target))
    held = target.rows(f"SELECT reltuples::bigint FROM pg_class WHERE oid = {name}::regclass")
    known = max(table.source.rows_estimate, int(held[0][0]) if held else 0)
    if known > 0:
        return known
    return int(target.rows(f"SELECT count(*) FROM {pg_name(table.target)}")[0][0])


def combine(left: Sums, right: Sums, sign: int) -> Sums:
    """Bucket by bucket, left + sign * right."""
    found = dict(left)
    for bucket, (count, a, b) in right.items():
        had = found.get(bucket, (0, 0, 0))
        found[bucket] = (had[0] + sign * count, had[1] + sign * a, had[2] + sign * b)
    return found


def _batches(keys: Iterable[KeyValue]) -> Iterator[list[KeyValue]]:
    rest = iter(keys)
    while batch := list(islice(rest, _KEYS_AT_ONCE)):
        yield batch
