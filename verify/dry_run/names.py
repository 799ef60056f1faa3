"""What a source row is called: its key, as the ledger keeps it and as people read it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mappings.keys import KeyColumn, KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import any_of, source_column

__all__ = ["RowName", "RowNames", "brief"]

_LONGEST = 80
_MOST_NEGATIVE = 2**63


@dataclass(frozen=True)
class RowName:
    """One source row. `id` is unique within its table; `order` sorts as the table's key does."""

    id: str
    key: KeyValue | None
    """The part of the key that chunks are cut by; None without one."""
    text: str
    """`id=5`; of a row that no key names, its values."""
    order: str


class RowNames:
    """How the rows of one table are named in a SELECT.

    A table without a key is read in one pass: there a row's place in that pass is its name.
    """

    def __init__(self, table: TablePlan) -> None:
        cut = {column.name: column for column in table.key}
        self.keyed = bool(table.source.key)
        self._columns = table.source.key or _read(table)
        self._keys = [cut.get(name) for name in self._columns]
        self._cut = len(table.key)
        self.sorts_by_integers = self.keyed and all(_is_int(key) for key in self._keys)

    @property
    def order(self) -> str:
        """SQL: what to sort by."""
        return ", ".join(source_column(name) for name in self._columns)

    def select(self) -> list[str]:
        """Select expressions: of each column its exact value, and what people see of it."""
        fields = []
        for name, key in zip(self._columns, self._keys, strict=True):
            exact = key.select() if key else f"HEX({source_column(name)})"
            fields += [exact, source_column(name)] if self.keyed else [source_column(name)]
        return fields

    def read(self, fields: Sequence[bytes | None], place: int) -> RowName:
        """The name from the fields of `select`; `place` counts the rows of the pass."""
        if not self.keyed:
            return RowName(str(place), None, self._text(fields), f"{place:020d}")
        exact = tuple(
            key.value(field or b"") if key else (field or b"").decode("ascii").lower()
            for key, field in zip(self._keys, fields[::2], strict=True)
        )
        order = f"{place:020d}"
        if self.sorts_by_integers:
            order = "".join(f"{int(part) + _MOST_NEGATIVE:020d}" for part in exact)
        key = exact[: self._cut] or None
        return RowName(json.dumps(exact), key, self._text(fields[1::2]), order)

    @property
    def width(self) -> int:
        """How many fields `select` has."""
        return len(self._columns) * (2 if self.keyed else 1)

    def among(self, ids: Iterable[str]) -> str:
        """Predicate over the source row: its id is one of these. Only of a table with a key."""
        wanted = [json.loads(found) for found in ids]
        if len(self._keys) == 1 and (only := self._keys[0]) is not None:
            literals = ", ".join(only.literal(value) for (value,) in wanted)
            return f"{source_column(self._columns[0])} IN ({literals})" if wanted else "FALSE"
        # Written out: MySQL 5.6 reads the whole table for `(a, b) IN (…)`.
        return any_of(
            " AND ".join(
                f"{source_column(name)} = {key.literal(value)}"
                if key
                else f"HEX({source_column(name)}) = '{str(value).upper()}'"
                for name, key, value in zip(self._columns, self._keys, values, strict=True)
            )
            for values in wanted
        )

    def _text(self, values: Sequence[bytes | None]) -> str:
        pairs = zip(self._columns, values, strict=True)
        return ", ".join(f"{name}={brief(value)}" for name, value in pairs)


def _read(table: TablePlan) -> tuple[str, ...]:
    """The source columns that the mapping reads, in the table's order, and what is kept of it."""
    read = {name for column in table.columns for name in column.sources} | {*table.source.kept}
    return tuple(column.name for column in table.source.columns if column.name in read)


def _is_int(key: KeyColumn | None) -> bool:
    return key is not None and key.kind == "int"


def brief(value: bytes | None) -> str:
    """A value as people see it."""
    if value is None:
        return "NULL"
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = f"0x{value.hex()}"
    if "\0" in text:
        text = f"0x{value.hex()}"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "…"
