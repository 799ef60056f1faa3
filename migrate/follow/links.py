"""The foreign keys of the source whose cascades can be followed, and the tables under others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mappings.catalogue import Catalogue
from mappings.keys import KeyValue, key_kind
from mappings.plan import ColumnPlan, Plan, TablePlan
from migrate.binlog import Cascade

__all__ = ["Link", "make_links"]

_INTEGERS = {"smallint", "integer", "bigint"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Link:
    """A foreign key of the source whose children the target and the quarantine can name."""

    parent: str
    """Source table."""
    places: tuple[int, ...]
    """Of the columns that are referred to, in the parent's own key."""
    table: TablePlan
    columns: tuple[ColumnPlan, ...]
    """What holds the child's reference."""

    @property
    def child(self) -> str:
        """Source table."""
        return self.table.source.name

    def values(self, keys: Collection[KeyValue]) -> set[KeyValue]:
        """What children refer to, of keys of the parent."""
        return {tuple(key[place] for place in self.places) for key in keys}


def make_links(
    plan: Plan,
    catalogue: Catalogue,
    cascades: Collection[Cascade],
    followed: Mapping[str, Collection[str]],
) -> tuple[tuple[Link, ...], dict[str, str]]:
    """The foreign keys that can be followed; and table plans under others, each with the reason.

    `followed` are the table plans whose own rows events can name, by source table.
    """
    found: dict[tuple[Cascade, str], Link] = {}
    cascades = [_as_spelled(cascade, catalogue) for cascade in cascades]
    for cascade in cascades:
        for table in plan.tables:
            if table.source.name == cascade.child and table.name in followed.get(cascade.child, ()):
                link = _link(cascade, table, catalogue, followed)
                if link is not None:
                    found[cascade, table.name] = link
    # Of a parent that leaves by a cascade itself, all rows have to be known: again until none goes.
    while broken := [
        (cascade, name)
        for cascade, name in found
        if not all(
            _knows_all(plan, above, found) for above in cascades if above.child == cascade.parent
        )
    ]:
        for each in broken:
            del found[each]
    unseen = {
        table.name: f"a foreign key to {cascade.parent} changes it without an event"
        for cascade in cascades
        for table in plan.tables
        if table.source.name == cascade.child and (cascade, table.name) not in found
    }
    return tuple(found.values()), unseen


def _as_spelled(cascade: Cascade, catalogue: Catalogue) -> Cascade:
    """With the catalogue's names: of tables in capitals, a server may tell in small letters."""
    folded = {name.lower(): name for name in catalogue.tables}
    changes: dict[str, Any] = {}
    for side in ("parent", "child"):
        name = getattr(cascade, side)
        table = catalogue.tables.get(name) or catalogue.tables.get(folded.get(name.lower(), ""))
        if table is not None:
            columns = [(c, table.column(c)) for c in getattr(cascade, f"{side}_columns")]
            changes[side] = table.name
            changes[f"{side}_columns"] = tuple(found.name if found else c for c, found in columns)
    return replace(cascade, **changes)


def _link(
    cascade: Cascade,
    table: TablePlan,
    catalogue: Catalogue,
    followed: Mapping[str, Collection[str]],
) -> Link | None:
    """None where a key of the parent does not lead to the rows of the target.

    Integers only: a foreign key over texts takes two spellings for one, PostgreSQL does not.
    """
    parent = catalogue.tables.get(cascade.parent)
    if parent is None or not followed.get(cascade.parent) or not table.refreshable:
        return None
    held = {c.sources[0]: c for c in table.columns if len(c.sources) == 1 and c.carries_key}
    columns = [held.get(name) for name in cascade.child_columns]
    kept = [c for c in columns if c is not None and c.field.base in _INTEGERS]
    keyed = all(
        name in parent.key and (column := parent.column(name)) and key_kind(column) == "int"
        for name in cascade.parent_columns
    )
    if len(kept) < len(columns) or not keyed:
        return None
    return Link(
        parent=parent.name,
        places=tuple(parent.key.index(name) for name in cascade.parent_columns),
        table=table,
        columns=tuple(kept),
    )


def _knows_all(plan: Plan, above: Cascade, found: Mapping[tuple[Cascade, str], Link]) -> bool:
    """Whether every row that the foreign key `above` takes away is in a target or a quarantine."""
    return any(
        (above, table.name) in found and not table.where and table.discriminator is None
        for table in plan.tables
    )
