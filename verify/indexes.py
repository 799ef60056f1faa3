"""Indexes that the model states must be there and in use, and the table must survive a crash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models

from mappings.sqltext import pg_name, pg_text
from verify.findings import Finding
from verify.ports import TargetConnection

__all__ = ["check_indexes"]


@dataclass(frozen=True)
class _Index:
    name: str
    unique: bool
    valid: bool
    whole: bool
    """Without a condition."""
    columns: tuple[str | None, ...]
    """In order; None for an expression."""


def check_indexes(
    name: str, model: type[models.Model], target: TargetConnection
) -> Iterator[Finding]:
    """Findings `index_missing`, `index_invalid`, `constraint_missing`, `table_unlogged`."""
    table = pg_text(pg_name(model._meta.db_table))
    held = [
        _Index(row[0], row[1], row[2], row[3], tuple(row[4]))
        for row in target.rows(
            "SELECT c.relname, i.indisunique, i.indisvalid AND i.indisready AND i.indislive,"
            " i.indpred IS NULL, array(SELECT a.attname::text FROM"
            " unnest(i.indkey::int2[]) WITH ORDINALITY AS k (n, at)"
            " LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n AND k.n > 0"
            " WHERE k.at <= i.indnkeyatts ORDER BY k.at)"
            f" FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = {table}"
            "::regclass ORDER BY 1"
        )
    ]
    for index in held:
        if not index.valid:
            yield Finding(kind="index_invalid", table=name, detail=index.name)
    kept = target.rows(f"SELECT relpersistence::text FROM pg_class WHERE oid = {table}::regclass")
    if kept[0][0] != "p":
        yield Finding(kind="table_unlogged", table=name, detail="a crash would empty it")
    yield from _missing_uniques(name, model, held)
    yield from _missing_indexes(name, model, held)


def _missing_uniques(name: str, model: type[models.Model], held: list[_Index]) -> Iterator[Finding]:
    unique = {frozenset(index.columns) for index in held if index.unique and index.whole}
    names = {index.name for index in held if index.unique}
    meta = model._meta
    columns_of = {f.name: str(f.column) for f in meta.local_concrete_fields}
    wanted: list[tuple[str, ...]] = [
        (str(f.column),) for f in meta.local_concrete_fields if f.unique and not f.primary_key
    ]
    wanted += [tuple(columns_of[n] for n in group) for group in meta.unique_together]
    for columns in wanted:
        if frozenset(columns) not in unique:
            yield Finding(kind="constraint_missing", table=name, columns=columns, detail="unique")
    for constraint in meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.name not in names:
            detail = f"unique {constraint.name}"
            yield Finding(
                kind="constraint_missing",
                table=name,
                columns=tuple(constraint.fields),
                detail=detail,
            )


def _missing_indexes(name: str, model: type[models.Model], held: list[_Index]) -> Iterator[Finding]:
    leading = {index.columns[0] for index in held if index.columns and index.whole}
    names = {index.name for index in held}
    for field in model._meta.local_concrete_fields:
        if getattr(field, "db_index", False) and not field.unique and field.column not in leading:
            yield Finding(kind="index_missing", table=name, columns=(field.name,))
    for index in model._meta.indexes:
        if index.name not in names:
            yield Finding(
                kind="index_missing", table=name, columns=tuple(index.fields), detail=index.name
            )
