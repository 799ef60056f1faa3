"""Compile generic foreign keys: a legacy word for the model, and the key of one of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from django.apps import apps
from django.db import models

from mappings.columns import ContentTypes, GenericReference, Orphans
from mappings.compiler.misfit import Misfit
from mappings.compiler.references import require_choice
from mappings.errors import nearest
from mappings.plan import ReferencePlan
from mappings.sqltext import pg_name
from mappings.steps import static_map
from mappings.steps.base import Step

__all__ = ["ContentTypeIds", "content_type_step", "generic_references", "words"]

ContentTypeIds = Mapping[tuple[str, str], int]
"""(app label, model name) -> id in the target's table of content types."""

Model = type[models.Model]


def words(declaration: ContentTypes) -> dict[str | int, Model]:
    """The models that the words mean. Raises `Misfit` for one that is none."""
    found: dict[str | int, Model] = {}
    for word, label in declaration.models.items():
        try:
            model: Model = apps.get_model(label) if isinstance(label, str) else label
            found[word] = model._meta.concrete_model or model
        except (LookupError, ValueError, AttributeError) as error:
            known = [m._meta.label for m in apps.get_models()]
            message = f"no model is called {label!r}"
            raise Misfit("mappings.E005", message, nearest(str(label), known)) from error
    return found


def content_type_step(
    field: models.Field[Any, Any], declaration: ContentTypes, ids: ContentTypeIds | None
) -> Step:
    """The step from a word to the id of its model's content type. Raises `Misfit`.

    Without `ids` the target is not known yet, and the plan is only looked at: any number does.
    """
    related = field.related_model
    label = related._meta.label if isinstance(related, type) else None
    if label != "contenttypes.ContentType":
        raise Misfit(
            "mappings.E060",
            f"content types go to a foreign key to ContentType, got {label or 'no foreign key'}",
            "declare a Column, or a ForeignKey to contenttypes.ContentType in the model",
        )
    found: dict[str | int, int] = {}
    for word, model in words(declaration).items():
        key = model._meta.app_label, str(model._meta.model_name)
        if ids is not None and key not in ids:
            message = f"the target has no content type for {model._meta.label}"
            raise Misfit("mappings.E062", message, "run `python manage.py migrate`")
        found[word] = ids[key] if ids is not None else len(found) + 1
    try:
        return static_map(found, other=declaration.other)
    except ValueError as error:
        raise Misfit(
            "mappings.E061",
            f"the words are not all texts or all integers, or `other` is no policy ({error})",
            'write {"word": "app.Model", …}, and other="reject" or "null"',
        ) from error


def generic_references(
    field: models.Field[Any, Any],
    declaration: GenericReference,
    declarations: Mapping[str, object],
    model: Model,
    ids: ContentTypeIds | None,
    renumbered: Sequence[Model],
) -> Iterator[ReferencePlan]:
    """What becomes of orphans, for each model that may be referred to. Raises `Misfit`."""
    require_choice("orphans", declaration.orphans, get_args(Orphans))
    kinds = declarations.get(declaration.type)
    if not isinstance(kinds, ContentTypes):
        known = [name for name, other in declarations.items() if isinstance(other, ContentTypes)]
        message = f"type: no ContentTypes is declared for {declaration.type!r}"
        raise Misfit("mappings.E063", message, nearest(declaration.type, known))
    if declaration.orphans == "null" and not field.null:
        raise Misfit(
            "mappings.E030",
            'orphans cannot become NULL, got "null" (expected a field with null=True)',
            'add null=True to the field, or use orphans="quarantine" or "skip"',
        )
    fields = model._meta.local_concrete_fields
    by = next((f.column for f in fields if declaration.type in (f.name, f.attname)), None)
    if by is None:
        # That the model has no such field is told with its ContentTypes.
        return
    numbers = ids or {}
    for parent in dict.fromkeys(words(kinds).values()):
        if len(parent._meta.pk_fields) > 1 or parent in renumbered:
            raise Misfit(
                "mappings.E064",
                f"generic references cannot follow the keys of {parent._meta.label}, which are"
                " of several columns, or were renumbered by `existing`",
                "leave it out of the words, or give it other keys",
            )
        number = numbers.get((parent._meta.app_label, str(parent._meta.model_name)), 0)
        yield ReferencePlan(
            name=field.name,
            column=str(field.column),
            parent=parent._meta.db_table,
            parent_column=str(parent._meta.pk.column),
            orphans=declaration.orphans,
            constrained=False,
            only=f"t.{pg_name(by)} = {number}",
        )
