"""What of a model people see: how a row calls itself, and its columns in the admin."""

from __future__ import annotations

import re
from collections.abc import Collection

from migrate.draft.design import Field
from migrate.draft.designing.names import snake
from migrate.draft.designing.words import words

__all__ = ["admin_list", "admin_raw_ids", "admin_search", "str_field"]

_NAMES = words(
    "name title label subject headline username user_name login nicename display_name "
    "nickname full_name company slug email key code alias word keyword term description "
)
_SUFFIXES = tuple(name for name in _NAMES if name not in {"code", "key", "alias", "word"})
_TEXTS = ("models.CharField", "models.TextField")
_NARROW = (
    "models.CharField",
    "models.ForeignKey",
    "models.OneToOneField",
    "models.BooleanField",
    "models.DateField",
    "models.DateTimeField",
    "models.DecimalField",
)


def str_field(fields: tuple[Field, ...], model: str) -> str | None:
    """The field that names a row: `title`, `post_title`, `userName` …"""
    texts = [f for f in fields if f.cls in _TEXTS and not f.choices_class and _no_password(f)]
    texts = [f for f in texts if f.cls == "models.CharField" or f.name in _NAMES[:4]]
    for wanted in _NAMES:
        if any(f.name == wanted for f in texts):
            return wanted
    if any(f.name == snake(model) for f in texts):
        return snake(model)
    for wanted in _SUFFIXES:
        found = next((f for f in texts if f.name.endswith(f"_{wanted}")), None)
        if found is not None:
            return found.name
    return None


def _no_password(field: Field) -> bool:
    return re.search("pass|pwd|hash|token|salt", field.name) is None


def admin_list(
    fields: tuple[Field, ...], shown: str | None, orphaned: Collection[str] = ()
) -> tuple[str, ...]:
    """The key, the name and a few narrow fields, none of references with a missing parent."""
    key = next((f.name for f in fields if "primary_key=True" in f.arguments), None)
    first = [name for name in (key, shown) if name]
    narrow = [
        f.name
        for f in fields
        if f.cls in _NARROW and f.name not in (*first, *orphaned) and _no_password(f)
    ]
    return tuple(dict.fromkeys([*first, *narrow[: 6 - len(first)]]))


def admin_search(fields: tuple[Field, ...], shown: str | None) -> tuple[str, ...]:
    names = [f.name for f in fields if f.cls == "models.CharField" and f.name.endswith("email")]
    return tuple(dict.fromkeys([*([shown] if shown else []), *names]))


def admin_raw_ids(fields: tuple[Field, ...]) -> tuple[str, ...]:
    """References: a list of all parents to choose from may be as long as their table."""
    references = ("models.ForeignKey", "models.OneToOneField")
    return tuple(f.name for f in fields if f.cls in references)
