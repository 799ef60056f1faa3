"""Quarantine and totals of a table after a batch: every row asked for has its fate anew."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable

from mappings.keys import KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import my_name, pg_name
from migrate import models
from migrate.extract.identities import identity_literal
from migrate.extract.rowwise import RefusedRow
from migrate.ledger import Ledger
from migrate.refresh.place import Identity, Place
from migrate.refresh.reading import batches
from migrate.source import Source

__all__ = ["requarantine"]

_COUNTED = {"rejected": "rejected", "skipped": "skipped", "kept": "skipped"}


def requarantine(
    ledger: Ledger, source: Source, place: Place, written: tuple[int, int, int]
) -> None:
    """Replace what the quarantine says of the batch's rows, and carry the totals over.

    A row that is still in it keeps its id there.
    """
    reject = pg_name(models.Reject._meta.db_table)
    keys = place.keys | place.known_keys
    if not place.spelled:
        keys |= keys_of(place.plan, source, place.known)
    change: Counter[str] = Counter()
    if place.keyless:
        for (outcome,) in ledger.target.rows(
            f"DELETE FROM {reject} WHERE table_id = %s AND key IS NULL RETURNING outcome",
            [place.table_id],
        ):
            change[_COUNTED.get(outcome, "")] -= 1
    before = _Before()
    for batch in batches(keys):
        for found in ledger.target.rows(
            f"DELETE FROM {reject} WHERE table_id = %s AND key = ANY(%s::jsonb[])"
            ' RETURNING key, outcome, code, "column", id, created_at',
            [place.table_id, [json.dumps(key) for key in batch]],
        ):
            before.add(*found)
            change[_COUNTED.get(found[1], "")] -= 1
    told = place.told
    ledger.reject(place.table_id, told, as_before=before.find)
    change.update(_COUNTED.get(row.outcome, "") for row in told)
    inserted, _, deleted = written
    counts = {
        "loaded": inserted - deleted,
        "rejected": change["rejected"],
        "skipped": change["skipped"],
    }
    ledger.adjust(place.table_id, extracted=sum(counts.values()), **counts)
    ledger.total([place.table_id])


class _Before:
    """What the quarantine said of rows before: by key, each to be found once."""

    def __init__(self) -> None:
        self._known: dict[KeyValue, list[tuple[tuple[str, ...], int, dt.datetime]]] = {}

    def add(
        self,
        key: list[int | str],
        outcome: str,
        code: str,
        column: str,
        number: int,
        since: dt.datetime,
    ) -> None:
        known = self._known.setdefault(tuple(key), [])
        known.append(((outcome, code, column), number, since))

    def find(self, row: RefusedRow) -> tuple[int, dt.datetime] | None:
        """Id and instant: of the same rule, or else of another of this row."""
        known = self._known.get(row.key or (), [])
        if not known:
            return None
        known.sort(key=lambda each: each[0] != (row.outcome, row.code, row.column))
        _, number, since = known.pop(0)
        return number, since


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
