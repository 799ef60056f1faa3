"""What is counted beside the refusals: values that are none of the choices, or that steps alter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.db import models

from mappings.errors import Reject
from mappings.plan import ColumnPlan, TablePlan
from mappings.sqltext import any_of, copy_escape, my_bytes, source_column
from verify.dry_run.fates import Fate

__all__ = ["Tally", "tallies_of"]

_CODES_OF_KIND = {"choices": "not_a_choice", "large": "index_too_large"}
_NULL = my_bytes(b"\\N")
_INDEX_ENTRY = 2704
"""Bytes of one entry of a b-tree at most: a third of a page (PostgreSQL manual, "B-Tree")."""
_TEXTS = {"varchar", "text", "citext"}
_SOURCE_TEXTS = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum"}


@dataclass(frozen=True)
class Tally:
    """A predicate over the source row whose hits are counted; none takes the row away."""

    column: str
    kind: Literal["choices", "large", "altered", "emptied"]
    sql: str

    @property
    def named(self) -> bool:
        """Whether its rows are named, too."""
        return self.kind in _CODES_OF_KIND

    @property
    def fate(self) -> Fate:
        return Fate(outcome="warned", code=_CODES_OF_KIND[self.kind], column=self.column)


def tallies_of(table: TablePlan) -> tuple[Tally, ...]:
    """What is countable in the pass over the table, by SQL alone."""
    found: list[Tally] = []
    for column in table.columns:
        if column.sources and not column.python_tier:
            found += _choices(column)
            found += _large(table, column)
            found += _steps(table, column)
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


def _large(table: TablePlan, column: ColumnPlan) -> Iterator[Tally]:
    """Texts that an index of PostgreSQL may refuse: whether one does depends on how it packs."""
    size = column.field.size
    if column.field.base not in _TEXTS or (size is not None and size * 4 <= _INDEX_ENTRY):
        return
    source = table.source.column(column.sources[0])
    if source is not None and (source.max_octets or _INDEX_ENTRY + 1) <= _INDEX_ENTRY:
        return
    if column.column in _indexed(table):
        sql = f"LENGTH({column.copy}) > {_INDEX_ENTRY}"
        yield Tally(column.name, "large", _unless_guarded(column, sql))


def _indexed(table: TablePlan) -> set[str]:
    """Columns in a b-tree index or a unique constraint of the model."""
    meta = table.model._meta
    alone = {
        f.name for f in meta.local_concrete_fields if f.unique or getattr(f, "db_index", False)
    }
    together = {name for names in meta.unique_together for name in names}
    for index in (*meta.indexes, *meta.constraints):
        if type(index) is models.Index or isinstance(index, models.UniqueConstraint):
            together |= {name.lstrip("-") for name in index.fields}
    return {c.column for c in table.columns if c.name in alone | together}


def _steps(table: TablePlan, column: ColumnPlan) -> Iterator[Tally]:
    """Of columns with steps: values that become NULL, and texts that become another text."""
    if not column.steps:
        return
    source = table.source.column(column.sources[0])
    held = f"{source_column(column.sources[0])} IS NOT NULL"
    emptied = f"({held}) AND {column.copy} = {_NULL}"
    if column.field.null:
        yield Tally(column.name, "emptied", _unless_guarded(column, emptied))
    if source is None or source.data_type not in _SOURCE_TEXTS or column.field.base not in _TEXTS:
        return
    same = f"{column.copy} IN ({copy_escape(column.raw)}, {_NULL})"
    yield Tally(column.name, "altered", _unless_guarded(column, f"({held}) AND NOT ({same})"))


def _unless_guarded(column: ColumnPlan, predicate: str) -> str:
    """Rows whose value only Python makes are not looked at: their SQL form is not the value."""
    return f"NOT ({any_of(column.guards)}) AND ({predicate})" if column.guards else predicate
