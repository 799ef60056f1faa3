"""What is asked about a column, and the field that answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mappings.catalogue import SourceColumn
from migrate.draft.design import Choice, Decision
from migrate.draft.designing.defaults import plain_default
from migrate.draft.facts import ColumnEvidence, TableFacts

__all__ = ["Answer", "Ask", "Told"]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A column with what is known of it."""

    table: TableFacts
    column: SourceColumn
    name: str
    """Of the field."""
    mariadb: bool
    zone: str
    """Of wall clocks."""
    keyed: bool = False
    """Part of the key: its values must arrive as they are."""
    text_in_bytes: bool = False
    """Whether this database keeps its text in binary columns, as wikis do."""
    unique: bool = False
    """In a unique index: no two of its values may become one."""

    @property
    def seen(self) -> ColumnEvidence | None:
        return self.table.seen(self.column)

    @property
    def fixed(self) -> bool:
        """Whether no step may change a value."""
        return self.keyed or self.unique

    @property
    def filled(self) -> int:
        """Rows with a value; 0 also when nobody looked."""
        return (self.table.rows or 0) - self.seen.nulls if self.seen else 0

    @property
    def default(self) -> str | None:
        """The default's text, if it is a plain value."""
        return plain_default(self.column, mariadb=self.mariadb)

    @property
    def blank(self) -> bool:
        """Whether texts may be empty, as far as rows and DEFAULT tell."""
        return self.seen is None or self.seen.empty > 0 or self.default == ""

    def share(self, look: Any) -> float:
        """How much of the sample looks so, 0 to 1."""
        if self.seen is None or not self.seen.sampled:
            return 0.0
        return self.seen.looks.get(look, 0) / self.seen.sampled

    def named(self, pattern: str) -> bool:
        return re.search(pattern, self.name) is not None

    def told(self, other: Answer | None = None, **words: Any) -> Told:
        """A decision about the column; `other` is what a person may want in its place."""
        decision = Decision(table=self.table.name, column=self.column.name, **words)
        return Told(decision=decision, other=other)


@dataclass(frozen=True, kw_only=True)
class Told:
    """A decision that is to be told, and the answer that it was taken against."""

    decision: Decision
    other: Answer | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A field's class with the arguments that its type needs, and the steps of its column."""

    cls: str
    arguments: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    default: str | None = None
    """Python source."""
    null: bool = False
    """Whether the steps make NULL of some values."""
    blank: bool = False
    """Whether `''` is among its values."""
    choices_class: str | None = None
    choices: tuple[Choice, ...] = ()
    told: tuple[Told, ...] = ()
    password: bool = False

    def but(self, **changes: Any) -> Answer:
        return replace(self, **changes)

    def because(self, *told: Told) -> Answer:
        return replace(self, told=(*self.told, *told))

    def each(self, change: Callable[[Answer], Answer]) -> Answer:
        """The answer changed, and all that it was taken against as well."""
        told = [replace(t, other=change(t.other) if t.other else None) for t in self.told]
        return replace(change(self), told=tuple(told))
