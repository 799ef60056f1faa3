"""A table needs its primary key, and its columns may not be NULL where the model says so."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models

from mappings.sqltext import pg_name, pg_text
from verify.findings import Finding
from verify.ports import TargetConnection

__all__ = ["check_keys"]


def check_keys(name: str, model: type[models.Model], target: TargetConnection) -> Iterator[Finding]:
    """Findings `constraint_missing`: the primary key, and NOT NULL.

    An index that is unique is no primary key: it takes NULL, and replication, ON CONFLICT of
    others and foreign keys without columns do not find it.
    """
    table = pg_text(pg_name(model._meta.db_table))
    key = tuple(str(field.column) for field in model._meta.pk_fields)
    held = target.rows(
        "SELECT array(SELECT a.attname::text FROM unnest(c.conkey) AS k (n)"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n)"
        f" FROM pg_constraint c WHERE c.contype = 'p' AND c.conrelid = {table}::regclass"
    )
    if not held or set(held[0][0]) != set(key):
        got = f", got one of {', '.join(held[0][0])}" if held else ""
        yield Finding(
            kind="constraint_missing", table=name, columns=key, detail=f"primary key{got}"
        )
    free = {
        column
        for (column,) in target.rows(
            f"SELECT attname::text FROM pg_attribute WHERE attrelid = {table}::regclass"
            " AND attnum > 0 AND NOT attisdropped AND NOT attnotnull"
        )
    }
    for field in model._meta.local_concrete_fields:
        if isinstance(field, models.GeneratedField):
            # Django makes these without NOT NULL, whatever the field says.
            continue
        # Without a primary key its columns take NULL too: that is said already.
        if not field.null and field.column in free and field.column not in key:
            yield Finding(
                kind="constraint_missing",
                table=name,
                columns=(field.name,),
                detail="NOT NULL",
            )
