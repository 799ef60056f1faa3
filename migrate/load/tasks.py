"""The tables still to load and whose chunk is next: shared by all workers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from mappings.plan import TablePlan
from mappings.proof import ProofForm
from migrate.extract.ranges import NumberedRange, Ranges
from migrate.load.chunk import ChunkResult
from migrate.load.sink import Sink
from migrate.source import Source

__all__ = ["Task", "Tasks"]


@dataclass
class Task:
    """One table that is being loaded."""

    table: TablePlan
    table_id: int
    ranges: Ranges
    sink: Sink
    form: ProofForm | None = None
    """How its rows are hashed, where a proof is asked for."""
    careful: bool = False
    """PostgreSQL has refused a row of this table: ask before sending."""
    given: int = 0
    committed: int = 0
    exhausted: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def done(self, result: ChunkResult) -> None:
        """Count a chunk as committed."""
        with self._lock:
            self.committed += 1

    def give(self, source: Source) -> NumberedRange | None:
        """The table's next range, or None when all are given out."""
        found = self.ranges.next(source)
        with self._lock:
            if found is None:
                self.exhausted = True
            else:
                self.given += 1
        return found

    @property
    def finished(self) -> bool:
        """Whether every range was given out and committed."""
        with self._lock:
            return self.exhausted and self.given == self.committed


class Tasks:
    """Gives out chunks, table after table, in the order of the plan."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.all = tuple(tasks)
        self._left = list(tasks)
        self._lock = threading.Lock()

    def next(self, source: Source) -> tuple[Task, NumberedRange] | None:
        """The next chunk of any table, or None when there is none left."""
        while True:
            with self._lock:
                if not self._left:
                    return None
                task = self._left[0]
            given = task.give(source)
            if given is not None:
                return task, given
            with self._lock:
                if self._left and self._left[0] is task:
                    self._left.pop(0)
