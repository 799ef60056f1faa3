"""The report document: what a dry run, a run or a verification has to tell, in one form.

Values only, for whoever renders them: HTML, JSON lines, JUnit. `to_json()` is version 1 of the
schema in docs/reports.md; keys may be added, a change of meaning raises it. All that differs
between two looks at the same data (when, how long) is in `times` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = [
    "COUNTS",
    "FORMAT",
    "SCHEMA_VERSION",
    "STATES",
    "Alteration",
    "Check",
    "Document",
    "Finding",
    "FoundRow",
    "Kind",
    "Remark",
    "State",
    "Strip",
    "Table",
    "Throughput",
    "Times",
    "worst",
]

FORMAT = "delamp report"
SCHEMA_VERSION = 1

Kind = Literal["dry-run", "run", "resync", "verify"]

State = Literal["fail", "warn", "info", "pass"]
STATES: tuple[State, ...] = ("fail", "warn", "info", "pass")
"""Worst first. `info` is told and changes no verdict."""

COUNTS = ("rows", "arrived", "rejected", "nulled", "left_out", "warned", "altered", "differences")
"""What may be counted of a table: rows of the source, rows in the target (of a dry run: that would
be), and what became of the others. A table has those of its kind of report."""


def worst(states: Iterable[State]) -> State:
    """The worst of some states; `pass` of none."""
    return min(states, key=STATES.index, default="pass")


@dataclass(frozen=True, kw_only=True)
class FoundRow:
    """One row that a finding is about."""

    text: str
    """What it is called: `id=5`."""
    detail: str = ""
    """What else there is to say; no value of the row."""
    values: tuple[tuple[str, str], ...] = ()
    """(name, value) of people's data; empty unless asked for."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One rule that rows of one table break, or one kind of difference."""

    table: str
    column: str
    """Field of the model, or ""."""
    code: str
    """Rule for rows, or kind of finding."""
    level: str
    """Of a verification its level, else the outcome: `rejected`, `nulled`, `skipped` …"""
    state: State
    count: int
    says: str
    """What they are, after their number: `rows would be rejected`."""
    fix: str = ""
    """What to do about it, with the line of the mapping where there is one."""
    rows: tuple[FoundRow, ...] = ()
    """The first of them."""


@dataclass(frozen=True, kw_only=True)
class Alteration:
    """What the steps of one column make of its values; None: not counted."""

    column: str
    steps: tuple[str, ...]
    changed: int | None
    nulled: int | None


@dataclass(frozen=True, kw_only=True)
class Check:
    """One level of verification of one table."""

    level: str
    state: State
    differences: int


@dataclass(frozen=True, kw_only=True)
class Strip:
    """Where in the range of a table's key its problems are: rows in each of equal slices."""

    column: str
    """First column of the key."""
    first: str
    last: str
    """The ends of the range, as people read them."""
    cells: tuple[int, ...]
    unplaced: int = 0
    """Problems whose key says no place."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of the report."""

    name: str
    source: str
    target: str
    state: State
    counts: Mapping[str, int | None]
    """By the names of `COUNTS`; None: not counted."""
    strip: Strip | None = None
    checks: tuple[Check, ...] = ()
    altered: tuple[Alteration, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Lines under a heading: what was not looked at, what is left behind, settings."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """Rows read in each of equal slices of the time in which chunks were committed."""

    slice_seconds: float
    rows: tuple[int, ...]
    pauses: int = 0
    """Interruptions of more than a minute, which are left out."""


@dataclass(frozen=True, kw_only=True)
class Times:
    """Everything that depends on the clock."""

    made_at: str = ""
    """When the report was made, in ISO 8601."""
    seconds: float = 0.0
    estimate: float | None = None
    """Of a dry run: the seconds that a run would take, about."""
    phases: tuple[tuple[str, float], ...] = ()
    tables: tuple[tuple[str, float], ...] = ()
    throughput: Throughput | None = None


@dataclass(frozen=True, kw_only=True)
class Document:
    """One report."""

    kind: Kind
    state: State
    subject: str = ""
    """The names of both databases: `legacy → shop`."""
    headline: str
    """The verdict in one sentence."""
    summary: str
    """What was looked at."""
    tables: tuple[Table, ...]
    findings: tuple[Finding, ...]
    """Worst first, then by how many rows."""
    remarks: tuple[Remark, ...] = ()
    version: str = ""
    """Of delamp."""
    times: Times = field(default_factory=Times)

    def total(self, name: str) -> int | None:
        """A count over all tables; None where no table has it."""
        found = [n for t in self.tables if (n := t.counts.get(name)) is not None]
        return sum(found) if found else None

    def to_json(self) -> dict[str, Any]:
        """The document as JSON types."""
        return {"format": FORMAT, "schema": SCHEMA_VERSION, **asdict(self)}
