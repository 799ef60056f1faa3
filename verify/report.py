"""The report: what was looked at, what was found, as JSON and as lines for people.

`to_json()` is version 1 of the schema in docs/verification.md; a change of meaning raises it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from verify.damage import Damage, damage_of
from verify.findings import Finding, Kind
from verify.levels import BLIND_SPOTS, CATCHES, SAMPLE, Level
from verify.results import CounterSummary, LevelResult, Unlooked

__all__ = ["SCHEMA_VERSION", "CounterSummary", "LevelResult", "Report", "Unlooked", "Verdict"]

SCHEMA_VERSION = 1
_SHOWN = 20
"""Findings of one table and level that people are shown; the JSON has all that were kept."""

Verdict = Literal["clean", "clean as far as looked", "findings"]


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything one verification found."""

    results: tuple[LevelResult, ...]
    levels: tuple[Level, ...]
    seconds: float
    seed: int | None = None
    """What decided the sample of rows; None without one."""

    unlooked: tuple[Unlooked, ...] = ()
    """What was left when the time was up, or when it was stopped."""
    interrupted: bool = False
    """Whether it was stopped by a signal."""

    @property
    def ok(self) -> bool:
        """Whether all was looked at, and no level of any table found a failure."""
        return self.verdict == "clean"

    @property
    def sound(self) -> bool:
        """Whether no failure was found, as far as was looked."""
        return all(result.ok for result in self.results)

    @property
    def complete(self) -> bool:
        """Whether everything that was asked for was looked at."""
        return not self.unlooked and not self.interrupted

    @property
    def verdict(self) -> Verdict:
        """`findings` wins; what was left out is never clean."""
        if not self.sound:
            return "findings"
        return "clean" if self.complete else "clean as far as looked"

    @property
    def levels_in_use(self) -> tuple[Level, ...]:
        """The levels that have something to look at: not every project asks questions."""
        used = {r.level for r in self.results} | {u.level for u in self.unlooked}
        return tuple(level for level in self.levels if level in used)

    @property
    def damage(self) -> Damage:
        """What is wrong, each row once, however many levels have found it."""
        return damage_of(self.results)

    @property
    def in_flight(self) -> int:
        """Differences that were gone, or other ones, when they were looked at again."""
        return sum(result.in_flight for result in self.results)

    @property
    def totals(self) -> Counter[Kind]:
        """How many findings there are of each kind, kept or not."""
        found: Counter[Kind] = Counter()
        for result in self.results:
            found.update(result.totals)
        return found

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that were kept."""
        return tuple(finding for result in self.results for finding in result.findings)

    @property
    def left_unseen(self) -> tuple[str, ...]:
        """Lines that say what no level of these has looked at, and how it can be looked at."""
        told = [f"{u.level} of {u.table}: {u.why}, about {u.rows:,} rows" for u in self.unlooked]
        told += [f"{r.level} of {r.table}: {r.note}" for r in self.results if r.note]
        if self.seed is not None:
            told.append(
                f"rows: {SAMPLE:,} of each table by chance, or all of a smaller one;"
                f" --seed {self.seed} draws them again, --all-rows reads every row"
            )
        return tuple(told)

    def to_json(self, *, show_values: bool = False) -> dict[str, Any]:
        """The report as JSON types; the values of rows only when asked for."""
        return {
            "schema_version": SCHEMA_VERSION,
            "ok": self.ok,
            "verdict": self.verdict,
            "complete": self.complete,
            "interrupted": self.interrupted,
            "seconds": round(self.seconds, 3),
            "seed": self.seed,
            "levels": [
                {"level": name, "catches": CATCHES[name], "cannot_catch": BLIND_SPOTS[name]}
                for name in self.levels
            ],
            "damage": str(self.damage),
            "rows_that_differ": self.damage.rows,
            "in_flight": self.in_flight,
            "not_looked_at": [unlooked.to_json() for unlooked in self.unlooked],
            "totals": dict(sorted(self.totals.items())),
            "tables": [result.to_json(show_values=show_values) for result in self.results],
        }

    def render(self, *, show_values: bool = False) -> str:
        """The report for people: a line for each table and level, findings below it."""
        lines = []
        for name in self.levels_in_use:
            lines.append(f"{name}  (catches: {CATCHES[name]}; cannot catch: {BLIND_SPOTS[name]})")
            for result in (r for r in self.results if r.level == name):
                lines.append(f"  {_verdict(result)}")
                lines += [f"    {_counter(counter)}" for counter in result.counters]
                lines += [f"    {line}" for line in _findings(result, show_values)]
        lines += self.left_unseen
        verdict: str = "all levels agree" if self.ok else self.verdict
        if not self.sound:
            verdict = f"{self.damage}; findings: {_totals(self.totals)}"
        lines.append(f"{verdict}  ({self.seconds:.1f} s)")
        return "\n".join(lines)


def _verdict(result: LevelResult) -> str:
    parts = ["ok " if result.ok else "BAD", result.table]
    if result.source_rows is not None:
        parts.append(f"{result.source_rows:,} rows in the source")
    if result.target_rows is not None:
        parts.append(f"{result.target_rows:,} in the target")
    for name in ("rejected", "skipped", "kept"):
        if number := getattr(result, name):
            parts.append(f"{number:,} {name}")
    if result.strategy:
        parts.append(f"{result.chunks:,} {result.strategy}")
    if result.note:
        parts.append(result.note)
    if result.in_flight:
        parts.append(f"{result.in_flight:,} in flight")
    parts.append(f"{result.seconds:.1f} s")
    return "  ".join(parts)


def _counter(counter: CounterSummary) -> str:
    line = f"{counter.name}: {counter.parents:,} parents, {counter.drifted:,} drifted"
    if counter.legacy is None:
        return line
    if counter.legacy_differs is None:
        return f"{line}; legacy {counter.legacy!r} not compared, the keys have no order in common"
    if not counter.legacy_differs:
        return f"{line}; legacy {counter.legacy!r} agrees"
    by = f" by {counter.legacy_total_difference} in all" if counter.legacy_total_difference else ""
    return f"{line}; legacy {counter.legacy!r} was wrong for {counter.legacy_differs:,}{by}"


def _findings(result: LevelResult, show_values: bool) -> list[str]:
    lines = [f.render(show_values=show_values) for f in result.findings[:_SHOWN]]
    more = sum(result.totals.values()) - len(lines)
    return [*lines, f"and {more:,} more ({_totals(result.totals)} in all)"] if more > 0 else lines


def _totals(totals: Mapping[Kind, int]) -> str:
    return ", ".join(f"{number:,} {kind}" for kind, number in sorted(totals.items()) if number)
