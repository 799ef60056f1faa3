"""Compile one column: source column, steps and target field into the five faces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import available_timezones

from mappings.catalogue import SourceColumn
from mappings.compiler.frames import frame, source_frame, target_frame
from mappings.errors import Reject, nearest
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.plan import ColumnPlan
from mappings.sqltext import copy_escape, escape_bytes, my_bytes, pg_name, source_column
from mappings.steps.base import Step
from mappings.steps.local_time import local_time
from mappings.target import TargetField
from mappings.types import find_conversion, natural_kind, read_column
from mappings.types.base import Conversion

__all__ = ["Misfit", "compile_column", "compile_constant", "compile_default"]

_ENCODED_NULL = b"\\N"
COPY_NULL = my_bytes(_ENCODED_NULL)

_ONE_TO_ONE = frozenset({Kind.INT, Kind.TEXT, Kind.BYTES, Kind.DATE, Kind.DECIMAL})
"""Kinds that reach their natural field without two values becoming one."""


class Misfit(Exception):
    """A column, its steps and its field do not go together; becomes a `Problem` with a place."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        self.code, self.message, self.hint = code, message, hint
        super().__init__(message)


@dataclass(frozen=True)
class _Chain:
    """A source value after its steps: what SQL makes of it, if it can, and its kind."""

    value: SourceValue
    steps: tuple[Step, ...]
    expr: Expr | None
    kind: Kind


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
            f"{column.column_type} gives no {_type(field)}, got {chain.kind.value} after "
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
    value_of = _value_of(chain, field)
    return ColumnPlan(
        where=where,
        field=field,
        sources=(column.name,),
        verified=True,
        copy=copy,
        python_tier=expr is None,
        raw=raw,
        python=_python(value_of, conversion, field),
        encode=_encode(conversion, field),
        finish=_finish(value_of, conversion, field),
        canonical_source=canonical,
        canonical_target=target_frame(target_text, length=conversion.framed, nullable=field.null),
        canonical=_canonical(conversion, field),
        refusals=_refusals(expr, conversion, field),
        guards=_guards(expr, conversion, field),
        steps=tuple(s.describe() for s in chain.steps),
        carries_key=not chain.steps and chain.kind in _ONE_TO_ONE & {natural_kind(field)},
    )


def compile_constant(
    where: str, value: Any, field: TargetField, *, verified: bool = True
) -> ColumnPlan:
    """Return the plan of a column with the same value in every row. Raises `Misfit`."""
    conversion = _natural_conversion(field)
    try:
        converted = None if value is None else conversion.convert(value, field)
        encoded = _encode(conversion, field)(converted)
    except (Reject, TypeError, ValueError, AttributeError) as error:
        message = f"{_type(field)} does not take the value, got {value!r} ({error})"
        raise Misfit(
            "mappings.E021", message, "give a value as the model field takes it"
        ) from error
    if value is None and not field.null:
        raise Misfit("mappings.E021", "the field is not null, got None", "give a value")
    framed = _canonical(conversion, field)
    return _sourceless(where, field, conversion, lambda _: converted).but(
        verified=verified,
        copy=my_bytes(encoded),
        canonical_source=my_bytes(framed(converted)),
    )


def compile_default(where: str, default: Callable[[], Any], field: TargetField) -> ColumnPlan:
    """Return the plan of a column that takes a Django default made anew for each row."""
    conversion = _natural_conversion(field)

    def python(raw: bytes | None) -> Any:
        value = default()
        return None if value is None else conversion.convert(value, field)

    return _sourceless(where, field, conversion, python).but(verified=False, python_tier=True)


def _sourceless(
    where: str,
    field: TargetField,
    conversion: Conversion,
    python: Callable[[bytes | None], Any],
) -> ColumnPlan:
    target_text = conversion.canonical_target(field, f"t.{pg_name(field.column)}")
    encode = _encode(conversion, field)
    return ColumnPlan(
        where=where,
        field=field,
        sources=(),
        verified=True,
        copy=COPY_NULL,
        python_tier=False,
        raw="NULL",
        python=python,
        encode=encode,
        finish=lambda raw: encode(python(raw)),
        canonical_source=None,
        canonical_target=target_frame(target_text, length=conversion.framed, nullable=field.null),
        canonical=_canonical(conversion, field),
        refusals=(),
        guards=(),
    )


def _follow(column: SourceColumn, steps: Sequence[Step], field: TargetField) -> _Chain:
    value = read_column(column)
    if value is None:
        known = "a type of docs/types.md"
        message = f"source type is not supported, got {column.column_type} (expected {known})"
        raise Misfit("mappings.E022", message, "select it as text in a view, and map the view")
    expr: Expr | None = value.expr
    kind = value.expr.kind
    for step in steps:
        if kind not in step.accepts:
            expected = " or ".join(sorted(k.value for k in step.accepts))
            raise Misfit(
                "mappings.E023",
                f"step {step.describe()} does not take it, got {kind.value} (expected {expected})",
                "put a step before it that makes one, or take it out",
            )
        expr = step.sql(expr) if expr is not None and step.sql is not None else None
        natural = natural_kind(field) if step.any_result else step.returns
        kind = natural or kind
    return _Chain(value, tuple(steps), expr, kind)


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


def _value_of(chain: _Chain, field: TargetField) -> Callable[[bytes | None], Any]:
    """Raw bytes -> the value after all steps, None only where the field takes NULL."""
    decode, steps = chain.value.decode, chain.steps

    def value_of(raw: bytes | None) -> Any:
        value = None if raw is None else decode(raw)
        for step in steps:
            if value is not None or step.takes_null:
                value = step.python(value)
        if value is None and not field.null:
            raise Reject("not_null", f"{field.name} takes no NULL")
        return value

    return value_of


def _python(
    value_of: Callable[[bytes | None], Any], conversion: Conversion, field: TargetField
) -> Callable[[bytes | None], Any]:
    def python(raw: bytes | None) -> Any:
        value = value_of(raw)
        return None if value is None else conversion.convert(value, field)

    return python


def _finish(
    value_of: Callable[[bytes | None], Any], conversion: Conversion, field: TargetField
) -> Callable[[bytes | None], bytes]:
    def finish(raw: bytes | None) -> bytes:
        value = value_of(raw)
        if value is None:
            return _ENCODED_NULL
        return escape_bytes(conversion.load(value, field).encode())

    return finish


def _encode(conversion: Conversion, field: TargetField) -> Callable[[Any], bytes]:
    def encode(value: Any) -> bytes:
        if value is None:
            return _ENCODED_NULL
        return escape_bytes(conversion.encode(value, field).encode())

    return encode


def _canonical(conversion: Conversion, field: TargetField) -> Callable[[Any], bytes]:
    def canonical(value: Any) -> bytes:
        text = None if value is None else conversion.canonical(value, field)
        return frame(text, length=conversion.framed)

    return canonical


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


def _or_null(null: str | None, sql: str) -> str:
    return sql if null is None else f"IF({null}, {COPY_NULL}, {sql})"


def _natural_conversion(field: TargetField) -> Conversion:
    kind = natural_kind(field)
    conversion = find_conversion(kind, field) if kind else None
    if conversion is None:
        message = f"field type is not supported, got {_type(field)}"
        raise Misfit("mappings.E024", message, "see docs/types.md for the field types")
    return conversion


def _type(field: TargetField) -> str:
    return f"{field.base}[]" if field.array else field.base


def _expected(field: TargetField) -> str:
    kinds = [k.value for k in Kind if find_conversion(k, field)]
    return " or ".join(kinds) or "a field type of docs/types.md"
