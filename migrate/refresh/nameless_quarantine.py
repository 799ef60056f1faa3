"""Quarantine of a table whose rows no key names: told anew as a whole, by the rows' content."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from mappings.keys import KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.extract.rowwise import RefusedRow
from migrate.ledger import Ledger

__all__ = ["requarantine_nameless"]

_COUNTED = {"rejected": "rejected", "skipped": "skipped", "kept": "skipped"}
_REJECT = pg_name(models.Reject._meta.db_table)


def requarantine_nameless(
    ledger: Ledger,
    table: TablePlan,
    table_id: int,
    told: Sequence[RefusedRow],
    *,
    deleted: Sequence[tuple[Any, ...]],
    keys: Sequence[KeyValue],
    lost_anew: bool,
) -> dict[str, int]:
    """Replace all rows of the table that were refused or left out by those of `told`.

    A row that is told of again keeps its id. Of rows that are `deleted` from the target, or come
    to it with one of these `keys` of the source, it is forgotten which references they had lost.
    `lost_anew`: the same of every row. Returns the change of both totals.
    """
    known: dict[str, list[tuple[int, dt.datetime]]] = defaultdict(list)
    change = Counter({"rejected": 0, "skipped": 0})
    if lost_anew:
        ledger.target.execute(
            f"DELETE FROM {_REJECT} WHERE table_id = {table_id} AND outcome = 'nulled'"
        )
    for outcome, code, column, values, number, since in ledger.target.rows(
        f"DELETE FROM {_REJECT} WHERE table_id = {table_id} AND outcome <> 'nulled'"
        ' RETURNING outcome, code, "column", "values", id, created_at'
    ):
        known[_content(outcome, code, column, values)].append((number, since))
        change[_COUNTED[outcome]] -= 1
    _forget_lost(ledger, table, table_id, deleted, keys)

    def as_before(row: RefusedRow) -> tuple[int, dt.datetime] | None:
        same = known.get(_content(row.outcome, row.code, row.column, row.values))
        return same.pop(0) if same else None

    ledger.reject(table_id, told, as_before=as_before)
    change.update(_COUNTED[row.outcome] for row in told)
    return dict(change)


def _content(outcome: str, code: str, column: str, values: Mapping[str, object] | None) -> str:
    return json.dumps([outcome, code, column, values], sort_keys=True)


def _forget_lost(
    ledger: Ledger,
    table: TablePlan,
    table_id: int,
    deleted: Sequence[tuple[Any, ...]],
    keys: Sequence[KeyValue],
) -> None:
    lost = f"DELETE FROM {_REJECT} WHERE table_id = {table_id} AND outcome = 'nulled'"
    if deleted and len(table.primary_key) == 1:
        # The values in quarantine are those of the target's row, where nothing else names it.
        own = f'"values"->>{pg_text(table.primary_key[0])}'.replace("%", "%%")
        ledger.target.execute(
            f"{lost} AND key IS NULL AND {own} = ANY(%s)", [[str(key[0]) for key in deleted]]
        )
    if keys:
        ledger.target.execute(
            f"{lost} AND key = ANY(%s::jsonb[])", [[json.dumps(key) for key in keys]]
        )
