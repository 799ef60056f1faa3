"""Set sequences and identities past the largest key, and prove it."""

from __future__ import annotations

from django.db import models

from mappings.plan import TablePlan
from mappings.sqltext import pg_name, source_column
from migrate.errors import RunError
from migrate.source import Source
from migrate.target import Target

__all__ = ["advance", "largest_key"]


_MOST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


def advance(target: Target, table: TablePlan, *, beyond: int = 0) -> int:
    """Set the sequence of the table's key to its maximum; returns 1, or 0 without a sequence.

    With `id_offset` Django's keys begin above it, clear of those that PHP goes on giving.
    `beyond` is a key that Django must not give either, though no row has it (`largest_key`).
    Never sets it back. Raises `RunError` if the next value would still clash.
    """
    pk = table.model._meta.pk
    if not isinstance(pk, models.AutoField):
        return 0
    key = table.primary_key[0]
    name, column = pg_name(table.target), pg_name(key)
    beyond = max(beyond, table.id_offset or 0)
    sequence = target.value("SELECT pg_get_serial_sequence(%s, %s)", [name, key])
    if sequence is None:
        return 0
    target.rows(
        f"SELECT setval(%s, greatest(m, s.last_value), s.is_called OR m >= s.last_value)"
        f" FROM {sequence} s, (SELECT greatest(coalesce(max({column}), 0), %s) AS m FROM {name}) x"
        " WHERE m > 0",
        [sequence, beyond],
    )
    clash = target.value(
        f"SELECT 1 FROM {sequence} s WHERE (SELECT max({column}) FROM {name}) >="
        " s.last_value + CASE WHEN s.is_called THEN 1 ELSE 0 END"
    )
    if clash:
        raise RunError(
            f"{table.name}: sequence {sequence} is behind the largest {key}",
            hint="let only one process write to the table during the run, then run again",
        )
    return 1


def largest_key(source: Source, table: TablePlan) -> int:
    """The largest key of the source table, loaded or not; 0 where its keys are no sequence's.

    A row that was refused keeps its key: given to a row of Django's, it could never be loaded.
    """
    keyed = len(table.key) == len(table.identity) == 1 and table.key[0].kind == "int"
    if not keyed or table.source.engine is None:
        return 0
    if [table.identity[0].column] != list(table.primary_key):
        return 0
    column = source_column(table.key[0].name)
    found = int(source.value(f"SELECT MAX({column}) FROM {table.source.own}") or 0)
    if table.id_offset is not None and found > table.id_offset:
        raise RunError(
            f"{table.name}: the source gives keys above id_offset, got {found} (expected at most"
            f" {table.id_offset})",
            hint="choose a greater `id_offset` in class Meta before Django inserts rows",
        )
    # An unsigned key may be beyond what a sequence can give.
    most = _MOST.get(table.identity[0].field.base, 0)
    return found if 0 < found < most else 0
