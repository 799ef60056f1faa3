"""One verification: every level of every table, over the connections it is handed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from mappings.plan import Plan
from verify.departures import Departures
from verify.findings import KEPT_PER_TABLE
from verify.levels import Level
from verify.limits import NO_LIMITS, Limits, Running, Stopped
from verify.look import Look, Progress
from verify.moment import Live, Moment
from verify.ports import SourceConnection, TargetConnection
from verify.priority import Past, telling_first
from verify.progression import Course
from verify.recheck import SUSPECTS, look_again
from verify.report import Report
from verify.results import LevelResult, Unlooked
from verify.rows import Declared
from verify.task import Task, Unit, sharing

__all__ = ["Progress", "Resumption", "sharing", "verify_plan"]


@dataclass(frozen=True, kw_only=True)
class Resumption:
    """What is known of earlier looks, and who keeps what this one finds."""

    begun: Sequence[LevelResult] = ()
    """Results of the verification that is gone on with; those that are complete stand."""
    past: Mapping[tuple[str, str], Past] = field(default_factory=dict)
    """By level and table: the last time that it was looked at. Orders a look with a budget."""
    kept: Callable[[LevelResult], None] | None = None
    """Told of each level of a table that is done, and of progress within a large one; from several
    threads, one at a time."""


def verify_plan(
    plan: Plan,
    sources: Sequence[SourceConnection],
    targets: Sequence[TargetConnection],
    *,
    levels: Iterable[Level] | None = None,
    tables: Iterable[str] | None = None,
    departures: Mapping[str, Departures] | None = None,
    progress: Progress | None = None,
    using: str = "default",
    declared: Declared | None = None,
    all_rows: bool = False,
    seed: int | None = None,
    limits: Limits = NO_LIMITS,
    live: Live | None = None,
    resumption: Resumption | None = None,
) -> Report:
    """Look for reasons to disbelieve that the target holds what the source holds.

    Connections are used in pairs, one of each side, and by one thread each; with more pairs the
    ranges of a table are shared among them. `tables` are names as `Plan.table` knows them, None
    means all. `levels` are all by default, "rows" only with `declared`, which that level needs: it
    reads `all_rows`, or a sample that `seed` decides, over Django's connection `using`, in the
    calling thread, as level "questions" does. `departures` says, by name of the table plan, which
    rows differ on purpose. `limits` end it early: the report then says what was not looked at. With
    `live`, a difference is looked at again before it is a finding. `resumption` says where to go
    on. Nothing is written. Raises ValueError for an unknown table, no connection, an unknown level,
    no `declared` for level "rows" or two mappings into one table, and whatever a connection raises.
    """
    moment = Moment.of(sources, targets, departures)
    task = Task.of(
        plan,
        levels=levels,
        tables=tables,
        declared=declared,
        seed=seed,
        using=using,
        all_rows=all_rows,
    )
    return _carried_out(task, moment, limits, live, resumption or Resumption(), progress)


def _carried_out(
    task: Task,
    moment: Moment,
    limits: Limits,
    live: Live | None,
    resumption: Resumption,
    progress: Progress | None,
) -> Report:
    started, running = time.monotonic(), limits.started()
    units = list(task.units())
    places = {unit.key: place for place, unit in enumerate(units)}
    if limits.seconds is not None:
        units = telling_first(units, resumption.past, all_rows=task.all_rows)
    keep = SUSPECTS if live is not None else KEPT_PER_TABLE
    course = Course(limits=running, kept=resumption.kept, keep=keep)
    with ThreadPoolExecutor(len(moment.pairs)) as executor:
        first = _First(Look(task, moment, executor, progress), course, resumption)
        for unit in units:
            first.take(unit)
    results = first.results
    if live is not None and not running.stopped():
        results = look_again(task, results, live, running, resumption.kept)
    return Report(
        results=tuple(sorted(results.values(), key=lambda r: places[r.level, r.table])),
        levels=task.levels,
        seconds=time.monotonic() - started,
        seed=task.drawn_by,
        unlooked=tuple(sorted(first.unlooked, key=lambda u: places[u.level, u.table])),
        interrupted=running.stopped() and bool(first.unlooked or live is not None),
    )


class _First:
    """The first look at each unit, as far as the limits allow."""

    def __init__(self, look: Look, course: Course, resumption: Resumption) -> None:
        self.results: dict[tuple[Level, str], LevelResult] = {}
        self.unlooked: list[Unlooked] = []
        self._look, self._course = look, course
        self._begun = {(r.level, r.table): r for r in resumption.begun}

    def take(self, unit: Unit) -> None:
        """Look at one unit, unless that was done, or there is no time."""
        before = self._begun.get(unit.key)
        if before is not None:
            self.results[unit.key] = before
            if before.complete:
                return
        limits = self._course.limits
        if limits.over:
            self._leave(unit, limits)
            return
        course = replace(self._course, begun=before)
        try:
            result = self._look.at(unit, course)
        except Stopped:
            self._leave(unit, limits)
            return
        self.results[unit.key] = result
        if self._course.kept is not None:
            self._course.kept(result)
        if not result.complete:
            self._leave(unit, limits)

    def _leave(self, unit: Unit, limits: Running) -> None:
        begun = self.results.get(unit.key)
        if begun is not None and begun.until is not None:
            beyond = ", ".join(map(str, begun.until))
            why = f"looked at up to key {beyond} only: {limits.why}"
            rows = max(0, unit.rows - (begun.source_rows or 0))
        else:
            why, rows = f"not looked at: {limits.why}", unit.rows
        self.unlooked.append(
            Unlooked(
                level=unit.level,
                table=unit.name,
                target=unit.model._meta.db_table,
                rows=rows,
                why=why,
            )
        )
