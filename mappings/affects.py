"""Which source tables a table plan reads, and how a change in one of them names the plan's rows.

A change is named by values of columns of the table that was written. For the mapped table itself
these are the mapping's key; for a joined table, or one that pairs are gathered from, they are the
columns by which it refers to the source row, and a query gives the keys. What cannot be named so
(views, queries, tables without a key) is only seen by comparing the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mappings.catalogue import Catalogue, SourceTable
from mappings.keys import KeyColumn, KeyValue, key_columns, key_kind
from mappings.plan import TablePlan
from mappings.sqltext import source_column

__all__ = ["Affects", "Blind", "affects", "asks_for_the_time"]

_SUBQUERY = re.compile(r"\bselect\b", re.IGNORECASE)
_THE_TIME = re.compile(
    r"\b(?:(?:now|sysdate|curdate|curtime|unix_timestamp|rand)\s*\("
    r"|(?:current|utc)_(?:date|time|timestamp)\b|local(?:time|timestamp)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Blind:
    """A table plan whose changed rows no event can name."""

    plan: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Affects:
    """How changes of one source table name rows of a table plan."""

    table: TablePlan
    source: str
    """The table that is written."""
    columns: tuple[KeyColumn, ...]
    """Its columns whose values, before and after the change, name the rows."""
    partners: tuple[str, ...] = ()
    """SQL of what they equal in the source row; empty: they are the plan's key itself."""

    def query(self, values: Iterable[KeyValue]) -> str:
        """Query, over the source, of the keys of the plan's rows that these values name."""
        selects = ", ".join(column.select() for column in self.table.key)
        named = " OR ".join(
            "("
            + " AND ".join(
                f"{partner} = {column.literal(part)}"
                for partner, column, part in zip(self.partners, self.columns, value, strict=True)
            )
            + ")"
            for value in values
        )
        return f"SELECT {selects} FROM {self.table.source.relation} WHERE {named}"


def asks_for_the_time(table: TablePlan) -> bool:
    """Whether rows may leave the mapping's `where`, or come to it, while nobody writes."""
    return bool(_THE_TIME.search(table.where or ""))


def affects(table: TablePlan, catalogue: Catalogue) -> tuple[Affects, ...] | Blind:
    """Every source table that the plan reads; or why changes in one of them would go unseen."""
    if why := _unnameable(table):
        return Blind(plan=table.name, why=why)
    found = [Affects(table=table, source=table.source.name, columns=table.key)]
    for name, links in _read_besides(table):
        other = catalogue.tables.get(name)
        columns = [_key_column(other, column) for column, _ in links] if other else []
        keyed = other is not None and len(key_columns(other)) == len(other.key) > 0
        if other is None or other.engine is None or not keyed:
            return Blind(plan=table.name, why=f"it reads {name}, which has no key")
        if not links or None in columns:
            return Blind(plan=table.name, why=f"it reads {name}, whose rows do not name its own")
        found.append(
            Affects(
                table=table,
                source=other.name,
                columns=tuple(column for column in columns if column is not None),
                partners=tuple(partner for _, partner in links),
            )
        )
    return tuple(found)


def _unnameable(table: TablePlan) -> str:
    if table.source.query is not None:
        return "it reads a query, and events are of tables"
    if table.source.engine is None:
        return "it reads a view, and events are of tables"
    if not table.refreshable:
        return "no key of the source names its rows in the target"
    if table.where and _SUBQUERY.search(table.where):
        return "its `where` reads other tables"
    return ""


Links = Sequence[tuple[str, str]]


def _read_besides(table: TablePlan) -> list[tuple[str, Links]]:
    found: list[tuple[str, Links]] = [(join.table, join.links) for join in table.source.joins]
    for column in table.columns:
        if column.whole is not None:
            name, by = column.elsewhere[0]
            found.append((name, ((by, source_column(column.whole.link.name)),)))
    return found


def _key_column(table: SourceTable, name: str) -> KeyColumn | None:
    column = table.column(name)
    kind = key_kind(column) if column else None
    if column is None or kind is None:
        return None
    return KeyColumn(
        name=column.name, kind=kind, charset=column.charset, collation=column.collation
    )
