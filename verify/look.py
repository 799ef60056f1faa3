"""One look: the connections of one moment, turned on one level of one table at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from mappings.plan import TablePlan
from verify.checksums import check_checksums
from verify.counters import check_counters
from verify.counts import check_counts
from verify.database import check_database
from verify.departures import NONE
from verify.levels import Level
from verify.limits import Stopped
from verify.moment import Moment
from verify.progression import Course
from verify.questions import check_questions
from verify.results import LevelResult
from verify.rows import check_rows
from verify.task import Task, Unit

__all__ = ["Look", "Progress"]

Progress = Callable[[Level, str, int], None]
"""Told of level, table and rows just done; from several threads."""


class Look:
    """Looks at units of one task. `executor` has as many threads as the moment has pairs."""

    def __init__(
        self, task: Task, moment: Moment, executor: Executor, progress: Progress | None = None
    ) -> None:
        self.task, self.moment, self.executor = task, moment, executor
        self.pair = moment.pairs[0]
        self._progress = progress

    def at(self, unit: Unit, course: Course) -> LevelResult:
        """What there is to find. Raises `Stopped`, and what a connection raises."""
        table = unit.table
        if unit.level == "database" or table is None:
            return check_database(unit.name, unit.model, self.pair.target, table)
        excused = self.moment.excused(table)
        if unit.level == "counts":
            return check_counts(table, self.pair, excused, self.executor)
        if unit.level == "checksums":
            tell = self._teller(unit.level, table)
            pairs = self.moment.pairs
            return check_checksums(table, pairs, excused, self.executor, tell, course)
        if unit.level == "counters":
            return check_counters(table, self.pair, self.task.using)
        if unit.level == "questions":
            return check_questions(table, self.pair, excused, self.task.using)
        return self._rows(table, course)

    def _rows(self, table: TablePlan, course: Course) -> LevelResult:
        task = self.task
        assert task.declared is not None
        tell = self._teller("rows", table)

        def told(rows: int) -> None:
            tell(rows)
            if course.limits.over:
                raise Stopped

        return check_rows(
            task.declared,
            table,
            self.pair.source,
            self.moment.departures.get(table.name, NONE),
            using=task.using,
            seed=task.seed,
            all_rows=task.all_rows,
            keep=course.keep,
            progress=told,
        )

    def _teller(self, level: Level, table: TablePlan) -> Callable[[int], None]:
        def tell(rows: int) -> None:
            if self._progress is not None:
                self._progress(level, table.name, rows)

        return tell
