"""What a drafted project shall be: models, mappings and decisions, as values ready to be written.

Every piece of Python in it is source text, complete and valid where it will stand; the names it
needs are imported by the writer, which finds them by the dotted names in `imports`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Choice", "Decision", "Field", "MappingLine", "Model", "Project"]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Something that a person may want to change, for DRAFT.md."""

    table: str
    column: str | None
    topic: Literal[
        "key", "relation", "type", "null", "charset", "counter", "index", "name", "left out"
    ]
    chosen: str
    """What the draft does, one sentence, lower case, no final period."""
    evidence: str
    """What was counted: `4,212 rows, all 0 or 1`."""
    instead: str = ""
    """The whole lines to write for the other choice, as they would stand: imports, the field or an
    option of Meta in models.py, then the attribute in mappings.py."""
    cost: str = ""
    """What that would cost: `refuses 3 rows`."""
    routine: bool = False
    """Whether nothing was found that speaks against it, so that nobody need look at it first."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A member of a TextChoices or IntegerChoices class."""

    name: str
    value: str
    """As Python source: `"new"` or `3`."""
    label: str


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a model: `name = cls(arguments)`."""

    name: str
    cls: str
    """`models.CharField`, `ArrayField` …"""
    arguments: tuple[str, ...] = ()
    """`max_length=80`, `"self"`, `choices=Status` …, in the order to write."""
    imports: tuple[str, ...] = ()
    """`django.contrib.postgres.fields.ArrayField`: what `cls` and `arguments` need beside
    `django.db.models`."""
    choices_class: str | None = None
    choices: tuple[Choice, ...] = ()
    choices_base: str = "models.TextChoices"


@dataclass(frozen=True, kw_only=True)
class MappingLine:
    """An attribute of the mapping class: `name = declaration`."""

    name: str
    declaration: str
    """`Column("created", steps.from_unixtime)`."""
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model and the mapping that fills it."""

    name: str
    source: str
    """The table of the source."""
    doc: str
    """One line for the model's docstring."""
    fields: tuple[Field, ...]
    meta: tuple[tuple[str, str], ...] = ()
    """Options of the model's Meta in their order: name and Python source."""
    meta_imports: tuple[str, ...] = ()
    str_field: str | None = None
    """Field that `__str__` shows; None: the key."""
    mapping: tuple[MappingLine, ...] = ()
    mapping_meta: tuple[tuple[str, str], ...] = ()
    """Options of the mapping's Meta after `source` and `model`: `("key", '("a", "b")')`."""
    in_admin: bool = True
    admin_list: tuple[str, ...] = ()
    """Fields for `list_display`."""
    admin_search: tuple[str, ...] = ()
    admin_raw_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Project:
    """A drafted project."""

    app: str
    database: str
    """Name of the legacy database, for titles."""
    models: tuple[Model, ...]
    """Parents before children where the references allow it."""
    decisions: tuple[Decision, ...] = ()
    left_out: tuple[tuple[str, str], ...] = field(default=())
    """Tables and views without a model, and why."""
    unloadable: tuple[tuple[str, str], ...] = field(default=())
    """Rows that PostgreSQL cannot hold at all: where, and how many and why."""
    time_zone: str = "UTC"
    zone_given: bool = True
    """Whether a person said so; else it is a guess."""
    clocks: tuple[tuple[str, str], ...] = ()
    """Tables and columns of DATETIME that became moments by that zone."""
    has_passwords: bool = False
    """Whether a field holds password hashes, so that settings list delamp's hashers."""
    hash_packages: tuple[str, ...] = ()
    """What is to be installed for hashes that were seen: `bcrypt`."""
    data_evidence: bool = True
