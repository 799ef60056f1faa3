"""Which field a column becomes: one function for each family of MySQL's types."""

from __future__ import annotations

from collections.abc import Callable

from mappings.types import read_column
from migrate.draft.designing.types.base import Answer, Ask, Told
from migrate.draft.designing.types.binaries import binary, geometry
from migrate.draft.designing.types.members import enum, members_of_set
from migrate.draft.designing.types.moments import date, moment, span
from migrate.draft.designing.types.numbers import bit, decimal, floating, integer, year
from migrate.draft.designing.types.texts import json, text

__all__ = ["Answer", "Ask", "Told", "choose"]

_FAMILIES: dict[Callable[[Ask], Answer], str] = {
    integer: "tinyint smallint mediumint int integer bigint",
    bit: "bit",
    year: "year",
    decimal: "decimal numeric",
    floating: "float double real",
    text: "char varchar tinytext text mediumtext longtext",
    enum: "enum",
    members_of_set: "set",
    date: "date",
    moment: "datetime timestamp",
    span: "time",
    binary: "binary varbinary tinyblob blob mediumblob longblob",
    json: "json",
    geometry: "geometry point linestring polygon multipoint multilinestring multipolygon"
    " geometrycollection geomcollection",
}
_CHOOSERS = {name: choose for choose, names in _FAMILIES.items() for name in names.split()}
_NATIVE = {"uuid": "models.UUIDField", "inet4": "models.GenericIPAddressField"}
_NATIVE["inet6"] = _NATIVE["inet4"]


def choose(ask: Ask) -> Answer | None:
    """The field for a column, or None for a type that delamp cannot read."""
    try:
        if read_column(ask.column) is None:
            return None
    except LookupError:
        return None
    chooser = _CHOOSERS.get(ask.column.data_type)
    if chooser is not None:
        return chooser(ask)
    native = _NATIVE.get(ask.column.data_type)
    return Answer(cls=native) if native else Answer(cls="models.TextField", blank=ask.blank)
