"""Rows that InnoDB deletes or changes by a foreign key: no event names them, but their parent's.

The target still holds such a row as it was when it referred to the key that is gone: whatever an
event told of it before was applied. So the rows of the target that refer to the key are read anew,
and those of the quarantine that did in the source; then the rows that refer to these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from mappings.keys import KeyValue
from mappings.plan import ColumnPlan
from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.binlog import Changes
from migrate.follow.links import Link
from migrate.ledger import Ledger
from migrate.refresh import Wanted
from migrate.refresh.keys import wanted_of_keys
from migrate.refresh.place import Identity, also
from migrate.source import Source

__all__ = ["Cascading"]

_MOST = 200_000
"""Rows of one foreign key that are named for one batch; where there are more, the table is compared
as a whole."""
_LEAST, _GREATEST = -(2**63), 2**63 - 1


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
