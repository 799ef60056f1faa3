"""How far the ranges of a table are done without a gap, whichever worker ends first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mappings.keys import KeyRange, KeyValue
from verify.findings import KEPT_PER_TABLE, Finding, FindingLog
from verify.limits import NO_LIMITS, Running
from verify.results import LevelResult

__all__ = ["Course", "Progression"]

_SECONDS = 5.0
"""Between two times that progress within a table is told."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """How one level of one table is to be looked at."""

    limits: Running = field(default_factory=NO_LIMITS.started)
    begun: LevelResult | None = None
    """What an earlier look found before it was stopped."""
    kept: Callable[[LevelResult], None] | None = None
    """Told of progress within the table now and then, from several threads, one at a time."""
    keep: int = KEPT_PER_TABLE
    """So many findings are kept."""

    def log(self) -> FindingLog:
        """An empty log, or one with what was found before."""
        if self.begun is None:
            return FindingLog(self.keep)
        return FindingLog(self.keep, kept=self.begun.findings, totals=self.begun.totals)


class Progression:
    """Takes finished ranges in any order; counts only those that all earlier ones are done of.

    So whoever goes on from `until` neither leaves out a range nor finds a row twice.
    """

    def __init__(self, course: Course, log: FindingLog) -> None:
        begun = course.begun
        self.until: KeyValue | None = begun.until if begun else None
        self.rows = (begun.source_rows or 0) if begun else 0
        self.ranges = begun.chunks if begun else 0
        self.complete = False
        self._log = log
        self._waiting: dict[KeyValue | None, tuple[KeyRange, int, Sequence[Finding]]] = {}
        self._lock = threading.Lock()
        self._told = time.monotonic()

    def finish(
        self,
        key_range: KeyRange,
        rows: int,
        findings: Sequence[Finding],
        tell: Callable[[], None],
    ) -> None:
        """Take one range; `tell` is called when it is time to say how far it is."""
        with self._lock:
            self._waiting[key_range.after] = key_range, rows, findings
            while (ready := self._waiting.pop(self.until, None)) and not self.complete:
                done, number, found = ready
                for finding in found:
                    self._log.add(finding)
                self.rows, self.ranges = self.rows + number, self.ranges + 1
                self.until, self.complete = done.until, done.until is None
            if time.monotonic() - self._told >= _SECONDS:
                self._told = time.monotonic()
                tell()
