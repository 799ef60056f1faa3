"""Compile foreign keys and many-to-many join tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from django.db import models

from mappings.columns import Column, Duplicates, ManyToMany, Orphans, Reference
from mappings.compiler.misfit import Misfit
from mappings.errors import nearest
from mappings.plan import ReferencePlan

__all__ = ["compile_reference", "join_mapping"]


def compile_reference(
    field: models.ForeignKey[Any, Any], declaration: object, using: str
) -> ReferencePlan:
    """Return what becomes of orphans of this field. Raises `Misfit` if the policy cannot be."""
    constrained = bool(getattr(field, "db_constraint", True))
    orphans: Orphans = "quarantine" if constrained else "keep"
    if isinstance(declaration, Reference):
        orphans = declaration.orphans
        require_choice("orphans", orphans, get_args(Orphans))
    if orphans == "null" and not field.null:
        raise Misfit(
            "mappings.E030",
            'orphans cannot become NULL, got "null" (expected a field with null=True)',
            'add null=True to the field, or use orphans="quarantine" or "skip"',
        )
    if orphans == "keep" and constrained:
        raise Misfit(
            "mappings.E031",
            'orphans cannot be kept, got "keep" (expected a field with db_constraint=False)',
            'add db_constraint=False to the field, or use orphans="quarantine"',
        )
    parent = field.remote_field.model
    return ReferencePlan(
        name=field.name,
        column=field.column,
        parent=parent._meta.db_table,
        parent_column=str(field.target_field.column),
        orphans=orphans,
        constrained=constrained,
    )


def require_choice(name: str, got: str, choices: Sequence[str]) -> None:
    """Raise `Misfit` for a policy that is none."""
    if got not in choices:
        expected = " or ".join(map(repr, choices))
        message = f"{name} has no such choice, got {got!r} (expected {expected})"
        raise Misfit("mappings.E003", message, nearest(str(got), choices) or f"use {choices[0]!r}")


def join_mapping(
    field: models.ManyToManyField[Any, Any], declaration: ManyToMany
) -> tuple[type[models.Model], dict[str, Column]]:
    """The model of a many-to-many's join table, and the declarations that fill it.

    Raises `Misfit` for a join table that has a model of its own.
    """
    require_choice("duplicates", declaration.duplicates, get_args(Duplicates))
    through: Any = field.remote_field.through
    if not through._meta.auto_created:
        raise Misfit(
            "mappings.E032",
            f"the join table has a model of its own, got {through._meta.label}",
            f"write a ModelMapping for {through._meta.label} instead",
        )
    return through, {
        field.m2m_field_name(): Reference(declaration.source, orphans=declaration.orphans),
        field.m2m_reverse_field_name(): Reference(declaration.target, orphans=declaration.orphans),
    }
