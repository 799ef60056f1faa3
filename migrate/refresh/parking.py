"""Unique values that change places, where their rows may not be taken out: they get others first.

PostgreSQL asks a unique index row by row. A row that leaves, be it for a moment, takes others with
it where a foreign key of the database says ON DELETE; a value that nobody else has harms nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from mappings.plan import ColumnPlan
from mappings.sqltext import pg_name
from migrate.refresh.place import NUMBER, Place, same

__all__ = ["park"]

_INTEGERS = {"smallint", "integer", "bigint"}
_TEXTS = {"varchar", "text", "character varying"}
_LEAST_CHARACTERS = 12
"""Of a random text that no other row has by chance."""


def park(place: Place) -> bool:
    """Give rows whose unique values are to change values of nobody's.

    Returns False, and nothing is changed, where one has no column that takes such a value. Raises
    `TargetRefused` where the table's own checks forbid it.
    """
    identity = {column.column for column in place.plan.identity}
    columns = {c.column: c for c in place.plan.verified if c.column not in identity}
    sets: dict[str, str] = {}
    for unique in place.uniques:
        mine = [columns[name] for name in sorted(unique.columns & columns.keys())]
        if not mine or sets.keys() & unique.columns:
            continue
        values = {c.column: v for c in mine if (v := _value(place, c)) is not None}
        if not values:
            return False
        name = next(iter(values))
        sets[name] = values[name]
    parked = ", ".join(f"{pg_name(name)} = {value}" for name, value in sets.items())
    if parked:
        place.target.execute(
            f"UPDATE {place.name} t SET {parked} FROM {place.stage} s"
            f" WHERE {same(place.ids, 's', 't')}{place.owned}"
            f" AND ({_row('t', list(columns))}) IS DISTINCT FROM ({_row('s', list(columns))})"
        )
    return True


def _value(place: Place, column: ColumnPlan) -> str | None:
    """SQL of a value that no row has."""
    field, name = column.field, pg_name(column.column)
    if field.array:
        return None
    if field.base == "uuid":
        return "gen_random_uuid()"
    if field.base in _TEXTS and (field.size or _LEAST_CHARACTERS) >= _LEAST_CHARACTERS:
        return f"left(md5(random()::text || s.{NUMBER}), {min(field.size or 32, 32)})"
    if field.base in _INTEGERS:
        return f"(SELECT max({name}) FROM {place.name}) + 1 + s.{NUMBER}"
    return "NULL" if field.null else None


def _row(alias: str, names: Sequence[str]) -> str:
    return ", ".join(f"{alias}.{pg_name(name)}" for name in names)
