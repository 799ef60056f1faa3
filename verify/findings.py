"""Findings are values: what was found, where, and how many more of its kind there are."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mappings.keys import KeyValue

__all__ = ["INFORMATION", "KEPT_PER_TABLE", "Finding", "FindingLog", "Kind"]

Kind = Literal[
    "count_differs",
    "missing",
    "extra",
    "mismatched",
    "drifted",
    "legacy_drift",
    "sequence_behind",
    "sequence_missing",
    "constraint_missing",
    "constraint_broken",
    "index_missing",
    "index_invalid",
    "table_unlogged",
    "content_type_missing",
    "answer_differs",
    "question_failed",
]

INFORMATION: frozenset[Kind] = frozenset({"legacy_drift"})
"""Kinds that are told and are no failure: PHP's counter was wrong before delamp came."""

KEPT_PER_TABLE = 1_000

_SIDES: Mapping[Kind, tuple[str, str]] = {
    "drifted": ("children", "stored"),
    "legacy_drift": ("PHP", "children"),
}
"""Of counters: whose values `source_values` and `target_values` are. Elsewhere, what they say."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One difference.

    count_differs       rows of the source, less those left out, are not the rows of the target
    missing             a source row that the target does not hold
    extra               a target row that no source row explains
    mismatched          a row held by both, with the columns that differ
    drifted             a stored counter that is not what its children say
    legacy_drift        PHP's counter is not what the children say (information)
    sequence_behind     the next value of a sequence is one that the column already holds
    sequence_missing    a column that the database should number, and nothing does
    constraint_missing  a constraint of the model that the table does not have
    constraint_broken   a constraint that is not valid, or rows that break it
    index_missing       an index of the model that the table does not have
    index_invalid       an index that PostgreSQL does not use
    table_unlogged      a table that a crash of PostgreSQL would empty
    content_type_missing  a model, or a row, whose content type the target does not have
    answer_differs      a question of the mapping that both sides answer differently
    question_failed     a question of the mapping that one side could not answer
    """

    kind: Kind
    table: str
    """Name of the table plan, or of the target's table where no plan has it."""
    key: tuple[Any, ...] = ()
    """The row's key in the source, or in the target for a row only it has; () for none."""
    target_key: tuple[Any, ...] = ()
    """The row's primary key in the target, where it was read."""
    columns: tuple[str, ...] = ()
    source_values: tuple[Any, ...] = ()
    """What the source says, one for each column. Shown only when asked for.

    Of `drifted` the children's value, of `legacy_drift` PHP's; `target_values` are then the stored
    value and the children's.
    """
    target_values: tuple[Any, ...] = ()
    detail: str = ""
    """What else there is to say; never a value of a row."""
    at: KeyValue | None = field(default=None, compare=False, repr=False)
    """The source key in the plan's form, by which the row is found again; None: not known."""

    def to_json(self, *, show_values: bool = False) -> dict[str, Any]:
        """The finding as JSON scalars; values as text, only when asked for."""
        found: dict[str, Any] = {
            "kind": self.kind,
            "table": self.table,
            "key": [_scalar(part) for part in self.key],
            "target_key": [_scalar(part) for part in self.target_key],
            "columns": list(self.columns),
            "detail": self.detail,
        }
        if show_values:
            found["source_values"] = [_scalar(value) for value in self.source_values]
            found["target_values"] = [_scalar(value) for value in self.target_values]
        return found

    def render(self, *, show_values: bool = False) -> str:
        """One line for people."""
        key, target_key = (", ".join(map(str, k)) for k in (self.key, self.target_key))
        parts = [self.kind, self.table]
        if key:
            parts.append(f"key {key}")
        if target_key and target_key != key:
            parts.append(f"target key {target_key}")
        if show_values and (self.source_values or self.target_values):
            blank = (None,) * len(self.columns)
            values = zip(
                self.columns, self.source_values or blank, self.target_values or blank, strict=True
            )
            ours, theirs = _SIDES.get(self.kind, ("source", "target"))
            parts += [f"{c}: {ours} {s!r}, {theirs} {t!r}" for c, s, t in values]
        elif self.columns:
            parts.append(", ".join(self.columns))
        line = "  ".join(parts)
        return f"{line}  ({self.detail})" if self.detail else line


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"hex": bytes(value).hex()}
    return str(value)


class FindingLog:
    """Findings of one table and level: all are counted, the first thousand are kept."""

    def __init__(
        self,
        limit: int = KEPT_PER_TABLE,
        *,
        kept: Iterable[Finding] = (),
        totals: Mapping[Kind, int] | None = None,
    ) -> None:
        """`kept` and `totals`: of an earlier part of the same look."""
        self.totals: Counter[Kind] = Counter(totals or {})
        self._limit = limit
        self._kept: list[Finding] = list(kept)
        self._lock = threading.Lock()

    def add(self, finding: Finding, times: int = 1) -> None:
        """Count a finding, and keep it while there is room. Safe between threads."""
        with self._lock:
            self.totals[finding.kind] += times
            if len(self._kept) < self._limit:
                self._kept.append(finding)

    @property
    def kept(self) -> tuple[Finding, ...]:
        """What was kept, in an order that does not depend on threads."""
        return tuple(sorted(self._kept, key=lambda f: (f.kind, _sortable(f.key), f.columns)))


def _sortable(key: tuple[Any, ...]) -> tuple[tuple[int, Any], ...]:
    return tuple((0, part) if isinstance(part, int) else (1, str(part)) for part in key)
