"""What is counted beside the refusals: values that are none of the choices, or that steps alter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from mappings.errors import Reject
from mappings.plan import ColumnPlan, TablePlan
from mappings.sqltext import any_of, my_bytes
from verify.dry_run.fates import Fate
from verify.dry_run.looking import own_rows

__all__ = ["WARNINGS", "Kind", "Tally", "tallies_of"]

Kind: TypeAlias = 'Literal["choices", "damaged", "changed", "emptied"] | int'
"""What is counted of a column; a number is that of a watched step which alters the value."""

WARNINGS: dict[Kind, str] = {
    "choices": "not_a_choice",
    "damaged": "charset_damage",
}
"""Codes of what is a warning."""


@dataclass(frozen=True)
class Tally:
    """A predicate over the source row whose hits are counted; none takes the row away."""

    column: str
    kind: Kind
    sql: str
    alone: bool = False
    """Of a column with one step: what that alters and does not empty, it changes."""

    @property
    def named(self) -> bool:
        """Whether its rows are named, too."""
        return self.kind in WARNINGS or isinstance(self.kind, int)

    @property
    def fate(self) -> Fate:
        if isinstance(self.kind, int):
            return Fate(outcome="altered", code=str(self.kind), column=self.column)
        return Fate(outcome="warned", code=WARNINGS[self.kind], column=self.column)


def tallies_of(table: TablePlan) -> tuple[Tally, ...]:
    """What is countable in the pass over the table, by SQL alone."""
    found: list[Tally] = []
    for column in table.columns:
        if column.sources and not column.python_tier:
            found += _choices(column)
            found += _watched(column)
    return tuple(found)


def _choices(column: ColumnPlan) -> Iterator[Tally]:
    if not column.field.choices or column.field.array:
        return
    try:
        # None and '' are what Django lets through as blank.
        known = {column.encode(choice) for choice in (*column.field.choices,)} | {b"\\N", b""}
    except (Reject, TypeError, ValueError, AttributeError):
        return
    literals = ", ".join(my_bytes(text) for text in sorted(known))
    yield Tally(
        column.name, "choices", _unless_guarded(column, f"{column.copy} NOT IN ({literals})")
    )


def _watched(column: ColumnPlan) -> Iterator[Tally]:
    """What the column's steps alter, and texts that look damaged."""
    watch = column.watch
    if watch is None:
        return
    alone = len(watch.steps) == len(column.steps) == 1
    found: list[tuple[Kind, str | None]] = [
        ("changed", None if alone else watch.changed),
        ("emptied", watch.emptied),
        ("damaged", watch.damaged),
        *((n, step.sql) for n, step in enumerate(watch.steps)),
    ]
    own = own_rows(column)
    for kind, sql in found:
        if sql is not None and sql != "FALSE":
            # Few rows are altered: whether Python is to judge is asked of these only.
            asked = sql if own == "FALSE" else f"({sql}) AND NOT ({own})"
            yield Tally(column.name, kind, asked, alone)


def _unless_guarded(column: ColumnPlan, predicate: str) -> str:
    """Rows whose value only Python makes are not looked at: their SQL form is not the value."""
    return f"NOT ({any_of(column.guards)}) AND ({predicate})" if column.guards else predicate
