"""The tables with counters, compiled without the legacy database, which may be gone by then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db import models

from mappings.base import ModelMapping
from mappings.catalogue import SourceTable
from mappings.columns import Constant
from mappings.compiler.counters import Sources, compile_counter, models_by_source
from mappings.compiler.misfit import Misfit
from mappings.compiler.sourceless import compile_constant
from mappings.counters import Count, Latest, Max, Sum
from mappings.errors import DeclarationError, Problem, nearest
from mappings.plan import ColumnPlan, CounterPlan, TablePlan
from mappings.registry import discover
from mappings.target import target_field
from migrate.errors import ConfigError

__all__ = ["chosen", "counted_tables", "dependants"]


def counted_tables(using: str) -> tuple[TablePlan, ...]:
    """A plan of every mapped table with counters: these alone, no column of the source.

    Tables whose counters others sum up come before those. Raises `DeclarationError` with every
    mistake. Opens no connection.
    """
    problems: list[Problem] = []
    found = [(m, model) for m in discover() if (model := _model(m, problems))]
    sources = models_by_source((m._mapping.options.source, model) for m, model in found)
    tables = [_table(m, model, sources, using, problems) for m, model in found]
    if problems:
        raise DeclarationError(problems)
    return tuple(_children_first([table for table in tables if table.counters]))


def chosen(tables: Sequence[TablePlan], names: Sequence[str]) -> tuple[TablePlan, ...]:
    """Those that the names mean (mapping, model, source or target table); all without a name.

    Raises `ConfigError` for a name that means none.
    """
    wanted: set[str] = set()
    for name in names:
        meant = [t for t in tables if name in (t.name, t.label, t.source.name, t.target)]
        if not meant:
            known = [n for t in tables for n in (t.name, t.label)]
            raise ConfigError(
                f"no table with counters is called {name!r}",
                hint=nearest(name, known) or f"use one of {', '.join(t.label for t in tables)}",
            )
        wanted.update(t.name for t in meant)
    return tuple(t for t in tables if not names or t.name in wanted)


def dependants(tables: Sequence[TablePlan], changed: TablePlan) -> list[TablePlan]:
    """The tables whose counters are over the rows of this one."""
    return [t for t in tables if any(c.child is changed.model for c in t.counters)]


def _model(mapping: type[ModelMapping], problems: list[Problem]) -> type[models.Model] | None:
    label = mapping._mapping.options.model
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        hint = nearest(label, [m._meta.label for m in apps.get_models()])
        where, message = f"{mapping.__name__}.Meta", f"no model is called {label!r}"
        problems.append(Problem(code="mappings.E005", where=where, message=message, hint=hint))
        return None


def _table(
    mapping: type[ModelMapping],
    model: type[models.Model],
    sources: Sources,
    using: str,
    problems: list[Problem],
) -> TablePlan:
    options = mapping._mapping.options
    own = options.discriminator
    return TablePlan(
        name=mapping.__name__,
        source=SourceTable(name=options.source, columns=()),
        where=None,
        model=model,
        target=model._meta.db_table,
        columns=(),
        key=(),
        identity=(),
        references=(),
        counters=_counters(mapping, model, sources, problems),
        existing=options.existing,
        natural_key=(),
        discriminator=_constant(mapping, model, own, using) if own else None,
    )


def _counters(
    mapping: type[ModelMapping],
    model: type[models.Model],
    sources: Sources,
    problems: list[Problem],
) -> tuple[CounterPlan, ...]:
    found = []
    for name, declared in mapping._mapping.declarations.items():
        if not isinstance(declared, (Count, Sum, Max, Latest)):
            continue
        # The legacy column is the verifier's; nobody asks the source here.
        legacy = {declared.legacy.lower(): declared.legacy} if declared.legacy else {}
        try:
            found.append(compile_counter(model, name, declared, legacy, sources))
        except Misfit as misfit:
            where = f"{mapping.__name__}.{name}"
            problems.append(
                Problem(code=misfit.code, where=where, message=misfit.message, hint=misfit.hint)
            )
    return tuple(found)


def _constant(
    mapping: type[ModelMapping], model: type[models.Model], name: str, using: str
) -> ColumnPlan | None:
    declared = mapping._mapping.declarations.get(name)
    if not isinstance(declared, Constant):
        return None
    field: Any = model._meta.get_field(name)
    return compile_constant(
        f"{mapping.__name__}.{name}", declared.value, target_field(field, using)
    )


def _children_first(tables: Sequence[TablePlan]) -> list[TablePlan]:
    """Each after the tables whose counters it sums up; those in a circle as they come."""
    ordered: list[TablePlan] = []
    left = list(tables)
    while left:
        models_left = {t.model for t in left}
        free = [t for t in left if not any(c.child in models_left for c in t.counters)] or left[:1]
        ordered += free
        left = [t for t in left if t not in free]
    return ordered
