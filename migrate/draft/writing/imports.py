"""The imports of a drafted module: sections and order as ruff's isort has them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from migrate.draft.writing.widths import WIDTH

__all__ = ["import_lines"]


def import_lines(names: Iterable[str], *, ours: str = "") -> list[str]:
    """Import statements for dotted names, in sections with an empty line between them.

    `django.db.models` becomes `from django.db import models`; a name with a colon in front,
    `:django.utils.timezone`, is imported whole. `ours` is the package of the project itself.
    """
    sections: dict[int, tuple[set[str], dict[str, set[str]]]] = {}
    for name in names:
        whole = name.startswith(":")
        module = name[1:] if whole else name.rpartition(".")[0] or name
        plain, members = sections.setdefault(_section(module, ours), (set(), {}))
        if whole or "." not in name:
            plain.add(module)
        else:
            members.setdefault(module, set()).add(name.rpartition(".")[2])
    lines: list[str] = []
    for _, (plain, members) in sorted(sections.items()):
        lines += [""] if lines else []
        lines += [f"import {module}" for module in sorted(plain, key=_natural)]
        for module in sorted(members, key=_natural):
            lines += _from(module, sorted(members[module], key=_member))
    return lines


def _from(module: str, members: list[str]) -> list[str]:
    line = f"from {module} import {', '.join(members)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in members), ")"]


def _section(module: str, ours: str) -> int:
    top = module.partition(".")[0]
    if top == "__future__":
        return 0
    if top in sys.stdlib_module_names:
        return 1
    return 3 if ours and top == ours else 2


def _member(name: str) -> tuple[object, ...]:
    """Constants, then classes, then the rest."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return (kind, _natural(name))


def _natural(name: str) -> tuple[tuple[object, ...], str]:
    """Letters without their case, runs of digits as numbers."""
    parts = re.split(r"(\d+)", name.lower())
    return tuple((1, int(p)) if p.isdigit() else (0, p) for p in parts), name
