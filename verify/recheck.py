"""On a source that is written to, a difference is looked at again before it is a finding.

What was on its way when both sides were read is the same on both sides later on. So every
suspicion is looked at again, over fresh connections and after a pause: rows that a key names by
exactly these keys, everything else by the level of the table as a whole. What is gone is in
flight. What is still there, and for the same value of the source, is a finding. What differs in
another way than before was written to meanwhile, and is looked at once more; a row that never
comes to rest is in flight too, and is told as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from verify.again import named_again, named_by_keys
from verify.findings import INFORMATION, KEPT_PER_TABLE, Finding, FindingLog, Kind
from verify.levels import Level
from verify.limits import Running
from verify.look import Look
from verify.moment import Live, Moment
from verify.progression import Course
from verify.results import LevelResult
from verify.task import Task, Unit

__all__ = ["SUSPECTS", "look_again"]

SUSPECTS = 10_000
"""Rows of one table and level that are looked at again by their keys; with more of them, the level
is looked at again as a whole."""
_ROUNDS = 3
_SHOWN = 20
"""Keys in flight that a result names."""

_OF_NUMBERS: tuple[Kind, ...] = ("missing", "extra")

Results = dict[tuple[Level, str], LevelResult]


def look_again(
    task: Task,
    results: Results,
    live: Live,
    limits: Running,
    kept: Callable[[LevelResult], None] | None,
) -> Results:
    """The results with only what persists; what does not is counted as in flight.

    Waits at most three times, however long `live.settle` takes, and not at all where nothing was
    suspicious. A signal to stop leaves what is still suspicious as it is.
    """
    units = {unit.key: unit for unit in task.units()}
    open_ = [_Suspicion(units[key], r) for key, r in results.items() if not r.ok]
    found = dict(results)
    for _ in range(_ROUNDS):
        if not open_ or limits.stopped():
            break
        live.settle()
        if limits.stopped():
            # Too early to tell.
            break
        with live.moment() as moment, ThreadPoolExecutor(len(moment.pairs)) as executor:
            for suspicion in open_:
                suspicion.look(task, moment, executor)
        open_ = [suspicion for suspicion in open_ if _settled(suspicion, found, kept)]
    for suspicion in open_:
        if not limits.stopped():
            suspicion.give_up()
        _settled(suspicion, found, kept)
    for key, result in found.items():
        if _count_explained(result, found):
            found[key] = replace(result, findings=(), totals={}, in_flight=1)
            if kept is not None:
                kept(found[key])
    return found


def _count_explained(result: LevelResult, found: Results) -> bool:
    """Whether the rows of a table agree one by one whose numbers differ: one side was ahead."""
    hashed = found.get(("checksums", result.table))
    if result.level != "counts" or result.ok or hashed is None or not hashed.complete:
        return False
    return not any(hashed.totals.get(kind) for kind in _OF_NUMBERS)


def _settled(
    suspicion: _Suspicion, found: Results, kept: Callable[[LevelResult], None] | None
) -> bool:
    """Take over what is known by now; returns whether more is to be looked at."""
    found[suspicion.unit.key] = suspicion.result()
    if kept is not None:
        kept(found[suspicion.unit.key])
    return bool(suspicion.open)


@dataclass
class _Suspicion:
    """What one level found of one table, until it is a finding or in flight."""

    unit: Unit
    first: LevelResult
    open: list[Finding] = field(default_factory=list)
    sure: list[Finding] = field(default_factory=list)
    gone: list[Finding] = field(default_factory=list)
    gone_more: int = 0
    """Beyond those that were kept."""
    whole: LevelResult | None = None
    """The latest look at the level of the table as a whole."""

    def __post_init__(self) -> None:
        self.open = [f for f in self.first.findings if f.kind not in INFORMATION]
        if self.first.wrong <= len(self.open) and (
            self._asks or named_by_keys(self.unit, self.open)
        ):
            return
        if self.first.complete:
            self.whole = self.first
        else:
            # The level as a whole is what there was no time for.
            self.open, self.sure = [], self.open

    @property
    def _asks(self) -> bool:
        """Whether it is of answers: asked anew as a whole, and known again one by one."""
        return self.first.level == "questions" and self.first.complete

    def look(self, task: Task, moment: Moment, executor: Executor) -> None:
        """Look once more at what is open."""
        if self.whole is None and self._asks:
            asked = Look(task, moment, executor).at(self.unit, Course(keep=SUSPECTS))
            self._by_keys(asked.findings)
            return
        if self.whole is None:
            self._by_keys(list(named_again(task, self.unit, moment, self.open)))
            return
        now = Look(task, moment, executor).at(self.unit, Course(keep=SUSPECTS))
        before, self.whole = self.whole, now
        # What a level says as a whole, it says in its totals: moving numbers are looked at again.
        if now.ok or _said(now) == _said(before):
            self._end(now)
        else:
            self.open = [f for f in now.findings if f.kind not in INFORMATION]

    def _by_keys(self, now: Iterable[Finding]) -> None:
        held: dict[tuple[Any, ...], Finding] = {}
        for finding in now:
            for name in _names(finding):
                held[name] = finding
        still = []
        for before in self.open:
            found = next((held[name] for name in _names(before) if name in held), None)
            if found is None:
                self.gone.append(before)
            elif _same(before, found):
                self.sure.append(found)
            else:
                still.append(found)
        self.open = still

    def _end(self, now: LevelResult) -> None:
        stays = {name for finding in now.findings for name in _names(finding)}
        before = [f for f in self.first.findings if f.kind not in INFORMATION]
        fewer = max(0, self.first.wrong - now.wrong)
        self.gone = [f for f in before if not stays & set(_names(f))][:fewer]
        self.gone_more = fewer - len(self.gone)
        self.sure = [f for f in now.findings if f.kind not in INFORMATION]
        self.open = []

    def give_up(self) -> None:
        """What is open by now never comes to rest: it is in flight."""
        self.gone += self.open
        if self.whole is not None:
            self.gone_more = max(0, self.whole.wrong - len(self.open))
        self.open, self.whole = [], None

    def result(self) -> LevelResult:
        """The result as far as it is known: what is open still counts as found."""
        informed = [f for f in self.first.findings if f.kind in INFORMATION]
        log = FindingLog(KEPT_PER_TABLE)
        for finding in (*self.sure, *self.open):
            log.add(finding)
        totals = log.totals
        base = self.first
        if self.whole is not None:
            base = self.whole
            totals = Counter({k: n for k, n in base.totals.items() if k not in INFORMATION})
        elif self.sure and not self.first.complete and not self.gone:
            totals = Counter({k: n for k, n in base.totals.items() if k not in INFORMATION})
        for kind in INFORMATION:
            if number := self.first.totals.get(kind):
                totals[kind] = number
        keys = [f.key or f.target_key for f in self.gone]
        return replace(
            base,
            findings=(*log.kept, *informed),
            totals=totals,
            in_flight=len(self.gone) + self.gone_more,
            in_flight_keys=tuple(key for key in keys if key)[:_SHOWN],
        )


def _names(finding: Finding) -> list[tuple[Any, ...]]:
    """By what the same row is known again: its key on either side."""
    names: list[tuple[Any, ...]] = []
    # A parent may have several counters that drifted, a row is mismatched once.
    which = finding.columns if finding.kind == "drifted" else ()
    if finding.at is not None:
        names.append(("source", finding.at, which))
    if finding.target_key:
        names.append(("target", tuple(map(str, finding.target_key)), which))
    if finding.kind == "answer_differs":
        # The number of its row moves with rows before it.
        names.append((finding.kind, finding.columns, tuple(map(repr, finding.source_values))))
    if finding.at is None and not finding.target_key:
        names.append((finding.kind, finding.columns, finding.detail))
    return names


def _same(before: Finding, now: Finding) -> bool:
    """Whether it is the same difference: a row that is written to meanwhile has another one."""
    said = before.columns, before.kind, tuple(map(repr, before.source_values))
    return said == (now.columns, now.kind, tuple(map(repr, now.source_values)))


def _said(result: LevelResult) -> tuple[Any, ...]:
    if result.level == "counts":
        return (result.source_rows, result.target_rows, result.surplus)
    return tuple(sorted((kind, n) for kind, n in result.totals.items() if kind not in INFORMATION))
