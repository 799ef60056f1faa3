"""From changed keys of source tables to the rows of table plans that have to be refreshed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from mappings.affects import Affects, Blind, affects, asks_for_the_time
from mappings.catalogue import Catalogue, SourceTable
from mappings.keys import KeyColumn, KeyValue, key_columns
from mappings.plan import Plan, TablePlan
from mappings.sqltext import source_column
from migrate.binlog import Cascade, Changes, Followed
from migrate.follow.cascading import Cascading
from migrate.follow.links import make_links
from migrate.refresh import Wanted
from migrate.refresh.keys import wanted_of_keys
from migrate.refresh.reading import batches
from migrate.source import Source

__all__ = ["Naming", "key_predicate_of", "make_naming"]


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What to ask the binlog for, and what its answers mean."""

    followed: Mapping[str, Followed]
    """By source table: the columns that are asked for, the table's own key first."""
    keys: Mapping[str, tuple[KeyColumn, ...]]
    """By source table: its own key."""
    uses: Mapping[str, tuple[Affects, ...]] = field(default_factory=dict)
    blind: Mapping[str, str] = field(default_factory=dict)
    """Table plans whose changes the binlog does not tell, each with the reason."""
    cascading: Cascading = field(default_factory=Cascading)

    def wanted(self, source: Source, changes: Changes) -> dict[str, Wanted]:
        """The rows of every table plan that the changes may have touched."""
        keys: dict[str, set[KeyValue]] = defaultdict(set)
        for name, changed in changes.tables.items():
            places = {column: at for at, column in enumerate(self.followed[name].columns)}
            for use in self.uses.get(name, ()):
                at = [places[column.name] for column in use.columns]
                values = {tuple(key[n] for n in at) for key in changed.keys}
                if not use.partners:
                    keys[use.table.name] |= values
                    continue
                for batch in batches(values):
                    keys[use.table.name].update(_keys(use.table, source, use.query(batch)))
        tables = {use.table.name: use.table for uses in self.uses.values() for use in uses}
        return {n: wanted_of_keys(tables[n], source, found) for n, found in keys.items() if found}

    def plans_of(self, tables: Collection[str], why: str) -> dict[str, str]:
        """Table plans that are made of any of these source tables, each with the reason."""
        return {
            use.table.name: f"{name}: {why}" for name in tables for use in self.uses.get(name, ())
        }

    def tables_of(self, plan: str) -> list[SourceTable]:
        """The source tables that a table plan is made of, as far as they are followed."""
        return [
            self.followed[name].table
            for name, uses in self.uses.items()
            if any(use.table.name == plan for use in uses)
        ]

    def suspects(self, changes: Changes) -> dict[str, str]:
        """Table plans of which any row may have changed, each with the reason."""
        found: dict[str, str] = {}
        for name, changed in changes.tables.items():
            if changed.suspect:
                why = "TRUNCATE, or too many rows" if changed.truncated else "rows without a key"
                found |= self.plans_of([name], why)
        return found


def make_naming(
    plan: Plan, catalogue: Catalogue, cascades: Collection[Cascade], loaded: Collection[str]
) -> Naming:
    """The naming of the table plans in `loaded`."""
    uses: dict[str, list[Affects]] = defaultdict(list)
    blind: dict[str, str] = {}
    own: dict[str, set[str]] = defaultdict(set)
    for table in plan.tables:
        if table.name not in loaded:
            continue
        found = affects(table, catalogue)
        if isinstance(found, Blind):
            blind[table.name] = found.why
            continue
        own[table.source.name].add(table.name)
        if asks_for_the_time(table):
            blind[table.name] = "rows leave its `where`, or come to it, by time alone"
        for use in found:
            uses[use.source].append(use)
            # Found by a pass, then; what can be followed is all the same.
            if silent := _silent(use, cascades):
                blind[table.name] = silent
    links, unseen = make_links(plan, catalogue, cascades, own)
    blind = {name: why for name, why in unseen.items() if name in loaded} | blind
    followed, keys = {}, {}
    for name, of_table in uses.items():
        table_of = catalogue.tables[name]
        columns = dict.fromkeys((*table_of.key, *(c.name for u in of_table for c in u.columns)))
        followed[name] = Followed(table=table_of, key=tuple(columns))
        keys[name] = key_columns(table_of)
    return Naming(
        followed=followed,
        keys=keys,
        uses={name: tuple(of_table) for name, of_table in uses.items()},
        blind=blind,
        cascading=Cascading(links=links),
    )


def _silent(use: Affects, cascades: Collection[Cascade]) -> str:
    """Why InnoDB changes rows of a joined table without an event that leads to ours, if it does."""
    if not use.partners:
        return ""
    columns = tuple(column.name for column in use.columns)
    for cascade in cascades:
        partners = tuple(source_column(name) for name in cascade.parent_columns)
        # Of the children of our own row, events of that row tell as well.
        ours = cascade.parent == use.table.source.name
        same = (cascade.child_columns, partners) == (columns, use.partners)
        if cascade.child == use.source and not (ours and same):
            return f"a foreign key to {cascade.parent} changes {use.source} without an event"
    return ""


def _keys(table: TablePlan, source: Source, query: str) -> set[KeyValue]:
    return {
        tuple(column.value(part or b"") for column, part in zip(table.key, row, strict=True))
        for row in source.rows(query)
    }


def key_predicate_of(columns: Iterable[KeyColumn], key: KeyValue) -> str:
    """Predicate over the source: the row with these values."""
    return " AND ".join(
        f"{source_column(column.name)} = {column.literal(part)}"
        for column, part in zip(columns, key, strict=False)
    )
