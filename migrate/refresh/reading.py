"""Read the rows of a batch from the source, by their keys or by what the target holds of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from mappings.keys import KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import source_column
from migrate.extract.identities import rows_of_identities
from migrate.extract.rowwise import RowLine, read_rows
from migrate.refresh.place import Identity
from migrate.source import Source

__all__ = ["batches", "in_order", "key_predicate", "read_identities", "read_keys"]

T = TypeVar("T")
_ROWS = 500
"""Rows named in one statement: each is an alternative of its predicate."""


def read_keys(table: TablePlan, source: Source, keys: Iterable[KeyValue]) -> Iterator[RowLine]:
    """Yield the rows with these keys, converted by Python."""
    for batch in batches(keys):
        predicate = " OR ".join(f"({key_predicate(table, key)})" for key in batch)
        yield from read_rows(table, source, predicate)


def read_identities(
    table: TablePlan, source: Source, identities: Iterable[Identity]
) -> Iterator[RowLine]:
    """Yield the rows whose key the target holds so, converted by Python."""
    for batch in batches(identities):
        yield from rows_of_identities(table, source, batch)


def key_predicate(table: TablePlan, key: KeyValue) -> str:
    """Predicate over the source: the row with this key."""
    return " AND ".join(
        f"{source_column(column.name)} = {column.literal(value)}"
        for column, value in zip(table.key, key, strict=True)
    )


def in_order(table: TablePlan, source: Source, keys: Iterable[KeyValue]) -> list[KeyValue]:
    """These keys as the source sorts them."""
    predicate = " OR ".join(f"({key_predicate(table, key)})" for key in keys)
    selects = ", ".join(column.select() for column in table.key)
    names = ", ".join(source_column(column.name) for column in table.key)
    rows = source.rows(
        f"SELECT {selects} FROM {table.source.relation} WHERE {predicate} ORDER BY {names}"
    )
    return [tuple(k.value(v or b"") for k, v in zip(table.key, row, strict=True)) for row in rows]


def batches(items: Iterable[T]) -> Iterator[Sequence[T]]:
    """The items, some hundred at a time."""
    left = iter(items)
    while batch := list(islice(left, _ROWS)):
        yield batch
