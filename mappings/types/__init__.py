"""The type families, one file each, and the two lists by which the compiler finds them."""

from __future__ import annotations

from mappings.catalogue import SourceColumn
from mappings.expr import Kind, SourceValue
from mappings.target import TargetField
from mappings.types import (
    addresses,
    binary,
    booleans,
    dates,
    datetimes,
    decimals,
    floats,
    geometry,
    integer_lists,
    integers,
    jsonb,
    sets,
    text,
    times,
    uuids,
)
from mappings.types.base import Conversion, Source

__all__ = ["CONVERSIONS", "SOURCES", "find_conversion", "natural_kind", "read_column"]

SOURCES: tuple[Source, ...] = (
    integers.IntegerColumn(),
    integers.YearColumn(),
    integers.BitColumn(),
    decimals.DecimalColumn(),
    floats.DoubleColumn(),
    text.TextColumn(),
    text.EnumColumn(),
    sets.SetColumn(),
    binary.BinaryColumn(),
    dates.DateColumn(),
    datetimes.DatetimeColumn(),
    datetimes.TimestampColumn(),
    times.TimeColumn(),
    jsonb.JsonColumn(),
    geometry.GeometryColumn(),
    uuids.UuidColumn(),
    addresses.AddressColumn(),
)

CONVERSIONS: tuple[Conversion, ...] = (
    integers.IntegerToInteger(),
    integers.IntegerToText(),
    booleans.IntegerToBoolean(),
    decimals.IntegerToDecimal(),
    floats.IntegerToDouble(),
    booleans.BooleanToBoolean(),
    booleans.BooleanToInteger(),
    decimals.DecimalToDecimal(),
    decimals.DecimalToInteger(),
    decimals.DecimalToText(),
    floats.DecimalToDouble(),
    floats.DoubleToDouble(),
    floats.DoubleToDecimal(),
    floats.DoubleToInteger(),
    text.TextToText(),
    uuids.TextToUuid(),
    addresses.TextToInet(),
    jsonb.TextToJsonb(),
    sets.ListToArray(),
    integer_lists.ListToIntegers(),
    sets.ListToText(),
    binary.BytesToBytes(),
    binary.BytesToText(),
    uuids.BytesToUuid(),
    dates.DateToDate(),
    dates.DateToText(),
    datetimes.DatetimeToText(),
    datetimes.InstantToTimestamp(),
    datetimes.InstantToText(),
    times.TimeToInterval(),
    times.TimeToTime(),
    times.TimeToText(),
    jsonb.JsonToJsonb(),
    jsonb.JsonToText(),
    uuids.UuidToUuid(),
    uuids.UuidToText(),
    addresses.AddressToInet(),
    addresses.AddressToText(),
    geometry.GeometryToBytes(),
)

_BY_TYPE = {name: source for source in SOURCES for name in source.types}

_NATURAL = {
    "smallint": Kind.INT,
    "integer": Kind.INT,
    "bigint": Kind.INT,
    "numeric": Kind.DECIMAL,
    "double precision": Kind.DOUBLE,
    "boolean": Kind.BOOL,
    "varchar": Kind.TEXT,
    "text": Kind.TEXT,
    "citext": Kind.TEXT,
    "inet": Kind.TEXT,
    "uuid": Kind.TEXT,
    "bytea": Kind.BYTES,
    "date": Kind.DATE,
    "timestamp with time zone": Kind.INSTANT,
    "time": Kind.TIME,
    "interval": Kind.TIME,
    "jsonb": Kind.JSON,
}


def read_column(column: SourceColumn) -> SourceValue | None:
    """How `column` is read, or None for a type that delamp does not know."""
    source = _BY_TYPE.get(column.data_type)
    if (column.charset or "").lower() == "binary" and isinstance(source, text.TextColumn):
        source = _BY_TYPE["varbinary"]
    return source.read(column) if source else None


def natural_kind(field: TargetField) -> Kind | None:
    """The kind whose Python form is what Django reads from the field."""
    return Kind.LIST if field.array else _NATURAL.get(field.base)


def find_conversion(kind: Kind, field: TargetField) -> Conversion | None:
    """The conversion for the pair, or None when no value of the kind belongs in the field."""
    return next((c for c in CONVERSIONS if c.accepts(kind, field)), None)
