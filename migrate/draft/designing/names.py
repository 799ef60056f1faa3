"""Names as Django would have them, out of whatever MySQL allows for one."""

from __future__ import annotations

import builtins
import keyword
import re
import sys
import unicodedata
from collections.abc import Collection, Iterable

from django.db import models

from migrate.draft.designing.singular import plural, singular
from migrate.draft.designing.words import words

__all__ = [
    "app_label",
    "common_prefix",
    "constant_name",
    "field_name",
    "free",
    "model_name",
    "plural_name",
    "snake",
    "without_prefix",
]

LONGEST = 50
"""Bytes of a name: with `_id`, an app's label and a suffix it stays within PostgreSQL's 63."""

_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TAKEN_FIELDS = frozenset(dir(models.Model)) | {
    # Set on every model class by its metaclass, and the attributes of a mapping class.
    *("objects", "pk", "_meta", "_state", "_mapping"),
    # Names of the two modules that the class bodies use, and what `filter(self=…)` cannot take.
    *("models", "steps", "timezone", "self"),
}
_TAKEN_MODELS = frozenset({*dir(models), *dir(builtins)}) | frozenset(
    words(
        "ArrayField GinIndex SearchVector Lower Left Decimal Column Constant Reference Mapping "
        "ManyToMany ModelMapping ModelAdmin Meta"
    )
)
_TAKEN_APPS = frozenset(
    words(
        "admin auth contenttypes sessions messages staticfiles sites postgres django delamp "
        "migrate mappings verify manage settings urls config tests "
    )
)


def snake(name: str) -> str:
    """`postTitle`, `Post-Title`, `POST_TITLE` -> `post_title`; '' if nothing can be kept."""
    text = unicodedata.normalize("NFKD", name)
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = unicodedata.normalize("NFKC", text)
    text = _CAPITALS.sub("_", text)
    text = "".join(c if c.isalnum() and f"a{c}".isidentifier() else "_" for c in text).lower()
    text = re.sub("_+", "_", text).strip("_")
    return _cut(text)


def _cut(text: str) -> str:
    return text.encode()[:LONGEST].decode(errors="ignore").rstrip("_")


def free(name: str, taken: Collection[str]) -> str:
    """The name, or with the first number that makes it a new one."""
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def field_name(name: str, position: int = 0) -> str:
    """A field's name for a column; of a column whose name says nothing, its place."""
    found = snake(name) or f"column_{position}"
    if not found[0].isalpha():
        found = f"number_{found}"
    if keyword.iskeyword(found) or found in _TAKEN_FIELDS or found == "id":
        return "legacy_id" if found == "id" else f"{found}_field"
    return found


def common_prefix(tables: Iterable[str]) -> str:
    """What all names of tables begin with up to a `_`, such as `wp_`; '' without any.

    A few tables without it are left as they are: forums and shops live beside each other.
    """
    names = [name.lower() for name in tables]
    counts: dict[str, int] = {}
    for name in names:
        for found in re.finditer("_", name[:-1]):
            prefix = name[: found.end()]
            counts[prefix] = counts.get(prefix, 0) + 1
    if len(names) < 3:
        return ""
    wide = [p for p, n in counts.items() if n >= 0.8 * len(names) and n >= 3]
    return max(wide, key=len, default="")


def without_prefix(table: str, prefix: str) -> str:
    found = table.lower().startswith(prefix) and len(table) > len(prefix)
    return table[len(prefix) :] if found else table


def model_name(table: str, prefix: str = "", taken: Collection[str] = ()) -> str:
    """Singular CamelCase without the prefix, unlike any of `taken` (in lower case)."""
    bare = without_prefix(table, prefix)
    words = (snake(bare) or snake(table) or "table").split("_")
    words[-1] = singular(words[-1])
    if len(words) > 1 and words[0].isdigit():
        words = [*words[1:], words[0]]
    found = "".join(w[:1].upper() + w[1:] for w in words)
    if not found[0].isalpha():
        found = f"Table{found}"
    if found in _TAKEN_MODELS or keyword.iskeyword(found):
        found = f"{found}Record"
    number, unique = 2, found
    while unique.lower() in taken:
        unique, number = f"{found}{number}", number + 1
    return unique


def plural_name(model: str) -> str:
    """`BlogCategory` -> `blog_categories`: what several of the model are called."""
    *before, last = snake(model).split("_")
    return "_".join([*before, plural(last)])


def constant_name(value: str, taken: Collection[str]) -> str:
    """A member's name of a choices class: `in-progress` -> `IN_PROGRESS`."""
    found = snake(value).upper() or ("EMPTY" if not value.strip() else "VALUE")
    if not found[0].isalpha():
        found = f"VALUE_{found}"
    return free(found, taken)


def app_label(app: str) -> str:
    """A label that can be a package and is no app of Django's."""
    found = snake(app) or "legacy"
    if not found[0].isalpha():
        found = f"legacy_{found}"
    clash = found in _TAKEN_APPS or found in sys.stdlib_module_names
    return f"{found}_app" if clash or keyword.iskeyword(found) else found
