"""What one level found of one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings.keys import KeyValue
from verify.findings import INFORMATION, Finding, Kind
from verify.levels import Level

__all__ = ["CounterSummary", "LevelResult", "Unlooked"]


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
class Unlooked:
    """A level of a table that was not looked at, or not to its end."""

    level: Level
    table: str
    rows: int
    """About so many rows of the source, of which none or not all were looked at."""
    why: str
    target: str = ""

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
    complete: bool = True
    """False: stopped before its end."""
    until: KeyValue | None = None
    """Of checksums that are not complete: the key up to which every row was compared."""
    in_flight: int = 0
    """Differences of a source that is written to, gone when they were looked at again."""
    in_flight_keys: tuple[tuple[Any, ...], ...] = ()
    """The first of their keys."""

    @property
    def ok(self) -> bool:
        """Whether nothing was found that is a failure."""
        return all(kind in INFORMATION for kind, n in self.totals.items() if n)

    @property
    def wrong(self) -> int:
        """How many failures were found."""
        return sum(n for kind, n in self.totals.items() if kind not in INFORMATION)

    @property
    def surplus(self) -> int:
        """Of counts: how many rows the target holds too many, or, below zero, too few."""
        gone = (self.rejected or 0) + (self.skipped or 0) + (self.kept or 0)
        return (self.target_rows or 0) - (self.source_rows or 0) + gone

    def to_json(self, *, show_values: bool = False) -> dict[str, Any]:
        return {
            "level": self.level,
            "table": self.table,
            "target": self.target,
            "ok": self.ok,
            "complete": self.complete,
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
            "in_flight": {
                "rows": self.in_flight,
                "keys": [[_plain(part) for part in key] for key in self.in_flight_keys],
            },
            "findings": [f.to_json(show_values=show_values) for f in self.findings],
        }


def _plain(part: Any) -> Any:
    return part if isinstance(part, int | str) or part is None else str(part)
