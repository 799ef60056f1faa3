"""The b-tree indexes that a model's table has, by its metadata."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models

from mappings.plan import ColumnPlan, TablePlan

__all__ = ["BTree", "btrees", "index_columns"]

_TEXTS = {"varchar", "text"}


@dataclass(frozen=True)
class BTree:
    """An index of fields only: of all rows, or of those that a condition chooses."""

    fields: tuple[str, ...]
    included: tuple[str, ...] = ()
    """Fields that are in its entries beside those it is ordered by."""
    partial: bool = False


def btrees(table: TablePlan) -> Iterator[BTree]:
    """The indexes of the model's table, but for those of expressions."""
    meta = table.model._meta
    pk = tuple(field.name for field in meta.pk_fields)
    yield BTree(pk)
    for field in meta.local_concrete_fields:
        if (field.name,) != pk and (field.unique or getattr(field, "db_index", False)):
            yield BTree((field.name,))
    yield from (BTree(tuple(names)) for names in meta.unique_together)
    for index in (*meta.indexes, *meta.constraints):
        b_tree = type(index) is models.Index or isinstance(index, models.UniqueConstraint)
        if b_tree and index.fields:
            yield BTree(
                tuple(name.lstrip("-") for name in index.fields),
                tuple(index.include),
                index.condition is not None,
            )


def index_columns(table: TablePlan) -> list[tuple[ColumnPlan, ...]]:
    """Of each index, the columns of the plan that are in it; one of fields only."""
    by_name = {column.name: column for column in table.columns}
    found = []
    for index in btrees(table):
        columns = tuple(by_name[name] for name in index.fields if name in by_name)
        if columns:
            found.append(columns)
            # For LIKE, Django gives a text a second index.
            if len(index.fields) == 1 and columns[0].field.base in _TEXTS:
                found.append(columns)
    return found
