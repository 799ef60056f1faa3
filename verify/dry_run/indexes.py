"""The b-tree indexes that a model's table has, by its metadata."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models

from mappings.plan import ColumnPlan, TablePlan

__all__ = ["index_columns", "indexed_columns"]

_TEXTS = {"varchar", "text"}


def index_columns(table: TablePlan) -> list[tuple[ColumnPlan, ...]]:
    """Of each index, the columns of the plan that are in it; one of fields only."""
    by_name = {column.name: column for column in table.columns}
    found = []
    for names in _declared(table.model):
        columns = tuple(by_name[name] for name in names if name in by_name)
        if columns:
            found.append(columns)
            # For LIKE, Django gives a text a second index.
            if len(names) == 1 and columns[0].field.base in _TEXTS:
                found.append(columns)
    return found


def indexed_columns(table: TablePlan) -> set[str]:
    """Columns of the target that are in some b-tree."""
    return {column.column for columns in index_columns(table) for column in columns}


def _declared(model: type[models.Model]) -> Iterator[tuple[str, ...]]:
    meta = model._meta
    pk = tuple(field.name for field in meta.pk_fields)
    yield pk
    for field in meta.local_concrete_fields:
        if (field.name,) != pk and (field.unique or getattr(field, "db_index", False)):
            yield (field.name,)
    yield from (tuple(names) for names in meta.unique_together)
    for index in (*meta.indexes, *meta.constraints):
        b_tree = type(index) is models.Index or isinstance(index, models.UniqueConstraint)
        if b_tree and index.fields:
            yield tuple(name.lstrip("-") for name in index.fields)
