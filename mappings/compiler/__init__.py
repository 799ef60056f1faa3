"""The compiler: mapping classes, legacy catalogue and Django models into an immutable plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.apps import apps
from django.db import models

from mappings.base import ModelMapping, forget
from mappings.catalogue import Catalogue
from mappings.columns import ManyToMany
from mappings.compiler.counters import Sources, compile_counter, models_by_source
from mappings.compiler.fingerprint import fingerprint
from mappings.compiler.generic import ContentTypeIds
from mappings.compiler.listed import as_written, listed_name
from mappings.compiler.misfit import Misfit
from mappings.compiler.order import groups
from mappings.compiler.references import join_mapping
from mappings.compiler.table import Compilation, Renumbering, compile_table, find_table
from mappings.counters import Count, Latest, Max, Sum
from mappings.errors import DeclarationError, Problem, nearest
from mappings.plan import Plan, TablePlan

__all__ = ["compile_plan"]

Model = type[models.Model]


def compile_plan(
    mappings: Iterable[type[ModelMapping]],
    catalogue: Catalogue,
    *,
    using: str = "default",
    renumbering: Renumbering | None = None,
    content_types: ContentTypeIds | None = None,
) -> Plan:
    """Return the plan of all mappings. Raises `DeclarationError` with every problem found.

    `using` is the database alias of the target; no connection is opened. `renumbering` gives,
    for models whose rows were matched to existing ones, the step from source to target key.
    `content_types` are the target's; a plan with generic foreign keys loads nothing without.
    """
    problems: list[Problem] = []
    compilation = Compilation(
        catalogue=catalogue,
        using=using,
        report=problems.append,
        renumbering=renumbering or {},
        content_types=content_types,
    )
    classes = tuple(mappings)
    for mapping in classes:
        problems += mapping._mapping.problems
    modelled = {m: model for m in classes if (model := _model(m, problems))}
    tables: list[TablePlan] = []
    sources = models_by_source((m._mapping.options.source, model) for m, model in modelled.items())
    for mapping, model in modelled.items():
        table = compile_table(compilation, mapping, model)
        if table is not None:
            table = _with_counters(compilation, mapping, table, sources)
            tables.append(replace(table, fingerprint=fingerprint(table)))
        tables += _join_tables(compilation, mapping, model)
    problems += _sharing(tables)
    problems += _strange_parents(tables)
    if problems:
        raise DeclarationError(problems)
    return _ordered(tables, catalogue)


def _sharing(tables: list[TablePlan]) -> list[Problem]:
    """A table filled twice: each mapping would take the other's rows for strangers.

    Unless each says which rows are its own: by another value of one and the same column.
    """
    by_target: dict[str, list[TablePlan]] = {}
    found = []
    for table in tables:
        others = by_target.setdefault(table.target, [])
        for other in others:
            if not _told_apart(table, other):
                found.append(
                    Problem(
                        code="mappings.E006",
                        where=f"{table.name}.Meta",
                        message=f"model {table.label} is filled already, got a second mapping"
                        f" whose rows are not told from those of {other.name}",
                        hint="set `discriminator` in both to a field with another Constant in each",
                    )
                )
                break
        others.append(table)
    return found


def _told_apart(one: TablePlan, other: TablePlan) -> bool:
    mine, theirs = one.discriminator, other.discriminator
    if mine is None or theirs is None or mine.column != theirs.column:
        return False
    return one.kind != other.kind


def _strange_parents(tables: list[TablePlan]) -> list[Problem]:
    """References by a legacy key to rows that have got a key of their own."""
    by_target: dict[str, list[TablePlan]] = {}
    for table in tables:
        by_target.setdefault(table.target, []).append(table)
    found = []
    for table in tables:
        for reference in table.all_references:
            for parent in by_target.get(reference.parent, ()):
                filled = {c.column for c in parent.columns if c.sources}
                if reference.parent_column not in filled:
                    found.append(
                        Problem(
                            code="mappings.E033",
                            where=f"{table.name}.{reference.name}",
                            message=f"refers to {parent.label}.{reference.parent_column}, which"
                            f" {parent.name} does not fill from the source",
                            hint=f"declare a Column for it in {parent.name}",
                        )
                    )
    return found


def _model(mapping: type[ModelMapping], problems: list[Problem]) -> Model | None:
    label = mapping._mapping.options.model
    if not label:
        return None
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        known = [m._meta.label for m in apps.get_models()]
        problems.append(
            Problem(
                code="mappings.E005",
                where=f"{mapping.__name__}.Meta",
                message=f"no model is called {label!r}",
                hint=nearest(label, known),
            )
        )
        return None


def _with_counters(
    c: Compilation, mapping: type[ModelMapping], table: TablePlan, sources: Sources
) -> TablePlan:
    legacy = {column.name.lower(): column.name for column in table.source.columns}
    counters = []
    fields = {field.name for field in table.model._meta.local_concrete_fields}
    for name, declaration in mapping._mapping.declarations.items():
        # A counter on no field of the model has been reported by then.
        if name in fields and isinstance(declaration, (Count, Sum, Max, Latest)):
            try:
                counters.append(compile_counter(table.model, name, declaration, legacy, sources))
            except Misfit as misfit:
                c.problem(misfit.code, f"{mapping.__name__}.{name}", misfit.message, misfit.hint)
    return replace(table, counters=tuple(counters))


def _join_tables(c: Compilation, mapping: type[ModelMapping], model: Model) -> list[TablePlan]:
    found = []
    for field in model._meta.local_many_to_many:
        declaration = mapping._mapping.declarations.get(field.name)
        if not isinstance(declaration, ManyToMany):
            continue
        where = f"{mapping.__name__}.{field.name}"
        try:
            through, declarations = join_mapping(field, declaration)
        except Misfit as misfit:
            c.problem(misfit.code, where, misfit.message, misfit.hint)
            continue
        source = listed_name(declaration)
        if find_table(c.catalogue, source) is None:
            message = f"source {c.catalogue.database!r} has no table {source!r}"
            c.problem("mappings.E010", where, message, nearest(source, c.catalogue.tables))
            continue
        meta = {"source": source, "model": through._meta.label}
        joined = type(where, (ModelMapping,), {**declarations, "Meta": type("Meta", (), meta)})
        forget(joined)
        table = compile_table(c, joined, through)
        if table is not None:
            table = replace(table, name=where, duplicates=declaration.duplicates)
            if declaration.separator:
                listed = tuple(
                    (declaration.table, n) for n in (declaration.source, declaration.target)
                )
                columns = tuple(column.but(elsewhere=listed) for column in table.columns)
                told = replace(table.source, kept=(as_written(declaration),))
                table = replace(table, columns=columns, source=told)
            found.append(replace(table, fingerprint=fingerprint(table)))
    return found


def _ordered(tables: list[TablePlan], catalogue: Catalogue) -> Plan:
    by_target: dict[str, list[str]] = {}
    for table in tables:
        by_target.setdefault(table.target, []).append(table.name)
    parents = {
        table.name: frozenset(
            name
            for reference in table.all_references
            for name in by_target.get(reference.parent, ())
        )
        # Foreign keys are the target's: those of one table are restored together.
        | (frozenset(by_target[table.target]) - {table.name})
        for table in tables
    }
    by_name = {table.name: table for table in tables}
    found = groups(parents)
    circles = tuple(g for g in found if len(g) > 1 or g[0] in parents[g[0]])
    return Plan(
        tables=tuple(by_name[name] for group in found for name in group),
        cycles=circles,
        unmapped=_unmapped(tables, catalogue),
    )


def _unmapped(tables: list[TablePlan], catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    read: dict[str, set[str]] = {}
    for table in tables:
        names = read.setdefault(table.source.name, set())
        names.update(name for column in table.columns for name in column.sources)
        for other, name in (pair for column in table.columns for pair in column.elsewhere):
            read.setdefault(other, set()).add(name)
        names.update(table.source.kept)
        names.update(counter.legacy for counter in table.counters if counter.legacy)
        for join in table.source.joins:
            prefix = f"{join.alias}."
            joined = {n.removeprefix(prefix) for n in names if n.startswith(prefix)}
            read.setdefault(join.table, set()).update(joined, join.reads)
    left = {
        source.name: tuple(
            c.name for c in source.columns if c.name not in read.get(source.name, ())
        )
        for source in catalogue.tables.values()
    }
    return {name: columns for name, columns in left.items() if columns}
