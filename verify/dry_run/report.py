"""The report of a dry run: what would become of the rows, as values and as JSON.

`to_json()` is version 1 of the schema in docs/dry-run.md; a change of meaning raises it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mappings.keys import KeyValue
from verify.dry_run.estimate import Estimate
from verify.dry_run.fates import Outcome
from verify.dry_run.left_behind import LeftBehind
from verify.dry_run.server import ServerFacts
from verify.dry_run.target_server import TargetFacts

__all__ = ["LEVELS", "SCHEMA_VERSION", "DryRunReport", "NamedRow", "Rule", "TableReport"]

SCHEMA_VERSION = 1

LEVELS: Mapping[str, tuple[Outcome, ...]] = {
    "reject": ("rejected",),
    "change": ("rejected", "nulled"),
    "skip": ("rejected", "nulled", "skipped", "kept"),
    "never": (),
}
"""What each level of --fail-on fails on."""


@dataclass(frozen=True, kw_only=True)
class NamedRow:
    """One row that a rule is about."""

    key: KeyValue | None
    text: str
    """`id=5`; of a row that no key names, its values."""
    detail: str
    value: str | None

    def to_json(self, *, keyed: bool, show_values: bool) -> dict[str, Any]:
        shown: dict[str, Any] = {"key": self.key, "detail": self.detail}
        if keyed or show_values:
            shown["text"] = self.text
        if show_values and self.value is not None:
            shown["value"] = self.value
        return shown


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule that rows of one table break, and what a run would do with them."""

    table: str
    column: str
    code: str
    outcome: Outcome
    count: int
    rows: tuple[NamedRow, ...]
    hint: str

    def to_json(self, *, keyed: bool, show_values: bool) -> dict[str, Any]:
        rows = [row.to_json(keyed=keyed, show_values=show_values) for row in self.rows]
        kept = ("column", "code", "outcome", "count", "hint")
        return {name: getattr(self, name) for name in kept} | {"rows": rows}


@dataclass(frozen=True, kw_only=True)
class AlteredBy:
    """The values that one step of a column alters."""

    step: str
    count: int
    rows: tuple[NamedRow, ...]


@dataclass(frozen=True, kw_only=True)
class Altered:
    """What the steps of one column make of its values; a count is None where it was not made."""

    column: str
    steps: tuple[str, ...]
    changed: int | None
    """Values that become another value of their kind."""
    nulled: int | None
    """Values that become NULL."""
    by_step: tuple[AlteredBy, ...] = ()

    def to_json(self, *, keyed: bool, show_values: bool) -> dict[str, Any]:
        by_step = [
            {
                "step": each.step,
                "count": each.count,
                "rows": [r.to_json(keyed=keyed, show_values=show_values) for r in each.rows],
            }
            for each in self.by_step
        ]
        return vars(self) | {"steps": list(self.steps), "by_step": by_step}


@dataclass(frozen=True, kw_only=True)
class TableReport:
    """What would become of one table."""

    name: str
    source: str
    target: str
    keyed: bool
    read: int
    """Source rows looked at, those that `where` leaves out included."""
    by_outcome: Mapping[Outcome, int]
    rules: tuple[Rule, ...]
    altered: tuple[Altered, ...] = ()
    unread: tuple[str, ...] = ()
    """Source columns that no mapping reads."""
    seconds: float = 0.0

    @property
    def loaded(self) -> int:
        """Rows that would be in the target, `kept` ones apart."""
        away = ("rejected", "skipped", "kept")
        return self.read - sum(self.by_outcome.get(o, 0) for o in away)  # type: ignore[call-overload]

    def to_json(self, *, show_values: bool) -> dict[str, Any]:
        kept = ("name", "source", "target", "read", "loaded")
        found: dict[str, Any] = {name: getattr(self, name) for name in kept}
        outcomes: tuple[Outcome, ...] = ("rejected", "nulled", "skipped", "kept", "warned")
        found |= {outcome: self.by_outcome.get(outcome, 0) for outcome in outcomes}
        rules = [r.to_json(keyed=self.keyed, show_values=show_values) for r in self.rules]
        altered = [a.to_json(keyed=self.keyed, show_values=show_values) for a in self.altered]
        return found | {"rules": rules, "altered": altered, "unread_columns": list(self.unread)}


def _nothing_known() -> TargetFacts:
    return TargetFacts(settings={}, rights=(), remarks=())


@dataclass(frozen=True, kw_only=True)
class DryRunReport:
    """Everything one dry run found."""

    tables: tuple[TableReport, ...]
    server: ServerFacts
    notes: tuple[str, ...]
    """What was not evaluated, or not known, and why: the prediction is as good as this is short."""
    estimate: Estimate
    target: TargetFacts = field(default_factory=_nothing_known)
    left_behind: tuple[LeftBehind, ...] = ()
    """Rows of joined and gathered tables that would be in no row of the target."""
    drift: tuple[str, ...] = ()
    """What changed in the source's schema, or the mapping, since the last run of a table."""
    unmapped_tables: tuple[str, ...] = ()
    unmapped_models: tuple[str, ...] = ()
    sample: int | None = None
    snapshot: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """By phase."""

    def total(self, outcomes: Sequence[Outcome]) -> int:
        """Rows with one of these outcomes."""
        return sum(t.by_outcome.get(outcome, 0) for t in self.tables for outcome in outcomes)

    def fails(self, level: str) -> bool:
        """Whether anything was found that `--fail-on` names."""
        left = self.left_behind and "skipped" in LEVELS[level]
        return bool(left) or self.total(LEVELS[level]) > 0

    def to_json(self, *, show_values: bool = False) -> dict[str, Any]:
        return {
            "schema": SCHEMA_VERSION,
            "kind": "dry-run",
            "sample": self.sample,
            "totals": {
                "read": sum(t.read for t in self.tables),
                "loaded": sum(t.loaded for t in self.tables),
                **{o: self.total([o]) for o in ("rejected", "nulled", "skipped", "kept", "warned")},
            },
            "tables": [table.to_json(show_values=show_values) for table in self.tables],
            "left_behind": [each.to_json() for each in self.left_behind],
            "not_evaluated": list(self.notes),
            "source": {
                "snapshot": self.snapshot,
                "settings": self.server.settings,
                "rights": list(self.server.rights),
                "remarks": list(self.server.remarks),
                "tables_without_a_mapping": list(self.unmapped_tables),
            },
            "target": {
                "settings": dict(self.target.settings),
                "rights": list(self.target.rights),
                "remarks": list(self.target.remarks),
            },
            "drift": list(self.drift),
            "models_without_a_mapping": list(self.unmapped_models),
            "estimate": {
                "run_seconds": round(self.estimate.seconds, 1),
                "copy_bytes": self.estimate.bytes,
                "sampled_rows": self.estimate.sampled_rows,
                "table_bytes": self.estimate.table_bytes,
                "index_bytes": self.estimate.index_bytes,
            },
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }
