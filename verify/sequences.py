"""Sequences must be past the greatest value of the column that they fill."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models

from mappings.sqltext import pg_name, pg_text
from verify.findings import Finding
from verify.ports import TargetConnection

__all__ = ["check_sequences"]


def check_sequences(
    name: str, model: type[models.Model], target: TargetConnection
) -> Iterator[Finding]:
    """Findings `sequence_behind`, for serial and identity columns of the model's table."""
    table = pg_name(model._meta.db_table)
    owned = target.rows(
        "SELECT a.attname, d.objid::regclass::text, s.seqincrement FROM pg_depend d"
        " JOIN pg_sequence s ON s.seqrelid = d.objid"
        " JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
        f" WHERE d.refobjid = {pg_text(table)}::regclass AND d.classid = 'pg_class'::regclass"
        " AND d.deptype IN ('a', 'i') AND s.seqincrement > 0 ORDER BY a.attnum"
    )
    for column, sequence, step in owned:
        following, greatest = target.rows(
            f"SELECT (SELECT last_value + CASE WHEN is_called THEN {step} ELSE 0 END"
            f" FROM {sequence}), (SELECT max({pg_name(column)}) FROM {table})"
        )[0]
        if greatest is not None and following <= greatest:
            yield Finding(
                kind="sequence_behind",
                table=name,
                columns=(column,),
                detail=f"{sequence} gives {following} next, the column holds up to {greatest}",
            )
