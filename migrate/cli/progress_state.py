"""How far a run is: events added up, for whichever form of progress shows it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from migrate.events import ChunkLoaded, RunStarted, TableFinished

__all__ = ["RunProgress", "TableProgress"]


@dataclass(kw_only=True)
class TableProgress:
    """One table under way. What is expected is the server's estimate, corrected as rows come."""

    name: str
    expected_rows: int
    weight: int
    """Its share of the whole, in estimated bytes."""
    rows: int = 0
    bytes: int = 0
    finished: bool = False
    started: float = 0.0

    @property
    def total(self) -> int:
        """Rows in all, as far as known: an estimate can be too low."""
        return self.rows if self.finished else max(self.expected_rows, self.rows)

    @property
    def done(self) -> float:
        """The share of the table that is loaded, never 1 before its end."""
        if self.finished:
            return 1.0
        return min(self.rows / self.total, 0.99) if self.total else 0.0


@dataclass
class RunProgress:
    """A run under way."""

    clock: Callable[[], float] = time.monotonic
    tables: dict[str, TableProgress] = field(default_factory=dict)
    started: float = 0.0
    ended: float | None = None
    """When the last table was finished: what comes after it is no loading."""

    def start(self, event: RunStarted) -> None:
        self.started = self.clock()
        for totals in event.tables:
            # A small table takes its time, too: nothing weighs less than 64 KiB.
            self.tables[totals.name] = TableProgress(
                name=totals.name,
                expected_rows=totals.extracted,
                weight=max(totals.bytes, 64 * 1024),
            )

    def add(self, event: ChunkLoaded) -> TableProgress:
        table = self._table(event.table)
        if not table.started:
            table.started = self.clock()
        table.rows += event.extracted
        table.bytes += event.bytes
        return table

    def finish(self, event: TableFinished) -> TableProgress:
        table = self._table(event.totals.name)
        table.finished = True
        if all(each.finished for each in self.tables.values()):
            self.ended = self.clock()
        return table

    @property
    def seconds(self) -> float:
        return max(self.clock() - self.started, 0.001)

    @property
    def loading_seconds(self) -> float:
        """Seconds that rows were loaded in, to divide them by."""
        return self.seconds if self.ended is None else max(self.ended - self.started, 0.001)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    @property
    def bytes(self) -> int:
        return sum(table.bytes for table in self.tables.values())

    @property
    def done(self) -> float:
        """The share of the whole that is loaded."""
        weights = sum(table.weight for table in self.tables.values())
        loaded = sum(table.done * table.weight for table in self.tables.values())
        return loaded / weights if weights else 1.0

    @property
    def seconds_left(self) -> float | None:
        """None until there is something to judge by."""
        done = self.done
        return self.seconds * (1 - done) / done if done > 0.005 else None

    def _table(self, name: str) -> TableProgress:
        return self.tables.setdefault(name, TableProgress(name=name, expected_rows=0, weight=65536))
