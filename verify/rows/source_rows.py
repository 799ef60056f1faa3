"""Source rows in batches that memory can hold: by key, page by page, or as they come."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, TypeAlias

from mappings.keys import KeyColumn, KeyRange, KeyValue
from mappings.sqltext import source_column
from verify.ports import SourceConnection
from verify.rows.columns import RowColumn, Rows, numeric_keys
from verify.rows.listed import members
from verify.rows.pairs import NamedValue, Pairs, by_row

__all__ = ["Batch", "SourceRows", "readable_key"]

Row: TypeAlias = tuple[Any, ...]
MOST_ROWS = 2_000
_MOST_BYTES = 4 * 1024 * 1024
"""Of one batch, and what its last row is over."""
_FIRST_ROWS = 200
_KEYS_AT_ONCE = 500


@dataclass(frozen=True)
class Batch:
    """Some source rows: their keys, and what each column makes of them."""

    keys: tuple[KeyValue | None, ...]
    values: dict[str, list[Any]]
    """By field name, one for each row; `Refused` where Python refuses."""

    def __len__(self) -> int:
        return len(self.keys)


class SourceRows:
    """Reads one table. The connection is handed to each call."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        table = rows.table
        whole = len(table.key) == len(table.source.key) and rows.listed is None
        self.key: tuple[KeyColumn, ...] = table.key if whole else ()
        self._key_selects = [column.select() for column in self.key]

    @cached_property
    def pairs(self) -> tuple[Pairs, ...]:
        """What is read of name/value tables, each once."""
        return tuple(dict.fromkeys(c.pairs for c in self.rows.columns if c.pairs is not None))

    def where(self, *predicates: str) -> str:
        """WHERE clause of the mapped rows for which the predicates hold, or nothing."""
        own = (self.rows.where,) if self.rows.where else ()
        both = (*own, *predicates)
        return f"WHERE {' AND '.join(f'({p})' for p in both)}" if both else ""

    def select(self, where: str, tail: str = "") -> str:
        """The statement that reads rows."""
        fields = self._key_selects + [s for c in self.rows.columns for s in c.selects]
        return f"SELECT {', '.join(fields or ['1'])} FROM {self.rows.relation} {where} {tail}"

    def order(self) -> str:
        """ORDER BY of the key."""
        return f"ORDER BY {', '.join(source_column(column.name) for column in self.key)}"

    def read_key(self, row: Sequence[Any]) -> KeyValue | None:
        """The key in the first fields of a row."""
        if not self.key:
            return None
        return tuple(c.value(f or b"") for c, f in zip(self.key, row, strict=False))

    def among(self, keys: Sequence[KeyValue]) -> str:
        """Predicate: the key is one of these."""
        if len(self.key) == 1:
            only = self.key[0]
            listed = ", ".join(only.literal(value) for (value,) in keys)
            return f"{source_column(only.name)} IN ({listed})"
        # Written out: MySQL 5.6 reads the whole table for `(a, b) IN (…)`.
        each = (
            " AND ".join(
                f"{source_column(c.name)} = {c.literal(v)}"
                for c, v in zip(self.key, key, strict=True)
            )
            for key in keys
        )
        return " OR ".join(f"({one})" for one in each)

    def pages(self, connection: SourceConnection) -> Iterator[list[Row]]:
        """All rows in the order of the key, a few thousand or a few megabytes at a time."""
        after: KeyValue | None = None
        limit = _FIRST_ROWS
        while True:
            beyond = KeyRange(after=after)
            predicates = (beyond.sql(self.key),) if after is not None else ()
            tail = f"{self.order()} LIMIT {limit}"
            rows, size = self._some_of(connection, self.where(*predicates), tail)
            if not rows:
                return
            yield rows
            after = self.read_key(rows[-1])
            limit = max(1, min(MOST_ROWS, _MOST_BYTES * len(rows) // max(size, 1)))

    def keyed(self, connection: SourceConnection, keys: Sequence[KeyValue]) -> Iterator[list[Row]]:
        """The rows of these keys, some hundred or a few megabytes at a time."""
        left = list(keys)
        while left:
            asked, left = left[:_KEYS_AT_ONCE], left[_KEYS_AT_ONCE:]
            rows, size = self._some_of(connection, self.where(self.among(asked)))
            if size > _MOST_BYTES:
                read = {self.read_key(row) for row in rows}
                left = [key for key in asked if key not in read] + left
            if rows:
                yield rows

    def _some_of(
        self, connection: SourceConnection, where: str, tail: str = ""
    ) -> tuple[list[Row], int]:
        """As `_some`; the connection is free again for what else belongs to these rows."""
        found = connection.stream(self.select(where, tail))
        some = _some(found, _bytes_of)
        # What is left over is read to its end, one row at a time.
        deque(found, maxlen=0)
        return some

    def stream(self, connection: SourceConnection) -> Iterator[Row]:
        """All rows as they come, lists taken apart."""
        found: Iterator[Row] = iter(connection.stream(self.select(self.where())))
        if self.rows.listed is None:
            return found
        fillings, decoder = self.rows.listed
        assert fillings.listed is not None
        first = sum(len(c.selects) for c in self.rows.columns[:-1])
        numeric = numeric_keys(self.rows.table)
        apart = members(fillings.listed, decoder, first=first, numeric=numeric)
        return (one for row in found for one in apart(row))

    def batches(self, rows: Iterable[Row]) -> Iterator[list[Row]]:
        """Any rows, a few thousand or a few megabytes at a time."""
        rest = iter(rows)
        while batch := _some(rest, _bytes_of_any)[0]:
            yield batch

    def convert(self, connection: SourceConnection, rows: Sequence[Row]) -> Batch:
        """What Python makes of rows; reads what name/value tables have for them."""
        columns = list(zip(*rows, strict=True))
        keys: tuple[KeyValue | None, ...] = (None,) * len(rows)
        if self.key:
            parts = (map(c.value, fields) for c, fields in zip(self.key, columns, strict=False))
            keys = tuple(zip(*parts, strict=True))
        found = {pairs: self._pairs(connection, pairs, keys) for pairs in self.pairs}
        values, at = {}, len(self.key)
        for column in self.rows.columns:
            values[column.name] = _values(column, columns, at, found, rows, len(self.key))
            at += len(column.selects)
        return Batch(keys, values)

    def _pairs(
        self, connection: SourceConnection, pairs: Pairs, keys: Sequence[KeyValue | None]
    ) -> dict[Any, list[NamedValue]]:
        wanted = [key for key in keys if key is not None]
        fields = ", ".join((*self._key_selects, *pairs.selects))
        sql = (
            f"SELECT {fields} FROM {self.rows.table.source.own} {pairs.join}"
            f" WHERE {self.among(wanted)} ORDER BY {pairs.order}"
        )
        return by_row(connection.rows(sql), len(self.key), pairs)


def _values(
    column: RowColumn,
    columns: Sequence[tuple[Any, ...]],
    at: int,
    found: dict[Pairs, dict[Any, list[NamedValue]]],
    rows: Sequence[Row],
    width: int,
) -> list[Any]:
    if column.constant:
        return [column.meaning.of()] * len(rows)
    if column.pairs is not None:
        of_row = found[column.pairs]
        return column.meaning.all([of_row.get(tuple(row[:width]), ()) for row in rows])
    return column.meaning.all(*columns[at : at + len(column.selects)])


def _bytes_of(row: Row) -> int:
    return sum(map(len, filter(None, row)))


def _bytes_of_any(row: Row) -> int:
    """The same for a row that has a member of a list in it."""
    return sum(len(field) for field in row if field.__class__ is bytes)


def _some(rows: Iterator[Row], size_of: Callable[[Row], int]) -> tuple[list[Row], int]:
    """The next rows, and their bytes."""
    taken: list[Row] = []
    size = 0
    for row in islice(rows, MOST_ROWS):
        taken.append(row)
        size += size_of(row)
        if size > _MOST_BYTES:
            break
    return taken, size


def readable_key(key: Sequence[KeyColumn], value: KeyValue) -> tuple[Any, ...]:
    """The key as people write it: texts decoded where that is possible."""
    return tuple(
        _decoded(str(part), column.charset) if column.kind == "text" else part
        for column, part in zip(key, value, strict=True)
    )


def _decoded(stored: str, charset: str | None) -> str:
    codec = "cp1252" if charset == "latin1" else "utf-8"
    try:
        return bytes.fromhex(stored).decode(codec)
    except UnicodeDecodeError:
        return f"0x{stored}"
