"""Cut a table into chunks: key ranges of about one block each, given out one at a time.

A single integer key is cut by arithmetic, so that no row is read just to find the cuts; where it
has holes, and for any other key, a probe of the index says where. The step adapts to the bytes of
the blocks that came back, never to row counts: memory stays flat on wide tables. The last range is
open-ended.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from mappings.keys import KeyRange, KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import my_name
from migrate.source import Source

__all__ = ["DoneChunk", "NumberedRange", "Ranges"]

_FIRST_ROWS = 200
_MOST_ROWS = 500_000
_GROWTH = 4
_DENSE = 0.1
"""Rows per unit of an integer key below which arithmetic might cut far too much at once."""


@dataclass(frozen=True, kw_only=True)
class DoneChunk:
    """A chunk that the ledger says is in the target."""

    ordinal: int
    rows: KeyRange


@dataclass(frozen=True, kw_only=True)
class NumberedRange:
    """A range given out, with its place in the order of the table."""

    ordinal: int
    rows: KeyRange


class Ranges:
    """The chunks of one table that are still to do. Safe to use from several threads."""

    def __init__(self, table: TablePlan, block_bytes: int, done: Iterable[DoneChunk] = ()) -> None:
        self.table = table
        self._block_bytes = block_bytes
        self._lock = threading.Lock()
        self._again, self._after, self._ordinal, self._exhausted = _left(done)
        self._after_start = 0
        self._max: int | None = None
        self._probed = False
        self._rows = float(_FIRST_ROWS)
        self._density = 1.0
        """Rows per unit of an integer key. The server's statistics may be years old: a table
        begins with a small dense range, and what comes back tells."""

    def next(self, source: Source) -> NumberedRange | None:
        """Give out the next range, or None when all of the table has been given out."""
        with self._lock:
            if self._again:
                return self._again.pop(0)
            if self._exhausted:
                return None
            until = self._bound(source)
            found = NumberedRange(
                ordinal=self._ordinal, rows=KeyRange(after=self._after, until=until)
            )
            self._ordinal += 1
            self._after = until
            self._exhausted = until is None
            return found

    def feed_back(self, given: NumberedRange, rows: int, size: int) -> None:
        """Tell what a range turned out to hold, in rows and bytes of COPY text."""
        with self._lock:
            if size:
                wanted = self._block_bytes * 0.75 * rows / size
            else:
                # Left out by the mapping, or a hole: of its rows, a hole says nothing.
                wanted = self._rows * (1 if self.table.where is None else _GROWTH)
            self._rows = max(1.0, min(wanted, self._rows * _GROWTH, float(_MOST_ROWS)))
            after, until = given.rows.after, given.rows.until
            if after and until and isinstance(after[0], int) and isinstance(until[0], int):
                span = max(1, until[0] - after[0])
                # An empty range says only that rows are rarer than thought.
                self._density = rows / span if rows else self._density / _GROWTH

    def _bound(self, source: Source) -> KeyValue | None:
        key = self.table.key
        if not key:
            return None
        if len(key) == 1 and key[0].kind == "int" and key[0].dense:
            return self._arithmetic(source)
        return self._probe(source)

    def _arithmetic(self, source: Source) -> KeyValue | None:
        if not self._probed:
            self._probed = True
            column = my_name(self.table.key[0].name)
            query = f"SELECT MIN({column}), MAX({column}) FROM {self.table.source.own}"
            low, high = source.rows(query)[0]
            if low is None or high is None:
                return None
            self._max = int(high)
            if self._after is None:
                self._after_start = int(low) - 1
        if self._max is None:
            return None
        if self._density < _DENSE:
            return self._probe(source)
        start = self._after[0] if self._after else self._after_start
        step = max(1, int(self._rows / self._density))
        until = int(start) + step
        return (until,) if until < self._max else None

    def _probe(self, source: Source) -> KeyValue | None:
        key = self.table.key
        columns = ", ".join(f"s.{my_name(column.name)}" for column in key)
        selects = ", ".join(column.select() for column in key)
        rest = KeyRange(after=self._after).sql(key)
        rows = source.rows(
            f"SELECT {selects} FROM {self.table.source.own} WHERE {rest}"
            f" ORDER BY {columns} LIMIT 1 OFFSET {int(self._rows)}"
        )
        if not rows:
            return None
        return tuple(k.value(v or b"") for k, v in zip(key, rows[0], strict=True))


def _left(
    done: Iterable[DoneChunk],
) -> tuple[list[NumberedRange], KeyValue | None, int, bool]:
    """Gaps between the chunks done, the key after the last of them, and whether it was the end.

    Ranges are given out side by side, so what lies between two chunks that are done is exactly
    what was under way when the run stopped.
    """
    chunks = sorted(done, key=lambda chunk: chunk.ordinal)
    gaps: list[NumberedRange] = []
    after: KeyValue | None = None
    expected = 0
    for chunk in chunks:
        if chunk.ordinal > expected:
            rows = KeyRange(after=after, until=chunk.rows.after)
            gaps.append(NumberedRange(ordinal=expected, rows=rows))
        after, expected = chunk.rows.until, chunk.ordinal + 1
    return gaps, after, expected, bool(chunks) and after is None
