"""From keys of the source to what the target holds of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from mappings.errors import Reject
from mappings.keys import KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import my_name
from migrate.refresh.place import Identity
from migrate.refresh.reading import batches
from migrate.refresh.refresher import Wanted
from migrate.source import Source

__all__ = ["wanted_of_keys"]


def wanted_of_keys(table: TablePlan, source: Source, keys: Iterable[KeyValue]) -> Wanted:
    """Rows named by what the target holds of their keys, so that those that are gone leave it.

    A key that the target cannot hold names a row of the quarantine at most.
    """
    wanted = Wanted()
    for batch in batches(keys):
        for key, identity in zip(batch, _identities(table, source, batch), strict=True):
            if identity is None:
                wanted.keys.add(key)
            else:
                wanted.identities.add(identity)
    return wanted


def _identities(
    table: TablePlan, source: Source, keys: Collection[KeyValue]
) -> list[Identity | None]:
    if all(column.kind == "int" for column in table.key):
        raws = [tuple(str(part).encode() for part in key) for key in keys]
    else:
        # MySQL knows how it would say a value of that type.
        names = [my_name(column.name) for column in table.key]
        rows = " UNION ALL ".join(
            f"SELECT {n} AS delamp_n, "
            + ", ".join(
                f"{column.literal(part)} AS {name}"
                for column, part, name in zip(table.key, key, names, strict=True)
            )
            for n, key in enumerate(keys)
        )
        selects = ", ".join(column.raw for column in table.identity)
        found = source.rows(f"SELECT s.delamp_n, {selects} FROM ({rows}) s")
        by_number = {int(row[0] or 0): row[1:] for row in found}
        raws = [tuple(part or b"" for part in by_number[n]) for n in range(len(keys))]
    made: list[Identity | None] = []
    for raw in raws:
        try:
            values = zip(table.identity, raw, strict=True)
            made.append(tuple(column.python(part) for column, part in values))
        except Reject:
            made.append(None)
    return made
