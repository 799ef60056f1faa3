"""ModelMapping: the class that a mapping is, and the registry of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from mappings.columns import Column, Constant, Gathered, ManyToMany
from mappings.counters import Count, Counter, Latest, Max, Sum
from mappings.errors import Problem, nearest
from mappings.options import Options, read_options

__all__ = ["Declaration", "Declared", "ModelMapping", "declared", "forget"]

Declaration = Column | Constant | Gathered | ManyToMany | Counter
_DECLARATIONS = (Column, Constant, Gathered, ManyToMany, Count, Sum, Max, Latest)

_registry: dict[str, type[ModelMapping]] = {}


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What the body of a mapping class says."""

    options: Options
    declarations: Mapping[str, Declaration]
    problems: tuple[Problem, ...]


class ModelMapping:
    """Where the rows of one Django model come from.

        class IconMapping(ModelMapping):
            title = Column("title", steps.html_unescape)
            author = Reference("user_id", orphans="quarantine")

            class Meta:
                source = "icons"
                model = "catalog.Icon"

    Attributes are the model's fields, in any order and of any name but `Meta`. A subclass
    registers itself when its class body has run; its mistakes are kept until the mappings are
    compiled, so that one check shows all of them.
    """

    _mapping: ClassVar[Declared]
    """Out of the way of fields' names, as `_meta` is of Django's models."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        problems: list[Problem] = []
        options = read_options(cls.__name__, cls.__dict__.get("Meta"), problems.append)
        declarations: dict[str, Declaration] = {}
        for base in reversed(cls.__mro__):
            for name, value in vars(base).items():
                if isinstance(value, _DECLARATIONS):
                    declarations[name] = value
        problems += _strangers(cls)
        cls._mapping = Declared(
            options=options, declarations=declarations, problems=tuple(problems)
        )
        _registry[f"{cls.__module__}.{cls.__qualname__}"] = cls


def _strangers(cls: type[ModelMapping]) -> list[Problem]:
    """An attribute that is no declaration would be ignored in silence: name it."""
    found = []
    for name, value in vars(cls).items():
        inherited = name in vars(ModelMapping) or name in ("Meta", "_mapping")
        if name.startswith("__") or inherited or isinstance(value, _DECLARATIONS):
            continue
        known = [d.__name__ for d in _DECLARATIONS]
        got = value.__name__ if isinstance(value, type) else type(value).__name__
        message = f"not a declaration, got {got} (expected {', '.join(known)})"
        hint = nearest(got, known) or "declare it with one of them, or move it out of the class"
        where = f"{cls.__name__}.{name}"
        found.append(Problem(code="mappings.E004", where=where, message=message, hint=hint))
    return found


def declared() -> tuple[type[ModelMapping], ...]:
    """Every mapping class defined so far, in the order of definition."""
    return tuple(_registry.values())


def forget(mapping: type[ModelMapping]) -> None:
    """Take a mapping out of the registry, for code that defines mappings for a moment."""
    _registry.pop(f"{mapping.__module__}.{mapping.__qualname__}", None)
