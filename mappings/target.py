"""The target field as values: what Django's model metadata says of one PostgreSQL column."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db import connections, models

__all__ = ["TargetField", "target_field"]

_SIZED = re.compile(r"^(?P<base>[a-z ]+?)\s*(?:\((?P<size>[\d, ]+)\))?(?P<array>\[\d*\])?$")


_POSITIVE = (
    models.PositiveBigIntegerField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
)


@dataclass(frozen=True, kw_only=True)
class TargetField:
    """One column of the target, with PostgreSQL's own name of its type."""

    name: str
    """Name of the model field."""
    column: str
    base: str
    """`integer`, `varchar`, `timestamp with time zone` …; of the elements if an array."""
    array: bool = False
    size: int | None = None
    """Characters of a varchar, or digits of a numeric."""
    scale: int | None = None
    least: int | None = None
    """The least number that a CHECK of Django's own allows: 0 for the positive integer fields."""
    null: bool = False
    primary_key: bool = False
    choices: tuple[Any, ...] = ()
    zone: str | None = None
    """Zone whose wall clock is the canonical form of an instant; None: UTC."""

    @property
    def type_name(self) -> str:
        """The type as messages name it."""
        return f"{self.base}[]" if self.array else self.base


def target_field(field: models.Field[Any, Any], using: str) -> TargetField:
    """Describe a concrete model field as it is in the database `using`. Opens no connection."""
    db_type = field.db_type(connections[using]) or ""
    match = _SIZED.match(db_type)
    sizes = [int(n) for n in match["size"].split(",")] if match and match["size"] else []
    return TargetField(
        name=field.name,
        column=str(field.column),
        base=match["base"] if match else db_type,
        array=bool(match and match["array"]),
        size=sizes[0] if sizes else None,
        scale=sizes[1] if len(sizes) > 1 else None,
        least=0 if isinstance(field, _POSITIVE) else None,
        null=field.null,
        primary_key=field.primary_key,
        choices=tuple(value for value, _ in field.flatchoices or ()),
    )
