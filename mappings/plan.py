"""The compiled plan: what every kind of run does with one table, as immutable values.

A plan holds SQL text and Python functions, no connection. Load, resync, dry run and verify are
four programs over the same plan, so that no two of them can convert a value differently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import models

from mappings.catalogue import SourceTable
from mappings.columns import Duplicates, Orphans
from mappings.counters import Counter
from mappings.expr import Refusal
from mappings.gathering import Whole
from mappings.inverse import Inverse
from mappings.keys import KeyColumn
from mappings.options import Existing, Owner, Resync
from mappings.questions import Question
from mappings.sqltext import pg_name, pg_text, unescape_bytes
from mappings.target import TargetField
from mappings.watch import Watch

__all__ = ["ColumnPlan", "CounterPlan", "Plan", "ReferencePlan", "TablePlan"]


@dataclass(frozen=True, kw_only=True)
class ColumnPlan:
    """One column of the target: its five faces, finished."""

    where: str
    """`IconMapping.title`, for messages."""
    field: TargetField
    sources: tuple[str, ...]
    """Source columns read: one, or none for a constant."""
    verified: bool
    """False for a Django default: no mapping fills the column, so nothing is promised of it."""

    copy: str
    """SQL: the field of a COPY line, escaped, NULL as \\N. In the Python tier, the raw value."""
    python_tier: bool
    """Whether `copy` yields the raw value, for `python` and `encode` to finish."""
    raw: str
    """SQL: the bytes that `python` takes."""
    python: Callable[[bytes | None], Any]
    """Raw bytes of the source value -> what Django reads back. Raises `Reject`."""
    encode: Callable[[Any], bytes]
    """What `python` returned -> the field of a COPY line."""
    finish: Callable[[bytes | None], bytes]
    """`encode(python(raw))`, by a shorter way where there is one. Raises `Reject`."""

    canonical_source: str | None
    """SQL for MySQL: the framed canonical text, never NULL. None: only Python can make it."""
    canonical_target: str
    """SQL for PostgreSQL over `t`: the same, of type text, never NULL."""
    canonical: Callable[[Any], bytes]
    """What `python` returned -> the same."""

    refusals: tuple[Refusal, ...]
    """Complete predicates over the source row, NULLs considered."""
    guards: tuple[str, ...]
    """Complete predicates: rows whose value Python must make."""
    steps: tuple[str, ...] = ()
    """The steps as declared, for the fingerprint and for people."""
    whole: Whole | None = None
    """Of a value gathered from rows of another table: how it is read when MySQL has cut it."""
    elsewhere: tuple[tuple[str, str], ...] = ()
    """Columns read from other tables, each with its table."""
    carries_key: bool = False
    """Whether equal source values, and only they, give equal target values."""
    watch: Watch | None = None
    """Of a column that is filled from one source column: what a dry run tells of its values."""
    inverse: Inverse | None = None
    """What Django reads -> a value of the source column that becomes it. None: of other rows."""

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def column(self) -> str:
        return self.field.column

    def but(self, **changes: Any) -> ColumnPlan:
        """The same column with some faces changed."""
        return replace(self, **changes)


@dataclass(frozen=True, kw_only=True)
class ReferencePlan:
    """A foreign key of the target table, and what becomes of a row without its parent."""

    name: str
    column: str
    parent: str
    """The parent's table in the target."""
    parent_column: str
    orphans: Orphans
    constrained: bool
    """Whether PostgreSQL has a foreign key for it."""
    only: str | None = None
    """SQL over `t` for a generic foreign key: the rows that refer to this parent."""


@dataclass(frozen=True, kw_only=True)
class CounterPlan:
    """A counter of the target table."""

    name: str
    column: str
    declaration: Counter
    child: type[models.Model]
    by: str
    """The child's column that refers to this table."""
    empty: str
    """SQL: the value without any child."""
    legacy: str | None
    """Source column of PHP's own counter."""


