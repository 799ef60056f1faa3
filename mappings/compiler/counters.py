"""Compile the counters of a mapping: which child they count, and by which of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from mappings.compiler.misfit import Misfit
from mappings.counters import Count, Counter, Latest, Sum
from mappings.errors import nearest
from mappings.plan import CounterPlan

__all__ = ["Sources", "compile_counter", "models_by_source"]

Model: TypeAlias = type[models.Model]
Sources: TypeAlias = Mapping[str, Sequence[Model]]
"""The models that each source table is mapped to."""


def models_by_source(pairs: Iterable[tuple[str, Model]]) -> dict[str, tuple[Model, ...]]:
    """The models of every source table, each once."""
    found: dict[str, tuple[Model, ...]] = {}
    for source, model in pairs:
        if model not in found.get(source, ()):
            found[source] = (*found.get(source, ()), model)
    return found


def compile_counter(
    model: type[models.Model],
    field_name: str,
    counter: Counter,
    legacy_columns: Mapping[str, str],
    sources: Sources,
) -> CounterPlan:
    """Return the plan of one counter. Raises `Misfit`.

    `legacy_columns`: the columns of this model's source table, by lower-case name. Of several
    models that a source table is mapped to, the child is the one that refers to this model.
    """
    child = _child(model, counter, sources)
    by = _field(child, counter.by)
    if not isinstance(by, models.ForeignKey) or by.remote_field.model is not model:
        message = f"{child._meta.label}.{counter.by} is no foreign key to {model._meta.label}"
        keys = [f.name for f in child._meta.local_concrete_fields if f.related_model is model]
        raise Misfit("mappings.E041", message, nearest(counter.by, keys) or _use_one(keys))
    if not isinstance(counter, Count):
        _field(child, counter.field)
    if isinstance(counter, Latest):
        _field(child, counter.order_by)
    own = model._meta.get_field(field_name)
    null = bool(getattr(own, "null", False))
    counts = isinstance(counter, Count) or (isinstance(counter, Sum) and not null)
    if not counts and not null:
        message = f"{type(counter).__name__} of no children is NULL, and the field takes none"
        raise Misfit("mappings.E042", message, "add null=True to the field")
    if counter.legacy is not None and counter.legacy.lower() not in legacy_columns:
        message = f"legacy: the source table has no column {counter.legacy!r}"
        hint = nearest(counter.legacy, legacy_columns.values())
        raise Misfit("mappings.E013", message, hint)
    return CounterPlan(
        name=field_name,
        column=str(getattr(own, "column", field_name)),
        declaration=counter,
        child=child,
        by=by.column,
        empty="0" if counts else "NULL",
        legacy=legacy_columns[counter.legacy.lower()] if counter.legacy else None,
    )


def _child(model: Model, counter: Counter, sources: Sources) -> Model:
    found = sources.get(counter.child, ())
    if len(found) > 1:
        found = [child for child in found if _refers(child, counter.by, model)] or found
    if len(found) > 1:
        labels = [child._meta.label for child in found]
        message = f"{counter.child!r} is mapped to several models, got {', '.join(labels)}"
        raise Misfit("mappings.E043", message, f"name the model: {labels[0]!r}")
    if found:
        return found[0]
    try:
        return apps.get_model(counter.child)
    except (LookupError, ValueError) as error:
        known = [*sources, *(m._meta.label for several in sources.values() for m in several)]
        message = f"no model and no mapped source table is called {counter.child!r}"
        raise Misfit("mappings.E040", message, nearest(counter.child, known)) from error


def _refers(child: Model, by: str, model: Model) -> bool:
    fields = child._meta.local_concrete_fields
    return any(by in (f.name, f.attname) and f.related_model is model for f in fields)


def _field(child: type[models.Model], name: str) -> models.Field[Any, Any]:
    for field in child._meta.local_concrete_fields:
        if name in (field.name, field.attname):
            return field
    known = [f.name for f in child._meta.local_concrete_fields]
    message = f"model {child._meta.label} has no field {name!r}"
    raise Misfit("mappings.E011", message, nearest(name, known)) from FieldDoesNotExist(name)


def _use_one(names: list[str]) -> str | None:
    return f"use {' or '.join(map(repr, names))}" if names else None
