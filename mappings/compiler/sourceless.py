"""Compile columns that no source column fills: constants, and Django's defaults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mappings.compiler.faces import ENCODED_NULL, canonical_face, encode_face
from mappings.compiler.frames import target_frame
from mappings.compiler.misfit import Misfit
from mappings.errors import Reject
from mappings.plan import ColumnPlan
from mappings.sqltext import my_bytes, pg_name
from mappings.target import TargetField
from mappings.types import find_conversion, natural_kind
from mappings.types.base import Conversion

__all__ = ["compile_constant", "compile_default"]


def compile_constant(
    where: str, value: Any, field: TargetField, *, verified: bool = True
) -> ColumnPlan:
    """Return the plan of a column with the same value in every row. Raises `Misfit`."""
    conversion = natural_conversion(field)
    try:
        converted = None if value is None else conversion.convert(value, field)
        encoded = encode_face(conversion, field)(converted)
    except (Reject, TypeError, ValueError, AttributeError) as error:
        message = f"{field.type_name} does not take the value, got {value!r} ({error})"
        raise Misfit(
            "mappings.E021", message, "give a value as the model field takes it"
        ) from error
    if value is None and not field.null:
        raise Misfit("mappings.E021", "the field is not null, got None", "give a value")
    framed = canonical_face(conversion, field)
    return _sourceless(where, field, conversion, lambda _: converted).but(
        verified=verified,
        copy=my_bytes(encoded),
        canonical_source=my_bytes(framed(converted)),
    )


def compile_default(where: str, default: Callable[[], Any], field: TargetField) -> ColumnPlan:
    """Return the plan of a column that takes a Django default made anew for each row."""
    conversion = natural_conversion(field)

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
    encode = encode_face(conversion, field)
    return ColumnPlan(
        where=where,
        field=field,
        sources=(),
        verified=True,
        copy=my_bytes(ENCODED_NULL),
        python_tier=False,
        raw="NULL",
        python=python,
        encode=encode,
        finish=lambda raw: encode(python(raw)),
        canonical_source=None,
        canonical_target=target_frame(target_text, length=conversion.framed, nullable=field.null),
        canonical=canonical_face(conversion, field),
        refusals=(),
        guards=(),
    )


def natural_conversion(field: TargetField) -> Conversion:
    kind = natural_kind(field)
    conversion = find_conversion(kind, field) if kind else None
    if conversion is None:
        message = f"field type is not supported, got {field.type_name}"
        raise Misfit("mappings.E024", message, "see docs/types.md for the field types")
    return conversion
