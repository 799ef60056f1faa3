"""Declarations of a mapping that fill one column of the target each, and many-to-many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mappings.steps.base import Step, as_step

__all__ = [
    "Column",
    "Constant",
    "ContentTypes",
    "Duplicates",
    "Gathered",
    "GenericReference",
    "Join",
    "ManyToMany",
    "Orphans",
    "Picked",
    "Reference",
]

Orphans = Literal["quarantine", "null", "skip", "keep"]
Duplicates = Literal["quarantine", "skip"]


@dataclass(frozen=True, init=False)
class Column:
    """The field is one column of the source table, through the given steps in order.

    `Column("created", steps.from_unixtime)`. A step is one of `mappings.steps` or any function
    of one value. Without steps, the pair of types decides the conversion.
    """

    source: str
    steps: tuple[Step, ...]

    def __init__(self, source: str, *steps: object) -> None:
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "steps", tuple(as_step(s) for s in steps))


@dataclass(frozen=True)
class Constant:
    """The field has the same value in every row: a Python value as the model field takes it."""

    value: Any


@dataclass(frozen=True, init=False)
class Reference(Column):
    """A foreign key. `orphans` says what happens to a row whose parent is not in the target:

    `quarantine`: it is rejected and kept with its values; `null`: the reference becomes NULL;
    `skip`: it is left out and counted; `keep`: it is loaded as it is, which needs
    `db_constraint=False` on the field.
    """

    orphans: Orphans

    def __init__(self, source: str, *steps: object, orphans: Orphans = "quarantine") -> None:
        super().__init__(source, *steps)
        object.__setattr__(self, "orphans", orphans)


@dataclass(frozen=True, init=False)
class ContentTypes(Column):
    """The content type of a generic foreign key, by the word that the source has for the model.

    `ContentTypes("item_type", models={"post": "blog.Post", "user": "auth.User"})`. Steps make
    the word first. A word that is not listed follows `other`: `reject` the row, or `null`.
    """

    models: Mapping[str, str] | Mapping[int, str]
    other: Literal["reject", "null"]

    def __init__(
        self,
        source: str,
        *steps: object,
        models: Mapping[str, str] | Mapping[int, str],
        other: Literal["reject", "null"] = "reject",
    ) -> None:
        super().__init__(source, *steps)
        object.__setattr__(self, "models", dict(models))
        object.__setattr__(self, "other", other)


@dataclass(frozen=True, init=False)
class GenericReference(Column):
    """The object id of a generic foreign key; `type` is the field of its content type.

    `GenericReference("item_id", type="content_type")`. `orphans` is as for `Reference`: a row
    whose object is not in the table of its content type. Rows without a content type have none.
    """

    type: str
    orphans: Orphans

    def __init__(
        self, source: str, *steps: object, type: str, orphans: Orphans = "quarantine"
    ) -> None:
        super().__init__(source, *steps)
        object.__setattr__(self, "type", type)
        object.__setattr__(self, "orphans", orphans)


@dataclass(frozen=True)
class ManyToMany:
    """A many-to-many field without a model of its own for the join table.

    `ManyToMany("icon_tags", "icon_id", "tag_id")`: the join table of the source, its column for
    this model and its column for the other. A pair that comes again follows `duplicates`.

    With a `separator`, `ManyToMany("icons", "icon_id", "tag_ids", separator=",")`, the last is a
    column that lists the other's keys. A list with more than `most` members has its row refused
    for what is too many.
    """

    table: str
    source: str
    target: str
    orphans: Orphans = field(default="quarantine", kw_only=True)
    duplicates: Duplicates = field(default="quarantine", kw_only=True)
    separator: str | None = field(default=None, kw_only=True)
    most: int = field(default=100, kw_only=True)


@dataclass(frozen=True, init=False)
class Gathered:
    """A JSON object of all rows that a name/value table has for the source row.

    `Gathered("usermeta", by="user_id", name="meta_key", value="meta_value")`. `by` is the column
    that refers to the source row's key, or to its column `to`. A name that comes again has the
    list of its values, in the order of the table's key; steps make each value. Names in
    `without` are left out.
    """

    table: str
    steps: tuple[Step, ...]
    by: str
    name: str
    value: str
    to: str | None
    without: tuple[str, ...]

    def __init__(
        self,
        table: str,
        *steps: object,
        by: str,
        name: str,
        value: str,
        to: str | None = None,
        without: Sequence[str] = (),
    ) -> None:
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "steps", tuple(as_step(s) for s in steps))
        object.__setattr__(self, "by", by)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "to", to)
        object.__setattr__(self, "without", tuple(without))


@dataclass(frozen=True, init=False)
class Picked(Column):
    """The value that a name/value table has for the source row under one name.

    `Picked("usermeta", by="user_id", name="meta_key", value="meta_value", pick="first_name")`,
    NULL without such a row; of several, the one with the lowest key.
    """

    table: str
    by: str
    name: str
    value: str
    pick: str | int
    to: str | None

    def __init__(
        self,
        table: str,
        *steps: object,
        by: str,
        name: str,
        value: str,
        pick: str | int,
        to: str | None = None,
    ) -> None:
        super().__init__(f"{table}[{pick}].{value}", *steps)
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "by", by)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "pick", pick)
        object.__setattr__(self, "to", to)


@dataclass(frozen=True)
class Join:
    """A second table of the source, of which each source row has one row at most.

    `joins = {"profile": Join("user_profiles", on={"user_id": "id"})}` in class Meta: the joined
    table's column, and the column of the source row that it equals. `Column("profile.bio")` then
    is a column of it, NULL for a row without a partner.
    """

    table: str
    on: Mapping[str, str] = field(kw_only=True)
