"""Set sequences and identities past the largest key, and prove it."""

from __future__ import annotations

from django.db import models

from mappings.plan import TablePlan
from mappings.sqltext import pg_name
from migrate.errors import RunError
from migrate.target import Target

__all__ = ["advance"]


def advance(target: Target, table: TablePlan) -> int:
    """Set the sequence of the table's key to its maximum; returns 1, or 0 without a sequence.

    Never sets it back. Raises `RunError` if the next value would still clash.
    """
    pk = table.model._meta.pk
    if not isinstance(pk, models.AutoField):
        return 0
    key = table.primary_key[0]
    name, column = pg_name(table.target), pg_name(key)
    sequence = target.value("SELECT pg_get_serial_sequence(%s, %s)", [name, key])
    if sequence is None:
        return 0
    target.rows(
        f"SELECT setval(%s, greatest(m, s.last_value), s.is_called OR m >= s.last_value)"
        f" FROM {sequence} s, (SELECT coalesce(max({column}), 0) AS m FROM {name}) x WHERE m > 0",
        [sequence],
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
