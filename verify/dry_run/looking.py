"""What Python says of rows: refused or not, what their steps alter, what their model would say.

`Looker` is a function of the table and of raw fields alone, so that it may work in other processes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

from mappings.errors import Reject
from mappings.plan import ColumnPlan, TablePlan
from mappings.sqltext import any_of
from mappings.watch import Noticed
from verify.dry_run.model_rules import ModelRules
from verify.ports import SourceRow

__all__ = ["Looked", "Looker", "Refused", "RowFields", "Workers", "look_at"]

_REMEMBERED = 4096
_SHORT = 200
"""Accepted values per column and batch that are not converted again, of so many bytes at most."""


_latest: tuple[TablePlan, Looker] | None = None
"""Of a process that looks at batch after batch of one table: what it remembers."""


class Refused(NamedTuple):
    """The first column that refuses its value."""

    place: int
    """Of the column, among those that are looked at."""
    code: str
    detail: str


class Looked(NamedTuple):
    """What there is to tell of one row."""

    refused: Refused | None
    noticed: tuple[tuple[int, Noticed], ...]
    """Places of columns, each with what was noticed."""
    invalid: tuple[tuple[str, str], ...]
    """Fields that the model's own validators refuse, each with the code."""


Look: TypeAlias = "Callable[[TablePlan, list[SourceRow]], list[Looked]]"


class Workers(Protocol):
    """Processes that know the plan."""

    def call(
        self, function: Look, table: TablePlan, given: list[SourceRow]
    ) -> Callable[[], list[Looked]]:
        """Begin; what is returned gives the result."""


class RowFields:
    """The fields that Python needs of a row: whether it is suspect, raw values, own flags.

    A flag says of a column that SQL makes whether the value of this row is Python's to judge.
    """

    def __init__(self, table: TablePlan) -> None:
        # Of a constant or a default of Django there is nothing to ask.
        self.columns = [c for c in table.columns if c.raw != "NULL"]
        self.validates = table.full_clean
        self.flagged = [
            n for n, c in enumerate(self.columns) if c.watch and not c.python_tier and _own(c)
        ]
        predicates = [r.sql for c in self.columns for r in c.refusals]
        predicates += [guard for c in self.columns for guard in c.guards]
        self.suspect = any_of(predicates)
        self._suspects = bool(predicates)
        self.travels = self.validates or any(c.python_tier for c in self.columns)

    def select(self) -> list[str]:
        """Raw values travel only where they are needed."""
        if not self._suspects:
            return ["0", *(c.raw if self._always(c) else "NULL" for c in self.columns)]
        return [
            f"({self.suspect})",
            *(
                c.raw if self._always(c) else f"IF({self.suspect}, {c.raw}, NULL)"
                for c in self.columns
            ),
            *(f"({any_of(_own(self.columns[n]))})" for n in self.flagged),
        ]

    def _always(self, column: ColumnPlan) -> bool:
        return column.python_tier or self.validates


def own_rows(column: ColumnPlan) -> str:
    """Predicate: rows whose value of this column is Python's to judge."""
    return any_of(_own(column))


def _own(column: ColumnPlan) -> list[str]:
    return [*column.guards, *(refusal.sql for refusal in column.refusals)]


def look_at(table: TablePlan, rows: list[SourceRow]) -> list[Looked]:
    """What there is to tell of some rows, given as `RowFields.select` has them."""
    global _latest
    if _latest is None or _latest[0] is not table:
        _latest = (table, Looker(table))
    looker = _latest[1]
    return [looker.look(row) for row in rows]


class Looker:
    """Looks at rows of one table, and remembers short values that come again."""

    def __init__(self, table: TablePlan) -> None:
        fields = RowFields(table)
        self._columns, flagged = fields.columns, fields.flagged
        self._flags = {n: 1 + len(self._columns) + place for place, n in enumerate(flagged)}
        self._remembered: list[dict[bytes | None, list[Noticed]]] = [{} for _ in self._columns]
        self._rules = ModelRules(table) if table.full_clean else None

    def look(self, fields: SourceRow) -> Looked:
        suspect = fields[0] != b"0"
        refused: Refused | None = None
        noticed: list[tuple[int, Noticed]] = []
        for n, column in enumerate(self._columns):
            if not (suspect or column.python_tier):
                continue
            mine = column.python_tier or (n in self._flags and fields[self._flags[n]] != b"0")
            if refused is not None and not mine:
                continue
            try:
                found = self._finish(n, column, fields[1 + n])
            except Exception as error:
                # A step is the user's code: whatever it raises refuses this row and no other.
                refused = refused or _refused(n, column, error)
                continue
            if mine:
                noticed += [(n, each) for each in found]
        invalid: tuple[tuple[str, str], ...] = ()
        if self._rules is not None and refused is None:
            invalid = self._rules.broken(fields[1 : 1 + len(self._columns)])
        return Looked(refused, tuple(noticed), invalid)

    def _finish(self, n: int, column: ColumnPlan, raw: bytes | None) -> list[Noticed]:
        remembered = self._remembered[n]
        found = remembered.get(raw)
        if found is None:
            found = []
            if column.watch is None:
                column.finish(raw)
            else:
                column.watch.trace(raw, found)
            if len(remembered) < _REMEMBERED and len(raw or b"") <= _SHORT:
                remembered[raw] = found
        return found


def _refused(place: int, column: ColumnPlan, error: Exception) -> Refused:
    if isinstance(error, Reject):
        return Refused(place, error.code, error.detail)
    steps = " → ".join(column.steps) or "the conversion"
    return Refused(place, "step_failed", f"{type(error).__name__} in {steps}")
