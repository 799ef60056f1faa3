"""Cut a table with an integer key into ranges of about so many bytes, as verification goes on.

Ranges are open at both ends of the table, so that no row, on either side, falls outside.
"""

from __future__ import annotations

import threading

from mappings.keys import KeyRange, KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import all_of, source_column
from verify.ports import SourceConnection

__all__ = ["MOST_ROWS", "RangePlanner"]

MOST_ROWS = 32_768
"""Rows in one range at most: that many hashes are held when a range differs."""

_FILL = 0.7
"""Of `block_bytes`, what a range aims at: rows vary, and a cut block costs a second look."""


class RangePlanner:
    """Hands out the ranges of one table, one after the other, to any number of threads.

    While integers are mostly in use, a range is arithmetic. Once a range turns out sparse, the
    next ones are found by asking the source for the key so many rows on.
    """

    def __init__(
        self, table: TablePlan, block_bytes: int, *, after: KeyValue | None = None
    ) -> None:
        """`after`: the key up to which the table is done already; None: from its start."""
        self._table = table
        self._bytes = block_bytes * _FILL
        self._lock = threading.Lock()
        self._row_bytes = self._guess()
        self._after: KeyValue | None = after
        self._greatest: int | None = None
        first = table.key[0] if len(table.key) == 1 else None
        self._arithmetic = first is not None and first.kind == "int" and first.dense
        self._done = False

    def rows(self) -> int:
        """How many rows the next range aims at."""
        return max(1, min(MOST_ROWS, int(self._bytes / self._row_bytes)))

    def learn(self, rows: int, size: int, wanted: int) -> None:
        """Take in what a finished range held, of the `wanted` rows it was cut for."""
        with self._lock:
            if rows:
                self._row_bytes = max(1.0, size / rows)
            if rows * 4 < wanted:
                self._arithmetic = False

    def next(self, source: SourceConnection) -> KeyRange | None:
        """The next range, or None at the end."""
        with self._lock:
            if self._done:
                return None
            until = self._step(source) if self._arithmetic else self._probe(source)
            found = KeyRange(after=self._after, until=until)
            self._after, self._done = until, until is None
            return found

    def _guess(self) -> float:
        table = self._table.source
        known = table.bytes_estimate / table.rows_estimate if table.rows_estimate else 0
        return max(200.0, known * 1.2)

    def _step(self, source: SourceConnection) -> KeyValue | None:
        start = 0
        if self._greatest is None:
            key = source_column(self._table.key[0].name)
            sql = f"SELECT MIN({key}), MAX({key}) FROM {self._table.source.own}"
            least, greatest = source.rows(sql)[0]
            if least is None or greatest is None:
                return None
            self._greatest = int(greatest)
            start = int(least) - 1
        if self._after is not None:
            start = int(self._after[0])
        until = start + self.rows()
        return None if until >= self._greatest else (until,)

    def _probe(self, source: SourceConnection) -> KeyValue | None:
        key = self._table.key
        order = ", ".join(source_column(column.name) for column in key)
        beyond = all_of([KeyRange(after=self._after).sql(key)])
        rows = source.rows(
            f"SELECT {', '.join(c.select() for c in key)} FROM {self._table.source.own}"
            f" WHERE {beyond} ORDER BY {order} LIMIT 1 OFFSET {self.rows() - 1}"
        )
        return tuple(c.value(v or b"") for c, v in zip(key, rows[0], strict=True)) if rows else None
