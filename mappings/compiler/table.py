"""Compile one mapping: its class, the source table and the model into table plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone

from mappings.base import Declaration, ModelMapping
from mappings.catalogue import Catalogue, SourceColumn, SourceTable
from mappings.columns import (
    Column,
    Constant,
    ContentTypes,
    Gathered,
    GenericReference,
    ManyToMany,
    Picked,
)
from mappings.compiler.column import compile_column
from mappings.compiler.gathered import compile_gathered, with_picked
from mappings.compiler.generic import ContentTypeIds, content_type_step, generic_references
from mappings.compiler.joins import joined_all
from mappings.compiler.key import declared_key, key_misfits
from mappings.compiler.misfit import Misfit
from mappings.compiler.references import compile_reference
from mappings.compiler.sourceless import compile_constant, compile_default
from mappings.counters import Latest, Max
from mappings.errors import Problem, nearest
from mappings.keys import key_columns
from mappings.options import Options
from mappings.plan import ColumnPlan, ReferencePlan, TablePlan
from mappings.steps.base import Step
from mappings.target import TargetField, target_field

__all__ = ["Compilation", "Renumbering", "compile_table", "find_table"]

Field: TypeAlias = "models.Field[Any, Any]"
Renumbering: TypeAlias = Mapping[type[models.Model], Step]
"""For models whose rows were matched to existing ones: source key -> target key, as a step."""


@dataclass(frozen=True, kw_only=True)
class Compilation:
    """What every table of one compilation needs, and where its problems go."""

    catalogue: Catalogue
    using: str
    report: Callable[[Problem], None]
    renumbering: Renumbering
    content_types: ContentTypeIds | None = None

    def problem(self, code: str, where: str, message: str, hint: str | None = None) -> None:
        self.report(Problem(code=code, where=where, message=message, hint=hint))


def find_table(catalogue: Catalogue, name: str) -> SourceTable | None:
    """The table of that name; of another case only if there is just one such."""
    if name in catalogue.tables:
        return catalogue.tables[name]
    folded = [t for t in catalogue.tables.values() if t.name.lower() == name.lower()]
    return folded[0] if len(folded) == 1 else None


def compile_table(
    c: Compilation, mapping: type[ModelMapping], model: type[models.Model]
) -> TablePlan | None:
    """Return the plan of a mapping's own table, or None when its source is not there."""
    options, where = mapping._mapping.options, mapping.__name__
    table = find_table(c.catalogue, options.source)
    if table is None:
        message = f"source {c.catalogue.database!r} has no table {options.source!r}"
        c.problem(
            "mappings.E010", f"{where}.Meta", message, nearest(options.source, c.catalogue.tables)
        )
        return None
    table = _joined(c, where, options, replace(table, key=declared_key(table, options.key)))
    table = _picked(c, mapping, table)
    columns: list[ColumnPlan] = []
    references: list[ReferencePlan] = []
    generic: list[ReferencePlan] = []
    for field, declaration in _fillings(c, mapping, model, table):
        try:
            plan = _fill(c, where, table, options, field, declaration)
            if isinstance(field, models.ForeignKey):
                references.append(compile_reference(field, declaration, c.using))
            if isinstance(declaration, GenericReference):
                generic += generic_references(
                    field,
                    declaration,
                    mapping._mapping.declarations,
                    model,
                    c.content_types,
                    tuple(c.renumbering),
                )
        except Misfit as misfit:
            c.problem(misfit.code, f"{where}.{field.name}", misfit.message, misfit.hint)
            continue
        if plan is not None:
            columns.append(plan)
    for wrong in key_misfits(table, options.key):
        c.problem(wrong.code, f"{where}.Meta", wrong.message, wrong.hint)
    return TablePlan(
        name=where,
        source=table,
        where=options.where,
        model=model,
        target=model._meta.db_table,
        columns=tuple(columns),
        key=key_columns(table),
        identity=identity(columns, table.key),
        references=tuple(references),
        generic=tuple(generic),
        counters=(),
        existing=options.existing,
        natural_key=_natural_key(c, where, options, model),
        discriminator=_discriminator(c, mapping, columns),
        full_clean=options.full_clean,
        questions=options.questions,
        resync=options.resync,
        owner=options.owner,
        id_offset=_id_offset(c, where, options, model),
        time_zone=options.time_zone,
    )


