"""The source's half of every comparison: SQL over the legacy table, and rows made in Python.

A table whose columns all have a canonical form in SQL is hashed by MySQL. A column that only
Python can make, or a row on which the SQL form does not hold (its guard), comes as its raw value
and is finished here: such a table is read in mixed rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from mappings.compiler.frames import NULL
from mappings.gathering import Whole, whole_rows, with_links
from mappings.keys import KeyColumn, KeyValue
from mappings.plan import ColumnPlan, TablePlan
from mappings.sqltext import all_of, any_of, my_bytes, source_column
from verify.departures import Departures
from verify.ports import SourceConnection, SourceRow

__all__ = ["HASH_DIGITS", "NO_MERGE", "MixedRow", "SourceSide", "full_key", "keys_in"]

HASH_DIGITS = 32
"""Hex digits of a row's hash that are compared: 128 bits."""

NO_MERGE = "LIMIT 18446744073709551615"
"""Keeps MySQL from merging a derived table, and hashing the row again at each mention."""


def full_key(table: TablePlan) -> tuple[KeyColumn, ...]:
    """The columns that name one source row; empty when chunks are cut by a part of the key."""
    return table.key if len(table.key) == len(table.source.key) else ()


def keys_in(key: Sequence[KeyColumn], keys: Iterable[KeyValue]) -> str:
    """Predicate over the source row: its key is one of these."""
    wanted = list(keys)
    if not wanted:
        return "FALSE"
    if len(key) == 1:
        literals = ", ".join(key[0].literal(value) for (value,) in wanted)
        return f"{source_column(key[0].name)} IN ({literals})"
    # Written out: MySQL 5.6 reads the whole table for `(a, b) IN (…)`.
    return any_of(
        " AND ".join(
            f"{source_column(c.name)} = {c.literal(v)}" for c, v in zip(key, values, strict=True)
        )
        for values in wanted
    )


@dataclass(frozen=True)
class MixedRow:
    """One source row whose canonical text was finished in Python."""

    key: KeyValue | None
    frames: tuple[bytes | None, ...]
    """One for each piece of the row, or column; None: it is refused, so no target can hold it."""
    raws: tuple[bytes | None, ...] = ()
    """Raw values of the columns, of a row that was read column by column."""
    identity: bytes | None = None
    """The canonical text of the columns that hold the source key, where it was asked for."""

    def named(self, identity: bytes | None) -> MixedRow:
        """The same row with the text of its identity."""
        return replace(self, identity=identity)

    @property
    def size(self) -> int:
        """Bytes of all that is held of the row."""
        return sum(len(field) for field in (*self.frames, *self.raws) if field is not None)

    @property
    def text(self) -> bytes | None:
        """The row's canonical text, or None when a column is refused."""
        frames = [frame for frame in self.frames if frame is not None]
        return b"".join(frames) if len(frames) == len(self.frames) else None


