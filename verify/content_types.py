"""Generic foreign keys: their content types must be there, and the rows that they mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from mappings.plan import ReferencePlan, TablePlan
from mappings.sqltext import pg_name, pg_text
from verify.findings import Finding
from verify.ports import TargetConnection

__all__ = ["check_content_types"]

_ORPHANS_NAMED = 100
_LABEL = "contenttypes.ContentType"


def check_content_types(
    name: str, model: type[models.Model], target: TargetConnection, table: TablePlan | None
) -> Iterator[Finding]:
    """Findings `content_type_missing` and `constraint_broken`.

    Of every foreign key to ContentType: its values are rows that mean a model of this project. Of
    what a mapping fills besides: the models that it may mean have a content type of the id that the
    mapping was compiled with, and the rows are there.
    """
    columns = [field for field in model._meta.local_concrete_fields if _is_content_type(field)]
    if not columns:
        return
    ids = _ids(target)
    if ids is None:
        detail = "the target has no table of content types"
        yield Finding(kind="content_type_missing", table=name, detail=detail)
        return
    for field in columns:
        yield from _unknown(name, model, field, ids, target)
    for reference in table.generic if table is not None else ():
        yield from _parents(name, model, reference, ids, target)


def _is_content_type(field: Any) -> bool:
    related = getattr(field, "related_model", None)
    return isinstance(related, type) and related._meta.label == _LABEL  # type: ignore[attr-defined]


def _ids(target: TargetConnection) -> dict[int, tuple[str, str]] | None:
    if target.rows("SELECT to_regclass('django_content_type')")[0][0] is None:
        return None
    rows = target.rows("SELECT id, app_label, model FROM django_content_type")
    return {int(number): (app, model) for number, app, model in rows}


def _unknown(
    name: str,
    model: type[models.Model],
    field: Any,
    ids: dict[int, tuple[str, str]],
    target: TargetConnection,
) -> Iterator[Finding]:
    """Content types that rows refer to, and that mean nothing."""
    column = pg_name(str(field.column))
    for number, rows in target.rows(
        f"SELECT {column}, count(*) FROM {pg_name(model._meta.db_table)}"
        f" WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 1"
    ):
        known = ids.get(number)
        if known is None and field.db_constraint:
            # Rows that break a foreign key are named one by one, as those of any other.
            continue
        if known is None:
            said = f"{rows} rows of a content type that is not there, id {number}"
        elif not _is_model(*known):
            said = f"{rows} rows of {known[0]}.{known[1]}, which is no model (any more)"
        else:
            continue
        yield Finding(kind="content_type_missing", table=name, columns=(field.name,), detail=said)


def _is_model(app: str, model: str) -> bool:
    try:
        apps.get_model(app, model)
    except LookupError:
        return False
    return True


def _parents(
    name: str,
    model: type[models.Model],
    reference: ReferencePlan,
    ids: dict[int, tuple[str, str]],
    target: TargetConnection,
) -> Iterator[Finding]:
    """The model that a mapping's words mean: its content type, and the rows referred to."""
    parent = next(m for m in apps.get_models() if m._meta.db_table == reference.parent)
    key = parent._meta.app_label, str(parent._meta.model_name)
    number = next((number for number, model_key in ids.items() if model_key == key), None)
    if number is None or not (reference.only or "").endswith(f" = {number}"):
        said = "has none" if number is None else "its id is not the one that rows are loaded with"
        detail = f"{parent._meta.label}: {said}"
        yield Finding(
            kind="content_type_missing", table=name, columns=(reference.name,), detail=detail
        )
        return
    if reference.orphans == "keep":
        return
    pk = ", ".join(f"t.{pg_name(str(f.column))}" for f in model._meta.pk_fields)
    child = f"t.{pg_name(reference.column)}"
    own = f"p.{pg_name(reference.parent_column)}"
    # The key of any model is held as text or as a number: what it is compared as, both can be.
    cast = "::text" if _mixed(target, model, reference) else ""
    same = f"{own}{cast} = {child}{cast}"
    for row in target.rows(
        f"SELECT {pk}, {child} FROM {pg_name(model._meta.db_table)} t"
        f" WHERE {reference.only} AND {child} IS NOT NULL AND NOT EXISTS"
        f" (SELECT FROM {pg_name(reference.parent)} p WHERE {same}) ORDER BY {pk}"
        f" LIMIT {_ORPHANS_NAMED}"
    ):
        yield Finding(
            kind="constraint_broken",
            table=name,
            key=row[:-1],
            target_key=tuple(map(str, row[:-1])),
            columns=(reference.name,),
            target_values=row[-1:],
            detail=f"no such row in {reference.parent}",
        )


def _mixed(target: TargetConnection, model: type[models.Model], reference: ReferencePlan) -> bool:
    """Whether the two columns are not both numbers."""
    found = target.rows(
        "SELECT bool_and(t.typcategory = 'N') FROM pg_attribute a JOIN pg_type t"
        " ON t.oid = a.atttypid WHERE"
        f" a.attrelid = {pg_text(pg_name(model._meta.db_table))}::regclass"
        f" AND a.attname = {pg_text(reference.column)}"
        f" OR a.attrelid = {pg_text(pg_name(reference.parent))}::regclass"
        f" AND a.attname = {pg_text(reference.parent_column)}"
    )
    return not found[0][0]