def _joined(c: Compilation, where: str, options: Options, table: SourceTable) -> SourceTable:
    others = {alias: find_table(c.catalogue, join.table) for alias, join in options.joins.items()}
    try:
        return joined_all(table, options.joins, others)
    except Misfit as misfit:
        c.problem(misfit.code, f"{where}.Meta", misfit.message, misfit.hint)
        return table


def _picked(c: Compilation, mapping: type[ModelMapping], table: SourceTable) -> SourceTable:
    for name, declaration in mapping._mapping.declarations.items():
        known = {str(column.name) for column in table.columns}
        if not isinstance(declaration, Picked) or declaration.source in known:
            continue
        try:
            table = with_picked(table, _other(c, declaration.table), declaration)
        except Misfit as misfit:
            c.problem(misfit.code, f"{mapping.__name__}.{name}", misfit.message, misfit.hint)
    return table


def identity(columns: Sequence[ColumnPlan], key: Sequence[str]) -> tuple[ColumnPlan, ...]:
    """The columns that hold the source key as it is, in its order; empty unless all do."""
    held = {c.sources[0]: c for c in columns if c.sources and c.carries_key}
    return tuple(held[name] for name in key) if key and all(n in held for n in key) else ()


def _discriminator(
    c: Compilation, mapping: type[ModelMapping], columns: Sequence[ColumnPlan]
) -> ColumnPlan | None:
    """The constant column that class Meta names."""
    name, where = mapping._mapping.options.discriminator, f"{mapping.__name__}.Meta"
    if name is None:
        return None
    if mapping._mapping.options.existing != "refuse":
        got = mapping._mapping.options.existing
        message = f'discriminator: rows of others stay as they are, got existing = "{got}"'
        c.problem("mappings.E055", where, message, "leave `existing` out")
    declared = mapping._mapping.declarations.get(name)
    if not isinstance(declared, Constant) or declared.value is None:
        message = f"discriminator: {name} is no Constant with a value"
        constants = [n for n, d in mapping._mapping.declarations.items() if isinstance(d, Constant)]
        hint = nearest(name, constants) or f"declare `{name} = Constant(…)`"
        c.problem("mappings.E054", where, message, hint)
        return None
    return next((column for column in columns if column.name == name), None)


def _fillings(
    c: Compilation, mapping: type[ModelMapping], model: type[models.Model], table: SourceTable
) -> Iterator[tuple[Field, Declaration | None]]:
    """Every concrete field of the model with what fills it; None: Django's default."""
    where = mapping.__name__
    by_name: dict[str, Declaration] = {}
    names = {n: f.name for f in model._meta.local_concrete_fields for n in (f.name, f.attname)}
    others = [f.name for f in model._meta.local_many_to_many]
    for name, declaration in mapping._mapping.declarations.items():
        if name in names:
            by_name[names[name]] = declaration
        elif name not in others:
            message = f"model {model._meta.label} has no field {name!r}"
            hint = nearest(name, [*names, *others])
            c.problem("mappings.E011", f"{where}.{name}", message, hint)
    for field in model._meta.local_concrete_fields:
        filling = by_name.get(field.name)
        if isinstance(filling, ManyToMany):
            message = "a many-to-many declaration on a field that is a column"
            c.problem("mappings.E012", f"{where}.{field.name}", message, "use Column or Reference")
            continue
        if filling is None and mapping._mapping.options.columns == "same-name":
            same = table.column(str(field.column)) or table.column(field.name)
            if same is not None:
                filling = Column(same.name)
        yield field, filling


