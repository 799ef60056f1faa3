"""Quarantine and totals of a table after a batch: every row asked for has its fate anew."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from mappings.keys import KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import my_name, pg_name
from migrate import models
from migrate.extract.identities import identity_literal
from migrate.ledger import Ledger
from migrate.refresh.place import Identity, Place
from migrate.refresh.reading import batches
from migrate.source import Source

__all__ = ["requarantine"]

_COUNTED = {"rejected": "rejected", "skipped": "skipped", "kept": "skipped"}


def requarantine(
    ledger: Ledger, source: Source, place: Place, written: tuple[int, int, int]
) -> None:
    """Replace what the quarantine says of the batch's rows, and carry the totals over."""
    reject = pg_name(models.Reject._meta.db_table)
    keys = place.keys | place.known_keys | keys_of(place.plan, source, place.known)
    change: Counter[str] = Counter()
    for batch in batches(keys):
        for outcome, rows in ledger.target.rows(
            f"WITH gone AS (DELETE FROM {reject} WHERE table_id = %s AND key = ANY(%s::jsonb[])"
            " RETURNING outcome) SELECT outcome, count(*) FROM gone GROUP BY outcome",
            [place.table_id, [json.dumps(key) for key in batch]],
        ):
            change[_COUNTED.get(outcome, "")] -= rows
    told = place.told
    ledger.reject(place.table_id, told)
    change.update(_COUNTED.get(row.outcome, "") for row in told)
    inserted, _, deleted = written
    counts = {
        "loaded": inserted - deleted,
        "rejected": change["rejected"],
        "skipped": change["skipped"],
    }
    ledger.adjust(place.table_id, extracted=sum(counts.values()), **counts)
    ledger.total([place.table_id])


def keys_of(table: TablePlan, source: Source, identities: Iterable[Identity]) -> set[KeyValue]:
    """The source keys of rows named by the target; MySQL knows how it would store them."""
    selects = ", ".join(column.select() for column in table.key)
    found = set()
    for batch in batches(identities):
        rows = " UNION ALL ".join(
            "SELECT "
            + ", ".join(
                f"{identity_literal(table, column, value)} AS {my_name(key.name)}"
                for column, key, value in zip(table.identity, table.key, identity, strict=True)
            )
            for identity in batch
        )
        for row in source.rows(f"SELECT {selects} FROM ({rows}) s"):
            found.add(tuple(k.value(v or b"") for k, v in zip(table.key, row, strict=True)))
    return found