class SourceSide:
    """SQL over the source row of one table plan."""

    def __init__(self, table: TablePlan, departures: Departures) -> None:
        self.table = table
        self.columns = table.verified
        self.key = full_key(table)
        self.departures = departures
        self.from_ = table.source.relation
        guards = [g for c in self.columns if c.canonical_source is not None for g in c.guards]
        self.guard = any_of(guards) if guards else None
        self.needs_python = any(c.canonical_source is None for c in self.columns)

    def where(self, *predicates: str | None) -> str:
        """WHERE clause of the mapped rows for which all the predicates hold."""
        own = self.table.where
        return f"WHERE {all_of(p for p in (own, *predicates) if p is not None)}"

    def text(self, nulled: Mapping[str, Sequence[KeyValue]] | None = None) -> str:
        """The row's canonical text, by MySQL alone; `nulled` lists keys per model field."""
        parts = []
        for column in self.columns:
            part = column.canonical_source or my_bytes(NULL)
            keys = (nulled or {}).get(column.name)
            if keys:
                part = f"IF({keys_in(self.key, keys)}, {my_bytes(NULL)}, {part})"
            parts.append(part)
        # One operand is binary whatever the columns are: charsets never meet.
        return f"CONCAT({', '.join((my_bytes(b''), *parts))})"

    def identity_text(self) -> str:
        """The canonical text of the columns that hold the source key."""
        parts = [c.canonical_source or "NULL" for c in self.table.identity]
        return f"CONCAT({', '.join((my_bytes(b''), *parts))})"

    def key_select(self) -> list[str]:
        """Select expressions of the key; empty for a table without one."""
        return [column.select() for column in self.key]

    def read_key(self, fields: Sequence[bytes | None]) -> KeyValue | None:
        """The key from the fields that `key_select` asked for."""
        if not self.key:
            return None
        return tuple(c.value(f or b"") for c, f in zip(self.key, fields, strict=True))

    def mixed_rows(
        self,
        source: SourceConnection,
        where: str,
        *,
        merged: bool = True,
        more: Sequence[str] = (),
    ) -> Iterator[tuple[MixedRow, SourceRow]]:
        """Rows, each with the fields that `more` asks for; those with a value too long come last.

        `where` is what follows the FROM clause.
        """
        fields, gathered = self._mixed_select(merged=merged)
        selects, places = with_links([*fields, *more], gathered)
        sql = f"SELECT {', '.join(selects)} FROM {self.from_} {where}"
        for row in whole_rows(source.stream, sql, places):
            yield self._read_mixed(row, merged=merged), row[len(fields) : len(fields) + len(more)]

    def _mixed_select(self, *, merged: bool) -> tuple[list[str], list[tuple[int, Whole | None]]]:
        """Select expressions of a mixed row: its key, then one or two fields for each piece.

        And where among them values are that were gathered.
        """
        fields = self.key_select()
        gathered: list[tuple[int, Whole | None]] = []
        for piece in self._pieces(merged):
            column = piece[0]
            if column.canonical_source is None:
                gathered.append((len(fields), column.whole))
                fields.append(column.raw)
            elif column.guards:
                guard = any_of(column.guards)
                fields += [f"({guard})", f"IF({guard}, {column.raw}, {column.canonical_source})"]
            else:
                texts = [c.canonical_source or "NULL" for c in piece]
                fields.append(f"CONCAT({', '.join((my_bytes(b''), *texts))})")
            if not merged:
                gathered.append((len(fields), column.whole))
                fields.append(column.raw)
        return fields, gathered

    def _read_mixed(self, row: SourceRow, *, merged: bool) -> MixedRow:
        """The row from the fields that `_mixed_select` asked for."""
        key = self.read_key(row[: len(self.key)])
        nulled = self.departures.nulled_columns.get(key, ()) if key is not None else ()
        fields = iter(row[len(self.key) :])
        frames: list[bytes | None] = []
        raws: list[bytes | None] = []
        for piece in self._pieces(merged):
            column = piece[0]
            by_python = column.canonical_source is None
            if column.canonical_source is not None and column.guards:
                by_python = next(fields) != b"0"
            field = next(fields)
            raws.append(None if merged else next(fields))
            if column.name in nulled:
                frames.append(NULL)
            else:
                frames.append(python_frame(column, field) if by_python else field)
        return MixedRow(key, tuple(frames), tuple(raws))

    def _pieces(self, merged: bool) -> tuple[tuple[ColumnPlan, ...], ...]:
        """Columns that share a field: runs of those that are SQL's own business."""
        if not merged:
            return tuple((column,) for column in self.columns)
        return self._merged

    @cached_property
    def _merged(self) -> tuple[tuple[ColumnPlan, ...], ...]:
        nulled = {name for _, name in self.departures.nulled}
        pieces: list[tuple[ColumnPlan, ...]] = []
        open_run = False
        for column in self.columns:
            plain = not (column.canonical_source is None or column.guards or column.name in nulled)
            if plain and open_run:
                pieces[-1] += (column,)
            else:
                pieces.append((column,))
            open_run = plain
        return tuple(pieces)


def python_frame(column: ColumnPlan, raw: bytes | None) -> bytes | None:
    """The canonical text that Python makes of a raw value; None when it refuses the value."""
    try:
        return column.canonical(column.python(raw))
    except Exception:
        # A Reject, or a failure of a user's step: in both cases the load refuses the row too, so
        # it is in the departures, or it is found to differ.
        return None