def _fill(
    c: Compilation,
    where: str,
    table: SourceTable,
    options: Options,
    field: Field,
    declaration: Declaration | None,
) -> ColumnPlan | None:
    target = target_field(field, c.using)
    place = f"{where}.{field.name}"
    if isinstance(declaration, Column):
        if isinstance(declaration, Picked) and table.column(declaration.source) is None:
            # Told by then.
            return None
        column = _source_column(table, declaration.source)
        steps = (*declaration.steps, *_renumber(c, field))
        if isinstance(declaration, ContentTypes):
            steps = (*steps, content_type_step(field, declaration, c.content_types))
        return compile_column(place, column, steps, target, time_zone=options.time_zone)
    if isinstance(declaration, Gathered):
        other = _other(c, declaration.table)
        return compile_gathered(place, table, other, declaration, target)
    if isinstance(declaration, Constant):
        return compile_constant(place, declaration.value, target)
    if declaration is not None:
        return _before_counting(place, field, declaration, target)
    return _default(place, field, target)


def _other(c: Compilation, name: str) -> SourceTable:
    found = find_table(c.catalogue, name)
    if found is None or found.query is not None:
        message = f"source {c.catalogue.database!r} has no table {name!r}"
        raise Misfit("mappings.E010", message, nearest(name, c.catalogue.tables))
    return found


def _source_column(table: SourceTable, name: str) -> SourceColumn:
    column = table.column(name)
    if column is None:
        hint = nearest(name, [column.name for column in table.columns])
        raise Misfit("mappings.E013", f"source table {table.name!r} has no column {name!r}", hint)
    return column


def _renumber(c: Compilation, field: Field) -> tuple[Step, ...]:
    """The key map of the model whose key this field holds, if its rows were renumbered."""
    model: Any = field.model
    if isinstance(field, models.ForeignKey):
        if not field.target_field.primary_key:
            return ()
        model = field.remote_field.model
    elif not field.primary_key:
        return ()
    step = c.renumbering.get(model)
    return (step,) if step else ()


def _before_counting(
    place: str, field: Field, counter: Declaration, target: TargetField
) -> ColumnPlan | None:
    """What a counter holds until it is filled."""
    if field.null:
        return compile_constant(place, None, target, verified=False)
    if isinstance(counter, (Max, Latest)):
        # Of no children they are NULL; that the field takes none is told with the counters.
        return None
    return compile_constant(place, 0, target, verified=False)


def _default(place: str, field: Field, target: TargetField) -> ColumnPlan | None:
    """What PostgreSQL must be told of a field that no column fills; None: nothing."""
    if getattr(field, "generated", False) or field.has_db_default():
        return None
    if isinstance(field, models.AutoField):
        return None
    if not field.has_default():
        if field.null:
            return None
        if field.empty_strings_allowed and field.get_default() == "":
            return compile_constant(place, "", target, verified=False)
        raise Misfit(
            "mappings.E014",
            "nothing fills the field, and it has neither a default nor null=True",
            "declare a Column or a Constant for it",
        )
    default = field.default
    if callable(default) and default is not timezone.now and default() != default():
        return compile_default(place, field.get_default, target)
    return compile_constant(place, field.get_default(), target, verified=False)


def _id_offset(
    c: Compilation, where: str, options: Options, model: type[models.Model]
) -> int | None:
    if options.id_offset is None:
        return None
    if not isinstance(model._meta.pk, models.AutoField):
        label, got = model._meta.label, options.id_offset
        message = f"id_offset: {label} gives no keys of its own, got {got}"
        c.problem("mappings.E073", f"{where}.Meta", message, "leave `id_offset` out")
        return None
    return options.id_offset


def _natural_key(
    c: Compilation, where: str, options: Options, model: type[models.Model]
) -> tuple[str, ...]:
    if options.existing != "refuse" and len(model._meta.pk_fields) > 1:
        message = (
            f'existing = "{options.existing}" needs a primary key of one column, got a composite'
        )
        c.problem("mappings.E018", f"{where}.Meta", message, 'use existing = "refuse"')
    if options.existing != "match":
        return ()
    if not options.natural_key:
        message = 'existing = "match" needs a natural key, got none'
        c.problem("mappings.E017", f"{where}.Meta", message, "set `natural_key` to its field(s)")
    found = []
    for name in options.natural_key:
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            known = [f.name for f in model._meta.local_concrete_fields]
            message = f"natural_key: model {model._meta.label} has no field {name!r}"
            c.problem("mappings.E011", f"{where}.Meta", message, nearest(name, known))
            continue
        found.append(str(getattr(field, "column", name)))
    return tuple(found)
