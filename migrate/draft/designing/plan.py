"""A table on its way to be a model: names, key and fields, before they are put into words."""

from __future__ import annotations

from dataclasses import dataclass, field

from mappings.catalogue import SourceColumn
from migrate.draft.design import Decision
from migrate.draft.designing.keys import Key
from migrate.draft.designing.types import Answer
from migrate.draft.facts import Inclusion, TableFacts

__all__ = ["Drafted", "DraftedColumn", "Relation"]


@dataclass(frozen=True, kw_only=True)
class Relation:
    """A reference of one column to the key of another table."""

    table: str
    column: str
    parent: str
    on_delete: str
    constrained: bool
    declared: bool
    measured: Inclusion | None
    none: tuple[str, ...] = ()
    """Steps by which MySQL's way to say none becomes NULL."""
    orphans: int = 0
    """Rows whose value, as PostgreSQL will see it, is in no parent."""
    one_to_one: bool = False
    primary: bool = False
    decision: Decision | None = None


@dataclass(kw_only=True)
class DraftedColumn:
    """A column with its field."""

    column: SourceColumn
    name: str
    answer: Answer | None = None
    relation: Relation | None = None
    related_name: str = ""
    primary: bool = False
    counter: str = ""
    """Declaration that fills the field in place of the column."""

    @property
    def attname(self) -> str:
        return f"{self.name}_id" if self.relation else self.name


@dataclass(kw_only=True)
class Drafted:
    """A table with its model."""

    facts: TableFacts
    name: str
    key: Key
    columns: list[DraftedColumn] = field(default_factory=list)
    many: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Many-to-many fields: name and arguments."""
    taken: set[str] = field(default_factory=set)
    """Names of fields, of their columns and of what children call their way here."""

    def by_source(self, name: str) -> DraftedColumn | None:
        folded = name.lower()
        return next((c for c in self.columns if c.column.name.lower() == folded), None)
