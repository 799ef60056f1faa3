"""What a run tells while it goes on: values, rendered by whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = [
    "ChunkLoaded",
    "Event",
    "Listener",
    "Note",
    "Phase",
    "RunFinished",
    "RunStarted",
    "TableFinished",
    "TableTotals",
]


@dataclass(frozen=True, kw_only=True)
class TableTotals:
    """One table's totals in source rows; estimates before it is finished."""

    name: str
    source: str
    target: str
    extracted: int = 0
    loaded: int = 0
    rejected: int = 0
    skipped: int = 0
    bytes: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class RunStarted:
    run_id: int
    resumed: bool
    snapshot: str
    tables: tuple[TableTotals, ...]
    """`extracted` and `bytes` are the server's estimates of what is left."""


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A phase after or before the chunks begins: `drop`, `orphans`, `counters`, `indexes` …"""

    name: str
    table: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChunkLoaded:
    """One chunk is committed."""

    table: str
    extracted: int
    loaded: int
    rejected: int
    skipped: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class TableFinished:
    totals: TableTotals


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something a person should know: a weaker mode, an unprotected table."""

    text: str
    warning: bool = False


@dataclass(frozen=True, kw_only=True)
class RunFinished:
    run_id: int
    state: str
    nothing_to_do: bool
    tables: tuple[TableTotals, ...]
    rejects: tuple[tuple[str, str, str, int], ...]
    """(table, outcome, code, rows)."""
    counters: int
    """Counter columns filled."""
    seconds: float
    phases: tuple[tuple[str, float], ...]
    """Wall seconds of each phase."""


Event = RunStarted | Phase | ChunkLoaded | TableFinished | Note | RunFinished
Listener = Callable[[Event], None]
