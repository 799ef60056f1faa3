"""The faces of a column that are Python functions: the meaning of what SQL does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from mappings.compiler.frames import frame
from mappings.errors import Reject
from mappings.sqltext import escape_bytes
from mappings.steps.base import Step
from mappings.target import TargetField
from mappings.types.base import Conversion

__all__ = [
    "ENCODED_NULL",
    "canonical_face",
    "encode_face",
    "finish_face",
    "python_face",
    "value_after_steps",
]

ENCODED_NULL = b"\\N"
"""NULL in COPY's text format."""

ValueOf: TypeAlias = Callable[[bytes | None], Any]


def value_after_steps(
    decode: Callable[[bytes], Any], steps: Sequence[Step], field: TargetField
) -> ValueOf:
    """Raw bytes -> the value after all steps, None only where the field takes NULL."""

    def value_of(raw: bytes | None) -> Any:
        value = None if raw is None else decode(raw)
        for step in steps:
            if value is not None or step.takes_null:
                value = step.python(value)
        if value is None and not field.null:
            raise Reject("not_null", f"{field.name} takes no NULL")
        return value

    return value_of


def python_face(value_of: ValueOf, conversion: Conversion, field: TargetField) -> ValueOf:
    """Raw bytes -> what Django reads back."""

    def python(raw: bytes | None) -> Any:
        value = value_of(raw)
        return None if value is None else conversion.convert(value, field)

    return python


def finish_face(
    value_of: ValueOf, conversion: Conversion, field: TargetField
) -> Callable[[bytes | None], bytes]:
    """Raw bytes -> the field of a COPY line: `python` and `encode` in one go."""

    def finish(raw: bytes | None) -> bytes:
        value = value_of(raw)
        if value is None:
            return ENCODED_NULL
        return escape_bytes(conversion.load(value, field).encode())

    return finish


def encode_face(conversion: Conversion, field: TargetField) -> Callable[[Any], bytes]:
    """What Django reads back -> the field of a COPY line."""

    def encode(value: Any) -> bytes:
        if value is None:
            return ENCODED_NULL
        return escape_bytes(conversion.encode(value, field).encode())

    return encode


def canonical_face(conversion: Conversion, field: TargetField) -> Callable[[Any], bytes]:
    """What Django reads back -> its framed canonical text."""

    def canonical(value: Any) -> bytes:
        text = None if value is None else conversion.canonical(value, field)
        return frame(text, length=conversion.framed)

    return canonical
