"""Constraints that the model states must be there, valid, and kept by the rows in fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models

from mappings.sqltext import pg_name, pg_text
from verify.findings import Finding
from verify.ports import TargetConnection

__all__ = ["check_constraints"]

_ORPHANS_NAMED = 100


def check_constraints(
    name: str, model: type[models.Model], target: TargetConnection, *, rows: bool = True
) -> Iterator[Finding]:
    """Findings `constraint_missing` and `constraint_broken`: foreign keys, checks, triggers.

    `rows`: whether to look for rows that break a foreign key, which takes as long as there are.
    """
    yield from _invalid(name, model, target)
    yield from _missing_named(name, model, target)
    for field in model._meta.local_concrete_fields:
        if isinstance(field, models.ForeignKey) and getattr(field, "db_constraint", True):
            yield from _foreign_key(name, model, field, target, rows=rows)


def _invalid(name: str, model: type[models.Model], target: TargetConnection) -> Iterator[Finding]:
    table = pg_text(pg_name(model._meta.db_table))
    for (constraint,) in target.rows(
        f"SELECT conname FROM pg_constraint WHERE conrelid = {table}::regclass"
        " AND NOT convalidated ORDER BY 1"
    ):
        yield Finding(
            kind="constraint_broken", table=name, detail=f"{constraint} was never validated"
        )
    for (trigger,) in target.rows(
        f"SELECT tgname FROM pg_trigger WHERE tgrelid = {table}::regclass"
        " AND tgisinternal AND tgenabled <> 'O' ORDER BY 1"
    ):
        detail = f"trigger {trigger} of a foreign key is disabled"
        yield Finding(kind="constraint_broken", table=name, detail=detail)


def _missing_named(
    name: str, model: type[models.Model], target: TargetConnection
) -> Iterator[Finding]:
    table = pg_text(pg_name(model._meta.db_table))
    rows = target.rows(f"SELECT conname FROM pg_constraint WHERE conrelid = {table}::regclass")
    held = {constraint for (constraint,) in rows}
    for constraint in model._meta.constraints:
        # Unique ones are indexes; what else there is (checks, exclusions) has its own name.
        if not isinstance(constraint, models.UniqueConstraint) and constraint.name not in held:
            yield Finding(kind="constraint_missing", table=name, detail=f"check {constraint.name}")


def _foreign_key(
    name: str,
    model: type[models.Model],
    field: models.ForeignKey[Any, Any],
    target: TargetConnection,
    *,
    rows: bool,
) -> Iterator[Finding]:
    parent = field.related_model._meta.db_table
    column, parent_column = str(field.column), str(field.target_field.column)
    table = pg_name(model._meta.db_table)
    there = target.rows(
        "SELECT 1 FROM pg_constraint c JOIN pg_attribute a"
        " ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]"
        f" WHERE c.contype = 'f' AND c.conrelid = {pg_text(table)}::regclass"
        f" AND c.confrelid = {pg_text(pg_name(parent))}::regclass"
        f" AND a.attname = {pg_text(column)}"
    )
    if not there:
        detail = f"foreign key to {parent}"
        yield Finding(kind="constraint_missing", table=name, columns=(field.name,), detail=detail)
    if not rows:
        return
    pk = ", ".join(f"t.{pg_name(str(f.column))}" for f in model._meta.pk_fields)
    child = f"t.{pg_name(column)}"
    for row in target.rows(
        f"SELECT {pk}, {child} FROM {table} t WHERE {child} IS NOT NULL"
        f" AND NOT EXISTS (SELECT 1 FROM {pg_name(parent)} p WHERE p.{pg_name(parent_column)} ="
        f" {child}) ORDER BY {pk} LIMIT {_ORPHANS_NAMED}"
    ):
        yield Finding(
            kind="constraint_broken",
            table=name,
            key=row[:-1],
            target_key=tuple(map(str, row[:-1])),
            columns=(field.name,),
            target_values=row[-1:],
            detail=f"no such row in {parent}",
        )
