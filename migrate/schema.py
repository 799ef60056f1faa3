"""Take indexes and foreign keys away for a bulk load, and give them back as Django made them.

What is dropped is written to the ledger in the transaction of the DROP, with the statement by
which PostgreSQL itself describes it (`pg_get_indexdef`, `pg_get_constraintdef`): after a crash at
any moment, the ledger says what is missing. Unique indexes and primary keys stay, and those whose
entries may be too large: they name a row at fault when it comes, not at the end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from mappings.sqltext import pg_name
from migrate import models
from migrate.ledger import Ledger
from migrate.target import Target

__all__ = ["DroppedObject", "drop_for_load", "drop_foreign_keys", "owned", "pending", "restore"]

_INDEXES = """
SELECT c.relname, i.relname, pg_get_indexdef(x.indexrelid)
FROM pg_index x
JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_class i ON i.oid = x.indexrelid
WHERE c.oid = ANY(%s::regclass[])
  -- Of a partitioned table, PostgreSQL describes the index of the parent ONLY.
  AND i.relkind = 'i' AND NOT i.relispartition
  AND NOT x.indisunique AND NOT x.indisprimary AND NOT x.indisexclusion
  -- What pg_get_indexdef does not tell would be lost: such an index stays.
  AND NOT x.indisclustered AND NOT x.indisreplident AND x.indisvalid AND i.reltablespace = 0
  AND obj_description(i.oid, 'pg_class') IS NULL
  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = i.oid AND a.attstattarget > 0)
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid)
  -- An entry that is too large is to be refused with its row, not with the whole index at the end.
  AND NOT (i.relam = (SELECT oid FROM pg_am WHERE amname = 'btree') AND 2704 <
    (SELECT sum(CASE WHEN a.attlen > 0 THEN a.attlen
                     WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4
                     THEN (a.atttypmod - 4) * pg_encoding_max_length(d.encoding)
                     WHEN a.atttypid IN ('numeric'::regtype, 'inet'::regtype) THEN 500
                     ELSE 2705 END + 8)
     FROM pg_attribute a, pg_database d
     WHERE a.attrelid = i.oid AND d.datname = current_database()))
ORDER BY c.relname, i.relname
"""
_FOREIGN_KEYS = """
SELECT c.relname, k.conname, pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.contype = 'f' AND k.convalidated AND k.conparentid = 0
  AND c.oid = ANY(%s::regclass[])
  AND obj_description(k.oid, 'pg_constraint') IS NULL
ORDER BY c.relname, k.conname
"""


@dataclass(frozen=True, kw_only=True)
class DroppedObject:
    """An index or foreign key that is in the ledger and not yet back."""

    id: int
    kind: str
    table: str
    name: str
    definition: str


def owned(target: Target, tables: Sequence[str]) -> bool:
    """Whether this user may drop and restore on all these tables (owner, or member of it)."""
    return bool(
        target.value(
            "SELECT coalesce(bool_and(pg_has_role(c.relowner, 'USAGE')), true)"
            " FROM pg_class c WHERE c.oid = ANY(%s::regclass[])",
            [_quoted(tables)],
        )
    )


def drop_for_load(ledger: Ledger, run_id: int, tables: Sequence[str]) -> None:
    """Drop secondary indexes and outgoing foreign keys of the tables.

    One transaction for all: either everything is gone and in the ledger, or nothing.
    """
    with ledger.target.transaction():
        drop_foreign_keys(ledger, run_id, tables)
        for table, name, definition in ledger.target.rows(_INDEXES, [_quoted(tables)]):
            _drop(ledger, run_id, models.Dropped.Kind.INDEX, table, name, definition)


def drop_foreign_keys(ledger: Ledger, run_id: int, tables: Sequence[str]) -> None:
    """Drop outgoing foreign keys of the tables, in one transaction with their ledger rows."""
    with ledger.target.transaction():
        for table, name, definition in ledger.target.rows(_FOREIGN_KEYS, [_quoted(tables)]):
            add = f"ALTER TABLE {pg_name(table)} ADD CONSTRAINT {pg_name(name)} {definition}"
            _drop(ledger, run_id, models.Dropped.Kind.FOREIGN_KEY, table, name, add)


def _drop(
    ledger: Ledger, run_id: int, kind: models.Dropped.Kind, table: str, name: str, definition: str
) -> None:
    ledger.insert(
        models.Dropped,
        run=run_id,
        kind=kind,
        table_name=table,
        name=name,
        definition=definition,
    )
    if kind is models.Dropped.Kind.INDEX:
        ledger.target.execute(f"DROP INDEX {pg_name(name)}")
    else:
        ledger.target.execute(f"ALTER TABLE {pg_name(table)} DROP CONSTRAINT {pg_name(name)}")


def pending(ledger: Ledger, kind: str) -> list[DroppedObject]:
    """What is dropped and not restored, whichever run dropped it."""
    table = pg_name(models.Dropped._meta.db_table)
    return [
        DroppedObject(id=n, kind=kind, table=t, name=name, definition=definition)
        for n, t, name, definition in ledger.target.rows(
            f"SELECT id, table_name, name, definition FROM {table}"
            " WHERE restored_at IS NULL AND kind = %s ORDER BY id",
            [kind],
        )
    ]


def restore(ledger: Ledger, dropped: DroppedObject) -> None:
    """Make it again and mark it in the ledger, in one transaction.

    Raises `TargetRefused` when the rows break it; then it stays pending.
    """
    with ledger.target.transaction():
        ledger.target.execute(dropped.definition)
        ledger.update(models.Dropped, dropped.id, restored_at=dt.datetime.now(dt.UTC))


def _quoted(tables: Sequence[str]) -> list[str]:
    return [pg_name(table) for table in tables]
