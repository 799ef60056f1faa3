"""The columns that name a source row: the table's own key, or what class Meta says."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.catalogue import SourceTable
from mappings.compiler.misfit import Misfit
from mappings.errors import nearest

__all__ = ["declared_key", "key_misfits"]


def declared_key(table: SourceTable, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names as the source spells them; the table's own key without any, or with a wrong one."""
    found = [_own(table, name) for name in names]
    return tuple(filter(None, found)) if names and all(found) else table.key


def key_misfits(table: SourceTable, names: tuple[str, ...]) -> Iterator[Misfit]:
    """What is wrong with a declared key.

    Whether it is unique no catalogue says of a view or a query, and whether it may be NULL, MySQL 8
    and newer say wrongly of both: a run asks their rows.
    """
    for name in names:
        found = _own(table, name)
        if found is None:
            own = [column.name for column in table.columns]
            message = f"key: source table {table.name!r} has no column {name!r}"
            yield Misfit("mappings.E015", message, nearest(name, own))
            return
        column = table.column(found)
        if column is not None and column.nullable and table.engine is not None:
            message = f"key: {found} of {table.name!r} may be NULL, and NULL is in no range"
            yield Misfit("mappings.E019", message, "name columns that are NOT NULL")
    key = set(declared_key(table, names))
    if names and table.engine is not None and not any(set(u) <= key for u in table.uniques):
        message = f"key is not unique in {table.name!r}, got {', '.join(names)}"
        hint = "name the columns of a unique index, or leave `key` out"
        yield Misfit("mappings.E016", message, hint)


def _own(table: SourceTable, name: str) -> str | None:
    """The table's own column of that name: a joined one identifies no row."""
    column = table.column(name)
    aliases = tuple(f"{join.alias}." for join in table.joins)
    return column.name if column and not (aliases and column.name.startswith(aliases)) else None
