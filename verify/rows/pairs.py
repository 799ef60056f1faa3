"""Rows of a name/value table, read for a batch of source rows: what Gathered and Picked are of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from mappings.catalogue import Catalogue, SourceTable
from mappings.columns import Gathered, Picked
from mappings.sqltext import my_name
from mappings.steps.base import Step
from verify.rows.declared import find_table
from verify.rows.decoding import Decoder, decoder

__all__ = ["NamedValue", "Pairs", "gathered_object", "pairs_of", "picked_value"]

ALIAS = "m"
Fields: TypeAlias = tuple[bytes | None, ...]
NamedValue: TypeAlias = tuple[Fields, Fields]
"""The fields of a name, and those of its value."""


@dataclass(frozen=True)
class Pairs:
    """Which rows of a name/value table belong to a source row, in order."""

    table: str
    condition: str
    """SQL that joins them, as `m`, to the source row."""
    name: Decoder
    value: Decoder
    order: str

    @property
    def selects(self) -> tuple[str, ...]:
        return (*self.name.selects, *self.value.selects)

    @property
    def join(self) -> str:
        return f"JOIN {my_name(self.table)} {ALIAS} ON {self.condition}"


def pairs_of(
    catalogue: Catalogue, source: SourceTable, own: Callable[[str], str], told: Gathered | Picked
) -> Pairs:
    """The pairs that a declaration means. `own` gives the SQL of a column of the source row.

    Raises ValueError for a table or type that is not known.
    """
    other = find_table(catalogue, told.table)
    if other is None:
        raise ValueError(f"no table is called {told.table!r}")
    name, value = _decoder(other, told.name), _decoder(other, told.value)
    by_bytes = [f"HEX({name.selects[0]})", f"HEX({value.selects[0]})"]
    order = [_of(key) for key in other.key] or by_bytes
    link = own(told.to or source.key[0])
    return Pairs(
        table=other.name,
        condition=f"{_of(told.by)} = {link}",
        name=name,
        value=value,
        order=", ".join(order),
    )


def by_row(rows: Iterable[Fields], width: int, pairs: Pairs) -> dict[Fields, list[NamedValue]]:
    """Rows whose first `width` fields are the source row's key, as its names and values."""
    found: dict[Fields, list[NamedValue]] = defaultdict(list)
    value = width + len(pairs.name.selects)
    for row in rows:
        found[row[:width]].append((row[width:value], row[value:]))
    return found


def gathered_object(
    pairs: Pairs, steps: Sequence[Step], without: Sequence[str]
) -> Callable[[Sequence[NamedValue]], dict[str, Any]]:
    """Names and values -> the object; a name that comes again has the list of its values."""
    left_out = frozenset(without)

    def made(found: Sequence[NamedValue]) -> dict[str, Any]:
        values: dict[str, list[Any]] = {}
        for raw_name, raw in found:
            name = "" if raw_name[0] is None else str(pairs.name.decode(*raw_name))
            if raw_name[0] is not None and name in left_out:
                continue
            value = None if raw[0] is None else pairs.value.decode(*raw)
            for step in steps:
                if value is not None or step.takes_null:
                    value = step.python(value)
            values.setdefault(name, []).append(value)
        return {name: many if len(many) > 1 else many[0] for name, many in values.items()}

    return made


def picked_value(pairs: Pairs, pick: str | int) -> Callable[[Sequence[NamedValue]], Any]:
    """Names and values -> the fields of the first value of that name, or None."""

    def made(found: Sequence[NamedValue]) -> Fields | None:
        for raw_name, raw in found:
            if raw_name[0] is not None and pairs.name.decode(*raw_name) == pick:
                return raw
        return None

    return made


def _decoder(table: SourceTable, name: str) -> Decoder:
    column = table.column(name)
    found = decoder(column, _of(column.name)) if column else None
    if found is None:
        raise ValueError(f"{table.name}.{name} cannot be read")
    return found


def _of(name: str) -> str:
    return f"{my_name(ALIAS)}.{my_name(name)}"
