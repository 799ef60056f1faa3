"""Rows that stay in the target for others that refer to them, and that no batch may change.

Those are rows of Django's own: of a table that is Django's by now or that no mapping fills, with a
foreign key that no mapping fills, above a mapping's `id_offset`. And what these refer to stays with
all that it refers to itself. `verify` tells of such rows: the source has them no more.
"""

from __future__ import annotations

from collections.abc import Sequence

from mappings.sqltext import pg_name
from migrate.refresh.batch import Batch
from migrate.refresh.leaving import leaving, referring
from migrate.refresh.place import Place, also, refers, same

__all__ = ["spare_held"]

# What the database deletes or clears by itself (ON DELETE) holds nothing; nor can be told of what
# may not be read.
_FOREIGN_KEYS = """
SELECT n.nspname::text, r.relname::text,
       ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(num, at)
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num ORDER BY k.at),
       ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k(num, at)
             JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num ORDER BY k.at)
FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n
  ON n.oid = r.relnamespace
WHERE c.contype = 'f' AND c.confrelid = to_regclass(%s) AND c.confdeltype IN ('a', 'r')
  AND has_table_privilege(c.conrelid, 'SELECT')
ORDER BY c.oid
"""


def spare_held(batch: Batch, place: Place) -> int:
    """Leave rows in the target that would leave, and are referred to by what stays.

    Returns how many. To be asked for again while there are any: they hold others in turn.
    """
    held, known = 0, set()
    _lock_leaving(place)
    for child, reference in referring(batch, place.plan):
        known.add((child.target, reference.column))
        if _all_named(batch, child.target):
            refer = refers(reference, "p", "t") + _beyond(batch, child.target)
            held += _spare(place, (reference.parent_column,), pg_name(child.target), refer)
    for schema, table, columns, parents in batch.target.rows(_FOREIGN_KEYS, [place.name]):
        if len(columns) > 1 or (table, columns[0]) not in known:
            pairs = zip(map(pg_name, parents), map(pg_name, columns), strict=True)
            refer = " AND ".join(f"p.{parent} = t.{column}" for parent, column in pairs)
            name = f"{pg_name(schema)}.{pg_name(table)}"
            held += _spare(place, parents, name, refer + _beyond(batch, table))
    return held


def _lock_leaving(place: Place) -> None:
    """Wait for whoever is about to refer to a row that leaves; who comes later waits for us."""
    order = ", ".join(f"p.{name}" for name in place.ids)
    place.target.rows(f"SELECT 1 {leaving(place)} ORDER BY {order} FOR UPDATE OF p")


def _all_named(batch: Batch, target: str) -> bool:
    """Whether each row of the table would be in the batch if it could be changed at all."""
    plans = [table for table in batch.plan.tables if table.target == target]
    return all(table.djangos or batch.refreshable(table) for table in plans)


def _beyond(batch: Batch, target: str) -> str:
    """SQL: and the row `t` takes no part in the batch."""
    return "".join(
        f" AND NOT EXISTS (SELECT FROM {p.asked} a WHERE {same(p.ids, 'a', 't')}"
        f"{also(p.plan.owns, 't')})"
        for p in batch.places.values()
        if p.plan.target == target
    )


def _spare(place: Place, columns: Sequence[str], child: str, refer: str) -> int:
    ids = ", ".join(f"p.{name}" for name in place.ids)
    held = place.target.rows(
        f"SELECT DISTINCT {ids} {leaving(place, *columns)}"
        f" AND EXISTS (SELECT FROM {child} t WHERE {refer})"
    )
    place.spare(held)
    return len(held)
