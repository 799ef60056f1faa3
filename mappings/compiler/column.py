"""Compile one column: source column, steps and target field into the five faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import available_timezones

from mappings.catalogue import SourceColumn
from mappings.compiler.faces import (
    ENCODED_NULL,
    canonical_face,
    encode_face,
    finish_face,
    python_face,
    value_after_steps,
)
from mappings.compiler.frames import source_frame, target_frame
from mappings.compiler.misfit import Misfit
from mappings.compiler.watching import Link, watch_column
from mappings.errors import nearest
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.inverse import inverse_face
from mappings.plan import ColumnPlan
from mappings.sqltext import copy_escape, my_bytes, pg_name, source_column
from mappings.steps.base import Step
from mappings.steps.local_time import local_time
from mappings.target import TargetField
from mappings.types import find_conversion, natural_kind, read_column
from mappings.types.base import Conversion

__all__ = ["compile_column"]

COPY_NULL = my_bytes(ENCODED_NULL)

_ONE_TO_ONE = frozenset({Kind.INT, Kind.TEXT, Kind.BYTES, Kind.DATE, Kind.DECIMAL})
"""Kinds that reach their natural field without two values becoming one."""

_MANY_TEXTS = frozenset({"uuid", "inet"})
"""Types that read several texts as one value, and give none of them back: without hyphens, with."""


@dataclass(frozen=True)
class _Chain:
    """A source value after its steps: what SQL makes of it, if it can, and its kind."""

    value: SourceValue
    steps: tuple[Step, ...]
    expr: Expr | None
    kind: Kind
    links: tuple[Link, ...]


def compile_column(
    where: str,
    column: SourceColumn,
    steps: Sequence[Step],
    field: TargetField,
    *,
    time_zone: str | None = None,
) -> ColumnPlan:
    """Return the plan of a column that is filled from one source column. Raises `Misfit`.

    `time_zone` is where the wall clock of a DATETIME hangs, when no step says it.
    """
    chain = _follow(column, steps, field)
    if chain.kind is Kind.DATETIME and field.base == "timestamp with time zone":
        chain = _follow(column, (*steps, _zone_step(column, time_zone)), field)
    field = replace(field, zone=chain.expr.zone if chain.expr else None)
    conversion = find_conversion(chain.kind, field)
    if conversion is None:
        raise Misfit(
            "mappings.E020",
            f"{column.column_type} gives no {field.type_name}, got {chain.kind.value} after "
            f"{', '.join(s.describe() for s in chain.steps) or 'no step'} "
            f"(expected {_expected(field)})",
            "add a step that makes one of the other, or choose another model field",
        )
    raw, expr = chain.value.raw, chain.expr
    raw_null = f"{source_column(column.name)} IS NULL" if column.nullable else None
    if expr is None:
        copy = _or_null(raw_null, copy_escape(raw))
        canonical = None
    else:
        copy = _or_null(expr.null, conversion.copy(expr, field))
        text = conversion.canonical_source(expr, field)
        framed = conversion.framed
        canonical = text and source_frame(text, expr.null, length=framed)
    target_text = conversion.canonical_target(field, f"t.{pg_name(field.column)}")
    value_of = value_after_steps(chain.value.decode, chain.steps, field)
    python = python_face(value_of, conversion, field)
    framed_text = canonical_face(conversion, field)
    return ColumnPlan(
        where=where,
        field=field,
        sources=(column.name,),
        verified=True,
        copy=copy,
        python_tier=expr is None,
        raw=raw,
        python=python,
        encode=encode_face(conversion, field),
        finish=finish_face(value_of, conversion, field),
        canonical_source=canonical,
        canonical_target=target_frame(target_text, length=conversion.framed, nullable=field.null),
        canonical=framed_text,
        refusals=_refusals(expr, conversion, field),
        guards=_guards(expr, conversion, field),
        steps=tuple(s.describe() for s in chain.steps),
        carries_key=_carries_key(chain, field),
        inverse=inverse_face(column, chain.steps, chain.kind, python, framed_text),
        watch=watch_column(chain.value, chain.links, chain.kind, expr, conversion, field),
    )


def _carries_key(chain: _Chain, field: TargetField) -> bool:
    if chain.steps or field.base in _MANY_TEXTS:
        return False
    return chain.kind in _ONE_TO_ONE & {natural_kind(field)}


def _follow(column: SourceColumn, steps: Sequence[Step], field: TargetField) -> _Chain:
    value = read_column(column)
    if value is None:
        known = "a type of docs/types.md"
        message = f"source type is not supported, got {column.column_type} (expected {known})"
        raise Misfit("mappings.E022", message, "select it as text in a view, and map the view")
    for step in steps:
        value = step.reads(column, value) if step.reads else value
    expr: Expr | None = value.expr
    kind = value.expr.kind
    links = []
    for step in steps:
        if kind not in step.accepts:
            expected = " or ".join(sorted(k.value for k in step.accepts))
            raise Misfit(
                "mappings.E023",
                f"step {step.describe()} does not take it, got {kind.value} (expected {expected})",
                "put a step before it that makes one, or take it out",
            )
        links.append(Link(step, kind, expr))
        expr = step.sql(expr) if expr is not None and step.sql is not None else None
        natural = natural_kind(field) if step.any_result else step.returns
        kind = natural or kind
    return _Chain(value, tuple(steps), expr, kind, tuple(links))


def _zone_step(column: SourceColumn, time_zone: str | None) -> Step:
    if time_zone is None:
        raise Misfit(
            "mappings.E025",
            f"a wall clock has no zone, got {column.column_type} without one (expected a zone)",
            "set `time_zone` in class Meta to what date.timezone of php.ini said",
        )
    try:
        return local_time(time_zone)
    except ValueError as error:
        raise Misfit(
            "mappings.E026",
            f"no such time zone, got {time_zone!r} (expected a name such as 'Europe/Copenhagen')",
            nearest(time_zone, available_timezones()),
        ) from error


def _or_null(null: str | None, sql: str) -> str:
    return sql if null is None else f"IF({null}, {COPY_NULL}, {sql})"


def _refusals(expr: Expr | None, conversion: Conversion, field: TargetField) -> tuple[Refusal, ...]:
    if expr is None:
        return ()
    found = expr.refusing(*conversion.refusals(expr, field)).refusals
    if expr.null is None or field.null:
        return found
    return (*found, Refusal(code="not_null", sql=expr.null))


def _guards(expr: Expr | None, conversion: Conversion, field: TargetField) -> tuple[str, ...]:
    if expr is None:
        return ()
    return expr.guarded(*conversion.guards(expr, field)).guards


def _expected(field: TargetField) -> str:
    kinds = [k.value for k in Kind if find_conversion(k, field)]
    return " or ".join(kinds) or "a field type of docs/types.md"