@dataclass(frozen=True, kw_only=True)
class TablePlan:
    """Everything about moving one source table to one model."""

    name: str
    """`IconMapping`, or `IconMapping.tags` for a many-to-many."""
    source: SourceTable
    where: str | None
    model: type[models.Model]
    target: str
    columns: tuple[ColumnPlan, ...]
    key: tuple[KeyColumn, ...]
    """What chunks are cut by; empty: the table streams whole."""
    identity: tuple[ColumnPlan, ...]
    """The columns of the target that hold the source key as it is, in its order; or empty."""
    references: tuple[ReferencePlan, ...]
    """Of foreign keys."""
    counters: tuple[CounterPlan, ...]
    existing: Existing
    natural_key: tuple[str, ...]
    """Columns of the target."""
    duplicates: Duplicates | None = None
    """For a join table: what happens to a pair that comes again."""
    generic: tuple[ReferencePlan, ...] = ()
    """Of generic foreign keys, one for each model that these may mean."""
    full_clean: bool = False
    """Whether a dry run calls the model's validators."""
    discriminator: ColumnPlan | None = None
    """The column whose constant tells the rows of this plan from others in the same target."""
    questions: tuple[Question, ...] = ()
    """What a verification asks both sides."""
    time_zone: str | None = None
    """Of the wall clocks in the source's table."""
    resync: Resync = "auto"
    """How changes are to be found after the load."""
    owner: Owner = "php"
    id_offset: int | None = None
    """Rows of the target with a greater key were made by Django, and are none of the plan's."""
    fingerprint: str = ""
    """SHA-256 of the mapping, the model's columns and the source table's schema."""

    @property
    def label(self) -> str:
        """`catalog.Icon`."""
        return self.model._meta.label

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Columns of the target's primary key: one, or several for a CompositePrimaryKey."""
        fields = self.model._meta.pk_fields
        return tuple(str(field.column) for field in fields)

    @property
    def djangos(self) -> bool:
        """Whether the application writes the table by now, and nobody else may."""
        return self.owner == "django"

    @property
    def refreshable(self) -> bool:
        """Whether single rows can be named on both sides.

        Not without a key that the target holds as it is, nor where rows of others were matched.
        """
        keyed = bool(self.key) and len(self.key) == len(self.source.key) == len(self.identity)
        return keyed and self.existing == "refuse" and not self.djangos

    @property
    def nameless(self) -> bool:
        """Whether a row that changes may leave and come again: its content is all that it is.

        Nothing names it on both sides, Django gives its key, and no other column has a value that
        the mapping does not fill: a counter, a field of Django's own.
        """
        filled = {column.column for column in self.columns if column.verified}
        own = {field.column for field in self.model._meta.local_concrete_fields}
        return (
            not self.refreshable
            and not self.djangos
            and self.existing == "refuse"
            and self.id_offset is None
            and len(self.primary_key) == 1
            and own - filled == set(self.primary_key)
            and isinstance(self.model._meta.pk, models.AutoField)
            and not any(reference.orphans == "null" for reference in self.generic)
        )

    @property
    def all_references(self) -> tuple[ReferencePlan, ...]:
        return self.references + self.generic

    @property
    def owns(self) -> str | None:
        """SQL for PostgreSQL over `t`: the row is of this plan. None: all rows are."""
        parts = [self.kind]
        if self.id_offset is not None:
            parts.insert(0, f"t.{pg_name(self.primary_key[0])} <= {self.id_offset}")
        return " AND ".join(part for part in parts if part) or None

    @property
    def kind(self) -> str | None:
        """The same of rows that Django made, too: only other plans' rows are left out."""
        column = self.discriminator
        if column is None:
            return None
        value = unescape_bytes(column.encode(column.python(None))).decode()
        return f"t.{pg_name(column.column)} = {pg_text(value)}"

    @property
    def target_rows(self) -> str:
        """SQL for PostgreSQL, from FROM on: the plan's rows of the target, as `t`."""
        where = f" WHERE {self.owns}" if self.owns else ""
        return f"FROM {pg_name(self.target)} t{where}"

    @property
    def verified(self) -> tuple[ColumnPlan, ...]:
        return tuple(c for c in self.columns if c.verified)

    @property
    def python_tier(self) -> bool:
        """Whether any column needs Python for every row."""
        return any(c.python_tier for c in self.columns)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All tables, parents before their children where the references allow it."""

    tables: tuple[TablePlan, ...]
    cycles: tuple[tuple[str, ...], ...] = ()
    """Groups of table plans (names) that refer to each other, or to themselves."""
    unmapped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Per source table, the columns that no mapping reads."""

    def table(self, name: str) -> TablePlan | None:
        """The plan named so: by mapping, model label, source table or target table."""
        for plan in self.tables:
            if name in (plan.name, plan.label, plan.source.name, plan.target):
                return plan
        return None
