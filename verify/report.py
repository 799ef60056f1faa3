"""The report: what was looked at, what was found, as JSON and as lines for people.

`to_json()` is version 1 of the schema in docs/verification.md; a change of meaning raises it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from verify.findings import INFORMATION, Finding, Kind
from verify.levels import BLIND_SPOTS, SAMPLE, Level

__all__ = ["SCHEMA_VERSION", "CounterSummary", "LevelResult", "Report"]

SCHEMA_VERSION = 1
_SHOWN = 20
"""Findings of one table and level that people are shown; the JSON has all that were kept."""


@dataclass(frozen=True, kw_only=True)
class CounterSummary:
    """One counter: how its stored values and PHP's compare with the children."""

    name: str
    parents: int
    drifted: int
    """Parents whose stored value is not what the children say."""
    legacy: str | None = None
    legacy_differs: int | None = None
    """Parents whose legacy counter differs from the children; None: not compared."""
    legacy_total_difference: str | None = None
    """Sum of legacy less recounted values, as a number in text."""

    def to_json(self) -> dict[str, Any]:
        return vars(self).copy()


@dataclass(frozen=True, kw_only=True)
class LevelResult:
    """One level of one table."""

    level: Level
    table: str
    target: str
    source_rows: int | None = None
    target_rows: int | None = None
    rejected: int | None = None
    skipped: int | None = None
    kept: int | None = None
    chunks: int = 0
    strategy: str = ""
    """Of checksums: `ranges` or `buckets`. Of rows: how `chunks` rows were chosen."""
    note: str = ""
    """Why a table is not covered, where it is not."""
    seconds: float = 0.0
    findings: tuple[Finding, ...] = ()
    """At most a thousand of each table and level; `totals` says how many there are."""
    totals: Mapping[Kind, int] = field(default_factory=dict)
    counters: tuple[CounterSummary, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing was found that is a failure."""
        return all(kind in INFORMATION for kind, n in self.totals.items() if n)

    def to_json(self, *, show_values: bool = False) -> dict[str, Any]:
        return {
            "level": self.level,
            "table": self.table,
            "target": self.target,
            "ok": self.ok,
            "source_rows": self.source_rows,
            "target_rows": self.target_rows,
            "rejected": self.rejected,
            "skipped": self.skipped,
            "kept": self.kept,
            "chunks": self.chunks,
            "strategy": self.strategy,
            "note": self.note,
            "seconds": round(self.seconds, 3),
            "totals": dict(sorted(self.totals.items())),
            "counters": [counter.to_json() for counter in self.counters],
            "findings": [f.to_json(show_values=show_values) for f in self.findings],
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything one verification found."""

    results: tuple[LevelResult, ...]
    levels: tuple[Level, ...]
    seconds: float
    seed: int | None = None
    """What decided the sample of rows; None without one."""

    @property
    def ok(self) -> bool:
        """Whether no level of any table found a failure."""
        return all(result.ok for result in self.results)

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
        """Lines that say what level "rows" has not looked at, and how it can be looked at."""
        told = [f"{r.level} of {r.table}: {r.note}" for r in self.results if r.note]
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
            "seconds": round(self.seconds, 3),
            "seed": self.seed,
            "levels": [{"level": name, "cannot_catch": BLIND_SPOTS[name]} for name in self.levels],
            "totals": dict(sorted(self.totals.items())),
            "tables": [result.to_json(show_values=show_values) for result in self.results],
        }

    def render(self, *, show_values: bool = False) -> str:
        """The report for people: a line for each table and level, findings below it."""
        lines = []
        for name in self.levels:
            lines.append(f"{name}  (cannot catch: {BLIND_SPOTS[name]})")
            for result in (r for r in self.results if r.level == name):
                lines.append(f"  {_verdict(result)}")
                lines += [f"    {_counter(counter)}" for counter in result.counters]
                lines += [f"    {line}" for line in _findings(result, show_values)]
        lines += self.left_unseen
        verdict = "all levels agree" if self.ok else "findings: " + _totals(self.totals)
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
