"""Checksums by key ranges: one hash per range and side, over rows in the order of the key.

For tables whose key is all integers and is held in the target as it is: there both sides sort
alike. Where the hashes differ, rows are hashed one by one (`verify.drill`).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass

from mappings.keys import KeyRange, KeyValue
from mappings.plan import TablePlan
from verify.chunks import MOST_ROWS, RangePlanner
from verify.departures import Departures, ordered
from verify.guarded import guarded_texts, with_texts
from verify.ports import Pair, SourceConnection, TargetConnection
from verify.source_side import MixedRow, SourceSide, full_key, keys_in
from verify.target_side import TargetSide, row_hash

__all__ = ["Outcome", "Ranges", "sorts_alike"]

_MOST_TARGET_ROWS = 2 * MOST_ROWS
"""Rows that PostgreSQL joins for one range at most: the target may have more than the source."""

_SIZE_LIMIT = 256 * 1024 * 1024
"""Bytes that PostgreSQL joins for one range at most."""


def sorts_alike(table: TablePlan) -> bool:
    """Whether both sides hold the key as integers, never NULL: then both sort alike."""
    key = full_key(table)
    if not key or not table.identity:
        return False
    nullable = [c.nullable for k in key if (c := table.source.column(k.name)) is not None]
    return all(column.kind == "int" for column in key) and not any(nullable)


@dataclass(frozen=True)
class Side:
    """What one side says of a range."""

    rows: int
    size: int
    hash: str | None


@dataclass(frozen=True)
class Outcome:
    """What both sides say of a range, and the source keys that are not expected in the target."""

    key_range: KeyRange
    source: Side
    target: Side

    @property
    def same(self) -> bool:
        return (self.source.rows, self.source.hash) == (self.target.rows, self.target.hash)


class Ranges:
    """Compares the ranges of one table. Safe between threads."""

    def __init__(
        self,
        table: TablePlan,
        departures: Departures,
        pair: Pair,
        *,
        after: KeyValue | None = None,
    ) -> None:
        self.table = table
        self.source = SourceSide(table, departures)
        self.target = TargetSide(table, departures)
        self.planner = RangePlanner(table, pair.source.block_bytes, after=after)
        self.ordered = (table.source.engine or "").lower() != "innodb"
        """Whether MySQL must sort inside the aggregate. InnoDB reads a range in key order, as a
        rule; after a range whose rows turn out equal, all the same, it is told to."""
        self._departures = ordered(table, departures)
        self._long_rows: bool | None = None
        self._lock = threading.Lock()

    def compare(self, pair: Pair, key_range: KeyRange, executor: Executor) -> Outcome:
        """Ask both sides for the range at once."""
        wanted = self.planner.rows()
        asked = executor.submit(self._ask_target, pair.target, key_range)
        try:
            source = self._ask_source(pair.source, key_range)
        finally:
            # Also after a failure: the connection is the next one's.
            target = asked.result()
        self.planner.learn(source.rows, max(source.size, target.size), wanted)
        return Outcome(key_range, source, target)

    def source_where(self, key_range: KeyRange) -> str:
        """WHERE clause of the range's rows that the target should hold."""
        absent = self._departures.absent.within(key_range)
        gone = f"NOT ({keys_in(self.source.key, absent)})" if absent else None
        return self.source.where(key_range.sql(self.table.key), gone)

    def source_text(self, key_range: KeyRange) -> str:
        """The canonical text of the range's rows, nulled references as NULL."""
        nulled = {name: keys.within(key_range) for name, keys in self._departures.nulled.items()}
        return self.source.text(nulled)

    def _ask_source(self, source: SourceConnection, key_range: KeyRange) -> Side:
        side, where = self.source, self.source_where(key_range)
        texts: dict[KeyValue, bytes] | None = {}
        if side.guard and not side.needs_python:
            texts = guarded_texts(side, source, where)
        if texts is None or side.needs_python:
            return self._read_source(source, key_range)
        text = with_texts(side, texts, self.source_text(key_range))
        order = f"ORDER BY {', '.join(side.key_select())} " if self.ordered else ""
        count, digest = source.rows(
            f"SELECT COUNT(*), SHA2(GROUP_CONCAT({text} {order}SEPARATOR ''), 256)"
            f" FROM {side.from_} {where}"
        )[0]
        return Side(int(count or b"0"), 0, digest.decode() if digest is not None else None)

    def _read_source(self, source: SourceConnection, key_range: KeyRange) -> Side:
        order = ", ".join(self.source.key_select())
        where = f"{self.source_where(key_range)} ORDER BY {order}"
        digest, rows, size = hashlib.sha256(), 0, 0
        found: Iterable[MixedRow] = (row for row, _ in self.source.mixed_rows(source, where))
        if any(column.whole for column in self.source.columns):
            # Those with a value too long for one answer came last.
            found = sorted(found, key=lambda row: row.key or ())
        for row in found:
            text = row.text
            rows += 1
            if text is not None:
                size += len(text)
                digest.update(text)
        return Side(rows, size, digest.hexdigest() if rows else None)

    def _has_long_rows(self, target: TargetConnection) -> bool:
        with self._lock:
            if self._long_rows is None:
                longest = self.target.longest(target)
                self._long_rows = longest * _MOST_TARGET_ROWS > _SIZE_LIMIT
            return self._long_rows

    def _ask_target(self, target: TargetConnection, key_range: KeyRange) -> Side:
        side = self.target
        rows = (
            f"SELECT {side.text()} AS r FROM {side.from_} {side.where(side.within(key_range))}"
            f" ORDER BY {side.order()} LIMIT {_MOST_TARGET_ROWS}"
        )
        if self._has_long_rows(target):
            running = "sum(octet_length(r)) OVER (ROWS UNBOUNDED PRECEDING) AS z"
            rows = f"SELECT r FROM (SELECT r, {running} FROM ({rows}) q) q WHERE z <= {_SIZE_LIMIT}"
        joined = "string_agg(r, '')"
        count, size, digest = target.rows(
            f"SELECT count(*), octet_length({joined}), {row_hash(joined)} FROM ({rows}) q"
        )[0]
        return Side(int(count), size or 0, digest)
