"""Sequences must be past the greatest value of the column that they fill, and must be there."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models

from mappings.sqltext import pg_name, pg_text
from verify.findings import Finding
from verify.ports import TargetConnection

__all__ = ["check_sequences"]


def check_sequences(
    name: str, model: type[models.Model], target: TargetConnection, *, beyond: int = 0
) -> Iterator[Finding]:
    """Findings `sequence_behind` and `sequence_missing`: serial and identity columns of a table.

    `beyond` is what the key's sequence must be past, though no row has it.
    """
    table = pg_name(model._meta.db_table)
    numbered = set()
    for column, sequence, step, rising in target.rows(_filling(table)):
        numbered.add(column)
        if not rising:
            continue
        following, greatest = target.rows(
            f"SELECT (SELECT last_value + CASE WHEN is_called THEN {step} ELSE 0 END"
            f" FROM {sequence}), (SELECT max({pg_name(column)}) FROM {table})"
        )[0]
        held = greatest
        if beyond and column == model._meta.pk.column:
            greatest = max(greatest or 0, beyond)
        if greatest is not None and following <= greatest:
            yield Finding(
                kind="sequence_behind",
                table=name,
                columns=(column,),
                detail=f"{sequence} gives {following} next, the column holds up to {held}"
                + (f", and the mapping's id_offset is {beyond}" if greatest != held else ""),
            )
    for field in model._meta.local_concrete_fields:
        if isinstance(field, models.AutoField) and field.column not in numbered:
            detail = "neither a sequence nor an identity numbers the column"
            yield Finding(kind="sequence_missing", table=name, columns=(field.name,), detail=detail)


def _filling(table: str) -> str:
    """SQL: (column, sequence, step, whether it rises) of what numbers a table's rows.

    By ownership or identity; or by the column's default, where somebody made the sequence apart.
    """
    relation = f"{pg_text(table)}::regclass"
    return (
        "SELECT a.attname::text, q.seq::regclass::text, s.seqincrement, s.seqincrement > 0 FROM ("
        " SELECT d.refobjsubid AS num, d.objid AS seq FROM pg_depend d"
        f" WHERE d.refobjid = {relation} AND d.classid = 'pg_class'::regclass"
        " AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')"
        " AND EXISTS (SELECT FROM pg_attribute i LEFT JOIN pg_attrdef f"
        " ON f.adrelid = i.attrelid AND f.adnum = i.attnum WHERE i.attrelid = d.refobjid"
        " AND i.attnum = d.refobjsubid AND (i.attidentity <> '' OR f.oid IS NOT NULL))"
        " UNION SELECT f.adnum, d.refobjid FROM pg_attrdef f"
        " JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid"
        f" AND d.refclassid = 'pg_class'::regclass WHERE f.adrelid = {relation}"
        " AND d.refobjid <> f.adrelid"
        ") q JOIN pg_sequence s ON s.seqrelid = q.seq"
        f" JOIN pg_attribute a ON a.attrelid = {relation} AND a.attnum = q.num ORDER BY a.attnum"
    )
