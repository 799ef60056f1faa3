"""Compile the joined tables of a mapping: one row of theirs at most for each source row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mappings.catalogue import JoinedTable, SourceColumn, SourceTable
from mappings.columns import Join
from mappings.compiler.misfit import Misfit
from mappings.errors import nearest
from mappings.keys import key_kind
from mappings.sqltext import ROW, SourceName, my_name, source_column

__all__ = ["joined", "same_kind"]


def joined(table: SourceTable, alias: str, join: Join, other: SourceTable | None) -> SourceTable:
    """The source table with the columns of `other` added, as `alias.column`.

    Its partner may be a column of a table joined before. Raises `Misfit`.
    """
    if other is None or other.query is not None:
        raise Misfit("mappings.E010", f"joins: no table of the source is called {join.table!r}")
    taken = {ROW, *(j.alias.lower() for j in table.joins)}
    if alias.lower() in taken or "." in alias or not alias:
        raise Misfit(
            "mappings.E050",
            f"joins: the name is taken, got {alias!r} (expected a new one without a dot)",
            f"{ROW!r} is the source row itself: choose another name",
        )
    pairs = [(_column(other, mine), _column(table, theirs)) for mine, theirs in join.on.items()]
    names = {mine.name for mine, _ in pairs}
    if not any(set(unique) <= names for unique in other.uniques):
        raise Misfit(
            "mappings.E051",
            f"joins: no unique index of {other.name!r} has only these columns, got"
            f" {', '.join(sorted(names)) or 'none'}: a row may have several partners",
            _uniques(other) or "write a `query` that says which of several rows is meant",
        )
    for mine, theirs in pairs:
        same_kind(f"joins: {alias}.{mine.name}", mine, theirs)
    added = JoinedTable(
        alias=alias,
        table=other.name,
        condition=" AND ".join(
            f"{_of(alias, mine.name)} = {source_column(theirs.name)}" for mine, theirs in pairs
        ),
        reads=tuple(mine.name for mine, _ in pairs),
        links=tuple((mine.name, source_column(theirs.name)) for mine, theirs in pairs),
        fingerprint=other.fingerprint(),
    )
    return with_join(table, added, other.columns)


def with_join(
    table: SourceTable, added: JoinedTable, columns: tuple[SourceColumn, ...]
) -> SourceTable:
    """The table with one joined to it. A row may lack a partner: each of its columns is NULL."""
    more = tuple(
        replace(
            column,
            name=SourceName(f"{added.alias}.{column.name}", _of(added.alias, column.name)),
            nullable=True,
        )
        for column in columns
    )
    return replace(table, joins=(*table.joins, added), columns=(*table.columns, *more))


def same_kind(where: str, mine: SourceColumn, theirs: SourceColumn) -> None:
    """Raise `Misfit` for columns that MySQL would compare otherwise than their index does."""
    left, right = _kind(mine), _kind(theirs)
    if left != right or left[0] is None:
        raise Misfit(
            "mappings.E052",
            f"{where} and {theirs.name} are compared by another rule than the index has, got"
            f" {_spelled(mine)} and {_spelled(theirs)} (expected one kind, and one collation)",
            "write a `query` that converts one of them",
        )


def _kind(column: SourceColumn) -> tuple[str | None, str | None]:
    kind = key_kind(column)
    return kind, column.collation if kind == "text" else None


def _spelled(column: SourceColumn) -> str:
    return " ".join(filter(None, (column.column_type, column.collation)))


def _column(table: SourceTable, name: str) -> SourceColumn:
    found = table.column(name)
    if found is None:
        hint = nearest(name, [column.name for column in table.columns])
        message = f"joins: source table {table.name!r} has no column {name!r}"
        raise Misfit("mappings.E013", message, hint)
    return found


def _uniques(table: SourceTable) -> str | None:
    known = [", ".join(unique) for unique in table.uniques]
    return f"its unique indexes are on {' and on '.join(known)}" if known else None


def _of(alias: str, name: str) -> str:
    return f"{my_name(alias)}.{my_name(name)}"


def joined_all(
    table: SourceTable, joins: Mapping[str, Join], tables: Mapping[str, SourceTable | None]
) -> SourceTable:
    """The source table with all of them joined, in their order. Raises `Misfit`."""
    for alias, join in joins.items():
        table = joined(table, alias, join, tables[alias])
    return table
