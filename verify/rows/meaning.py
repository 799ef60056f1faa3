"""What a declaration makes of a value in Python: decode, steps, conversion, and Django's reading.

The chain is put together here from the declaration, without the compiler: the step for the zone of
a wall clock, the kinds between the steps and the conversion that the last one asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Kind, SourceValue
from mappings.steps.base import Step
from mappings.steps.local_time import local_time
from mappings.target import TargetField
from mappings.types import find_conversion, natural_kind, read_column
from mappings.types.base import Conversion
from mappings.types.jsonb import JSON_NULL
from verify.rows.decoding import Decoder

__all__ = ["Meaning", "Refused", "constant_value", "decoder_for", "follow", "meaning"]


@dataclass(frozen=True)
class Refused:
    """What stands where Python has no value for the target."""

    code: str


@dataclass(frozen=True)
class Meaning:
    """Values of one column, as Django should read them back."""

    of: Callable[..., Any]
    """The driver's value (or several) -> what Django reads. Raises what decoders and steps do."""

    def all(self, *raws: Sequence[Any]) -> list[Any]:
        """The same for many rows; `Refused` where a value is refused or a step fails."""
        try:
            return list(map(self.of, *raws))
        except Exception:
            return [self.one(*row) for row in zip(*raws, strict=True)]

    def one(self, *raw: Any) -> Any:
        """The same for one row."""
        try:
            return self.of(*raw)
        except Reject as reject:
            return Refused(reject.code)
        except Exception:
            # A user's step may raise anything; the row is then one that a load refuses.
            return Refused("step_failed")


def decoder_for(column: SourceColumn, plain: Decoder, steps: Sequence[Step]) -> Decoder:
    """`plain`, or as a step of the chain wants the column to be read."""
    known = read_column(column)
    if known is None:
        return plain
    value = replace(known, raw=plain.selects[0], decode=plain.decode)
    for step in steps:
        value = step.reads(column, value) if step.reads else value
    return _decoded_by(plain, value)


def _decoded_by(plain: Decoder, value: SourceValue) -> Decoder:
    if value.decode is plain.decode:
        return plain
    return Decoder(plain.kind, value.decode, plain.selects[:1])


def follow(
    kind: Kind, steps: Sequence[Step], field: TargetField, time_zone: str | None
) -> tuple[tuple[Step, ...], TargetField, Conversion]:
    """The whole chain for a value of `kind`: its steps, the field with its zone, its conversion.

    Raises ValueError for a chain that leads nowhere, which no plan is made of.
    """
    chain = tuple(steps)
    last = _kind_after(kind, chain, field)
    if last is Kind.DATETIME and field.base == "timestamp with time zone" and time_zone:
        chain = (*chain, local_time(time_zone))
        last = Kind.INSTANT
    zones = [str(step.options[0]) for step in chain if step.name == "local_time"]
    if zones and all(step.sql for step in chain):
        field = replace(field, zone=zones[-1])
    conversion = find_conversion(last, field)
    if conversion is None:
        raise ValueError(f"{field.name}: {last.value} gives no {field.type_name}")
    return chain, field, conversion


def _kind_after(kind: Kind, steps: Sequence[Step], field: TargetField) -> Kind:
    for step in steps:
        natural = natural_kind(field) if step.any_result else step.returns
        kind = natural or kind
    return kind


def meaning(
    decode: Callable[..., Any],
    steps: Sequence[Step],
    field: TargetField,
    conversion: Conversion,
    shown: Callable[[Any], Any] | None,
) -> Meaning:
    """Put a chain together. `shown` is what else becomes of a value before Django shows it."""
    nullable, name, convert = field.null, field.name, conversion.convert

    def plain(raw: Any, *more: Any) -> Any:
        if raw is not None:
            return convert(decode(raw, *more), field)
        if nullable:
            return None
        raise Reject("not_null", f"{name} takes no NULL")

    def stepped(raw: Any, *more: Any) -> Any:
        value = None if raw is None else decode(raw, *more)
        for step in steps:
            if value is not None or step.takes_null:
                value = step.python(value)
        if value is not None:
            return convert(value, field)
        if nullable:
            return None
        raise Reject("not_null", f"{name} takes no NULL")

    made, json = stepped if steps else plain, field.base == "jsonb"
    if shown is None:
        return Meaning(made)

    def as_shown(*raw: Any) -> Any:
        value = made(*raw)
        seen = None if value is None else shown(value)
        return JSON_NULL if json and seen is None and value is not None else seen

    return Meaning(as_shown)


def constant_value(value: Any, field: TargetField) -> Any:
    """What Django reads of a declared constant."""
    if value is None:
        return None
    kind = natural_kind(field)
    conversion = find_conversion(kind, field) if kind else None
    if conversion is None:
        raise ValueError(f"{field.name}: {field.type_name} takes no constant")
    return conversion.convert(value, field)
