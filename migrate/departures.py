"""What the ledger says of one table: rows that differ between the sides on purpose."""

from __future__ import annotations

from collections import defaultdict

from mappings.keys import KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.ledger import Ledger
from verify import Departures

__all__ = ["departures"]


def departures(ledger: Ledger, table: TablePlan) -> Departures:
    """What the latest run of the table left out, left NULL or left as it was."""
    records = ledger.tables()
    if table.name not in records:
        return Departures()
    keys: dict[str, set[KeyValue]] = defaultdict(set)
    nulled: set[tuple[KeyValue, str]] = set()
    nameless: dict[str, int] = defaultdict(int)
    refused: dict[KeyValue, list[tuple[str, str]]] = defaultdict(list)
    # A key of the ledger may be only the leading part of the source's: it names no row then.
    keyed = bool(table.key) and len(table.key) == len(table.source.key)
    for outcome, key, column, code in ledger.target.rows(
        f'SELECT outcome, key, "column", code FROM {pg_name(models.Reject._meta.db_table)}'
        " WHERE table_id = %s",
        [records[table.name].id],
    ):
        if key is None or not keyed:
            nameless[outcome] += 1
        elif outcome == models.Reject.Outcome.NULLED:
            nulled.add((tuple(key), column))
        else:
            keys[outcome].add(tuple(key))
            if outcome == models.Reject.Outcome.REJECTED:
                refused[tuple(key)].append((column, code))
    return Departures(
        rejected=frozenset(keys["rejected"]),
        skipped=frozenset(keys["skipped"]),
        kept=frozenset(keys["kept"]),
        nulled=frozenset(nulled),
        refused={key: tuple(reasons) for key, reasons in refused.items()},
        existing_sql=_existing(ledger, table),
        rejected_count=nameless["rejected"],
        skipped_count=nameless["skipped"],
        kept_count=nameless["kept"],
        nulled_count=nameless["nulled"],
    )


def _existing(ledger: Ledger, table: TablePlan) -> str:
    """Query of the rows that were there before the first run and became no source row; or ''."""
    existing, matched = (pg_name(m._meta.db_table) for m in (models.ExistingKey, models.KeyMap))
    any_row = f"SELECT EXISTS (SELECT FROM {existing} WHERE mapping = %s)"
    if table.existing == "refuse" or not ledger.target.value(any_row, [table.name]):
        return ""
    name = pg_text(table.name)
    return (
        f"SELECT b.target_key FROM {existing} b WHERE b.mapping = {name} AND NOT EXISTS"
        f" (SELECT FROM {matched} m WHERE m.mapping = {name} AND m.target_key = b.target_key)"
    )
