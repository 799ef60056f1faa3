"""Rows that InnoDB deletes or changes by a foreign key: no event names them, but their parent's.

The target still holds such a row as it was when it referred to the key that is gone: whatever an
event told of it before was applied. So the rows of the target that refer to the key are read anew,
and those of the quarantine that did in the source; then the rows that refer to these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mappings.catalogue import Catalogue
from mappings.keys import KeyValue, key_kind
from mappings.plan import ColumnPlan, Plan, TablePlan
from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.binlog import Cascade, Changes
from migrate.ledger import Ledger
from migrate.refresh import Wanted
from migrate.refresh.keys import wanted_of_keys
from migrate.refresh.place import Identity, also
from migrate.source import Source

__all__ = ["Cascading", "make_cascading"]

_MOST = 200_000
"""Rows of one foreign key that are named for one batch; where there are more, the table is compared
as a whole."""
_INTEGERS = {"smallint", "integer", "bigint"}
_LEAST, _GREATEST = -(2**63), 2**63 - 1


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


@dataclass(frozen=True, kw_only=True)
class Cascading:
    """Every foreign key that is followed."""

    links: tuple[Link, ...] = ()

    def add(
        self, wanted: dict[str, Wanted], ledger: Ledger, source: Source, changes: Changes
    ) -> dict[str, str]:
        """Add the rows that cascades of the changes may have touched, by what the target holds.

        `wanted` is by table plan. Returns table plans of which any row may be touched, each with
        the reason.
        """
        suspects: dict[str, str] = {}
        work: list[tuple[Link, set[KeyValue]]] = []
        for name, changed in changes.tables.items():
            if changed.suspect:
                suspects |= self._below(name, f"rows of {name} left that no event names")
            work += [(link, link.values(changed.gone)) for link in self._of(name) if changed.gone]
        seen: dict[Link, set[KeyValue]] = defaultdict(set)
        while work:
            link, values = work.pop()
            values -= seen[link]
            seen[link] |= values
            if not values or link.table.name in suspects:
                continue
            found = _children(link, ledger, source, values)
            if found is None:
                why = f"more than {_MOST:,} rows refer to rows of {link.parent} that left"
                suspects |= {link.table.name: why} | self._below(link.child, why)
                continue
            rows = wanted.setdefault(link.table.name, Wanted())
            rows.identities |= found.identities
            rows.keys |= found.keys
            # Keys that children refer to are integers, and the same on both sides.
            keys = {*found.identities, *found.keys}
            work += [(below, below.values(keys)) for below in self._of(link.child)]
        return suspects

    def _of(self, parent: str) -> Iterator[Link]:
        return (link for link in self.links if link.parent == parent)

    def _below(self, parent: str, why: str) -> dict[str, str]:
        found: dict[str, str] = {}
        names, done = [parent], set()
        while names:
            done.add(name := names.pop())
            for link in self._of(name):
                found[link.table.name] = why
                names += {link.child} - done
        return found


def make_cascading(
    plan: Plan,
    catalogue: Catalogue,
    cascades: Collection[Cascade],
    followed: Mapping[str, Collection[str]],
) -> tuple[Cascading, dict[str, str]]:
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
    return Cascading(links=tuple(found.values())), unseen


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


def _children(
    link: Link, ledger: Ledger, source: Source, values: Collection[KeyValue]
) -> Wanted | None:
    """The rows that refer to these values; None for too many."""
    numbers = [[int(part) for part in value] for value in values if None not in value]
    fitting = [row for row in numbers if all(_LEAST <= number <= _GREATEST for number in row)]
    found = Wanted()
    if fitting:
        table = link.table
        ids = ", ".join(f"t.{pg_name(c.column)}" for c in table.identity)
        refer = _refer(link.columns, fitting)
        rows = ledger.target.rows(
            f"SELECT {ids} FROM {pg_name(table.target)} t WHERE {refer}{also(table.owns, 't')}"
            f" LIMIT {_MOST + 1}"
        )
        found.identities = {_plain(row) for row in rows}
    if numbers:
        refused = wanted_of_keys(link.table, source, _refused(link, ledger, numbers))
        found.identities |= refused.identities
        found.keys = refused.keys
    return found if len(found) <= _MOST else None


def _refer(columns: Sequence[ColumnPlan], numbers: Sequence[Sequence[int]]) -> str:
    names = ", ".join(f"t.{pg_name(column.column)}" for column in columns)
    # Without parameters: a per cent sign in a name would be taken for one.
    arrays = [f"'{{{','.join(map(str, each))}}}'::bigint[]" for each in zip(*numbers, strict=True)]
    if len(arrays) == 1:
        return f"{names} = ANY ({arrays[0]})"
    return f"({names}) IN (SELECT * FROM unnest({', '.join(arrays)}))"


def _refused(link: Link, ledger: Ledger, numbers: Sequence[Sequence[int]]) -> set[KeyValue]:
    """Keys of the quarantine's rows that referred to them, or may have: of old ones, the values are
    not kept."""
    conditions = []
    for column, each in zip(link.columns, zip(*numbers, strict=True), strict=True):
        name = pg_text(column.sources[0])
        # A column with ZEROFILL says 007.
        texts = ", ".join({pg_text(str(number).lstrip("0")) for number in each})
        conditions.append(
            f'(NOT r."values" ? {name} OR ltrim(r."values"->>{name}, \'0\') IN ({texts}))'
        )
    table_id = ledger.tables()[link.table.name].id
    rows = ledger.target.rows(
        f"SELECT DISTINCT r.key FROM {pg_name(models.Reject._meta.db_table)} r"
        f" WHERE r.table_id = {table_id} AND r.key IS NOT NULL"
        f' AND (r."values" IS NULL OR {" AND ".join(conditions)}) LIMIT {_MOST + 1}'
    )
    return {tuple(key) for (key,) in rows}


def _plain(row: Sequence[object]) -> Identity:
    return tuple(bytes(part) if isinstance(part, memoryview) else part for part in row)
