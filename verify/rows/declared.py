"""What was declared, as level "rows" is handed it, and what of it fills one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.db import models

from mappings.base import ModelMapping
from mappings.catalogue import Catalogue, SourceTable
from mappings.columns import Column, Constant, Gathered, ManyToMany, Reference
from mappings.options import Options
from mappings.plan import TablePlan
from mappings.steps.base import Step

__all__ = ["Declared", "Filling", "Fillings", "find_table"]

Field: TypeAlias = "models.Field[Any, Any]"
Filling: TypeAlias = Column | Constant | Gathered


@dataclass(frozen=True, kw_only=True)
class Declared:
    """The mapping classes, and what they were compiled with beside them."""

    mappings: Sequence[type[ModelMapping]]
    catalogue: Catalogue
    renumbering: Mapping[type[models.Model], Step] = field(default_factory=dict)
    """For models whose rows were matched to existing ones: source key -> target key."""


@dataclass(frozen=True, kw_only=True)
class Fillings:
    """The declarations of one table plan: a mapping's own, or of a many-to-many field of it."""

    options: Options
    fields: tuple[tuple[Field, Filling], ...]
    listed: ManyToMany | None = None
    """Of a many-to-many whose other keys stand in one column, as a list."""

    @classmethod
    def find(cls, declared: Declared, table: TablePlan) -> Fillings | None:
        """Those of a table plan; None when no mapping class is the one that it was made of."""
        name, _, many = table.name.partition(".")
        for mapping in declared.mappings:
            if mapping.__name__ != name:
                continue
            if many:
                found = _many_to_many(mapping, many, table)
                if found is not None:
                    return found
            elif mapping._mapping.options.model in (table.label, table.model._meta.label_lower):
                return cls(options=mapping._mapping.options, fields=tuple(_fields(mapping, table)))
        return None


def find_table(catalogue: Catalogue, name: str) -> SourceTable | None:
    """The table of that name, in another case if there is just one such."""
    if name in catalogue.tables:
        return catalogue.tables[name]
    folded = [t for t in catalogue.tables.values() if t.name.lower() == name.lower()]
    return folded[0] if len(folded) == 1 else None


def _fields(mapping: type[ModelMapping], table: TablePlan) -> Iterator[tuple[Field, Filling]]:
    told = mapping._mapping
    for each in table.model._meta.local_concrete_fields:
        filling = told.declarations.get(each.name) or told.declarations.get(each.attname)
        if filling is None and told.options.columns == "same-name":
            same = table.source.column(str(each.column)) or table.source.column(each.name)
            filling = Column(same.name) if same is not None else None
        if isinstance(filling, Column | Constant | Gathered):
            yield each, filling


def _many_to_many(mapping: type[ModelMapping], name: str, table: TablePlan) -> Fillings | None:
    declaration = mapping._mapping.declarations.get(name)
    if not isinstance(declaration, ManyToMany):
        return None
    through = table.model._meta
    names = {each.name: each for each in through.local_concrete_fields}
    owners = [
        each
        for each in _owner(mapping, table).local_many_to_many
        if each.name == name and each.remote_field.through is table.model
    ]
    if not owners:
        return None
    sides = (
        (names[owners[0].m2m_field_name()], Reference(declaration.source)),
        (names[owners[0].m2m_reverse_field_name()], Reference(declaration.target)),
    )
    return Fillings(
        options=Options(source=declaration.table, model=through.label),
        fields=sides,
        listed=declaration if declaration.separator else None,
    )


def _owner(mapping: type[ModelMapping], table: TablePlan) -> Any:
    """The `_meta` of the model that a mapping fills."""
    return table.model._meta.apps.get_model(mapping._mapping.options.model)._meta
