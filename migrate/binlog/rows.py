"""The keys in a row event, and nothing else of its rows.

A row image is a bitmap of its NULLs and then the values of the columns that the event has, each of
a width that its type gives or that stands before it. For each such bitmap the walk over the row is
worked out once: which bytes to pass over and which to take.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from mappings.catalogue import SourceTable
from mappings.keys import KeyValue
from migrate.binlog.columns import EventColumn, packed
from migrate.binlog.values import Convert, converter

__all__ = ["DELETE", "UPDATE", "WRITE", "RowLayout", "Rows"]

WRITE, UPDATE, DELETE = "write", "update", "delete"

_Step: TypeAlias = "tuple[int, int, int, Convert | None]"
"""Bytes to pass over; the bytes of a length, if there is one; the width, if not; what to do with
the value, if it is of the key."""
_Walk: TypeAlias = "tuple[tuple[_Step, ...], int]"
"""The steps, and the bytes left behind the last."""

_MOST_WALKS = 4096
_JSON = 245


@dataclass
class Rows:
    """What a row event says of its table."""

    keys: set[KeyValue]
    gone: set[KeyValue]
    """The table's own keys of rows that were deleted, or that have another key now."""
    events: int = 0
    complete: bool = True
    """False: there are rows whose key the event does not carry."""


class RowLayout:
    """How rows of one table lie in events, for the columns whose values are wanted."""

    def __init__(
        self, table: SourceTable, key: Sequence[str], columns: Sequence[EventColumn]
    ) -> None:
        self.table = table
        self._columns = columns
        places = {column.name: n for n, column in enumerate(table.columns)}
        self._key = [places[found.name] for name in key if (found := table.column(name))]
        self._own = len(table.key) if tuple(key[: len(table.key)]) == table.key else len(key)
        self._takes: dict[int, Convert] = {}
        for n in self._key:
            read = converter(table.columns[n], columns[n].kind, columns[n].meta)
            if read is not None:
                self._takes[n] = read
        self.keyed = bool(key) and len(self._key) == len(key) == len(self._takes)
        """Whether the table has a key that events can carry."""
        # Values come in the order of the columns.
        ordered = sorted(self._key)
        order = [ordered.index(n) for n in self._key]
        self._order = None if order == sorted(order) else order
        self._images: dict[bytes, _Image] = {}
        self._json = sum(column.kind == _JSON for column in columns)

    def read(self, kind: str, body: bytes, *, partial: bool = False) -> Rows:
        """Read an event's body, from the number of its columns on.

        `partial`: updates may hold differences of JSON values. Raises IndexError or ValueError for
        a body that ends within a row.
        """
        count, at = packed(body, 0)
        size = (count + 7) // 8
        images = [self._image(body[at : at + size], count)]
        at += size
        if kind == UPDATE:
            images.append(self._image(body[at : at + size], count))
            at += size
        rows = Rows(keys=set(), gone=set())
        if not self.keyed or not images[0].complete:
            rows.complete = False
            return rows
        if partial or not images[-1].complete:
            self._read_updates(images[0], images[1], body, at, partial, rows)
        else:
            self._read_all(images, body, at, rows)
        if kind == DELETE:
            rows.gone = {found[: self._own] for found in rows.keys}
        return rows

    def _read_all(self, images: Sequence[_Image], body: bytes, at: int, rows: Rows) -> None:
        """Rows whose images all have the whole key."""
        end, order, add, own = len(body), self._order, rows.keys.add, self._own
        while at < end:
            rows.events += 1
            before: KeyValue | None = None
            for image in images:
                values: list[Any] = []
                at = image.take(body, at, values)
                key = tuple(values) if order is None else tuple([values[n] for n in order])
                add(key)
                if before is not None and before[:own] != key[:own]:
                    rows.gone.add(before[:own])
                before = key
        if at != end:
            raise ValueError("the event ends within a row")

    def _read_updates(
        self, before: _Image, after: _Image, body: bytes, at: int, partial: bool, rows: Rows
    ) -> None:
        """Updates of which the new image has changed columns only, or differences of JSON."""
        end = len(body)
        while at < end:
            rows.events += 1
            old: list[Any] = []
            new: list[Any] = []
            at = before.take(body, at, old)
            if partial:
                options, at = packed(body, at)
                at += (self._json + 7) // 8 if options & 1 else 0
            at = after.take(body, at, new)
            given = dict(zip(before.taken, old, strict=True))
            was = tuple(given[n] for n in self._key)
            given |= dict(zip(after.taken, new, strict=True))
            now = tuple(given[n] for n in self._key)
            rows.keys |= {was, now}
            if was[: self._own] != now[: self._own]:
                rows.gone.add(was[: self._own])
        if at != end:
            raise ValueError("the event ends within a row")

    def _image(self, present: bytes, count: int) -> _Image:
        found = self._images.get(present)
        if found is None:
            bits = int.from_bytes(present, "little")
            there = [n for n in range(count) if bits >> n & 1]
            found = self._images[present] = _Image(there, self._columns, self._takes)
        return found


class _Image:
    """Rows with some of the columns."""

    def __init__(
        self, there: Sequence[int], columns: Sequence[EventColumn], takes: dict[int, Convert]
    ) -> None:
        self._there = there
        self._columns = columns
        self._takes = takes
        self._bitmap = (len(there) + 7) // 8
        self._walks: dict[bytes, _Walk] = {}
        self.taken = [n for n in there if n in takes]
        """The columns of the key in it, in the order of their values."""
        self.complete = len(self.taken) == len(takes)

    def take(self, body: bytes, at: int, values: list[Any]) -> int:
        """Add the key values of the row at `at`, None for a NULL; return where the row ends."""
        start = at + self._bitmap
        nulls = body[at:start]
        steps, tail = self._walks.get(nulls) or self._walk(nulls)
        at = start
        for gap, prefix, width, convert in steps:
            at += gap
            if prefix == 1:
                width = body[at]
                at += 1
            elif prefix:
                start = at + prefix
                width = int.from_bytes(body[at:start], "little")
                at = start
            end = at + width
            if convert is not None:
                values.append(convert(body[at:end]))
            at = end
        return at + tail

    def _walk(self, nulls: bytes) -> _Walk:
        """The steps over a row with these NULLs; neighbours of fixed widths are passed in one."""
        bits = int.from_bytes(nulls, "little")
        steps: list[_Step] = []
        gap = 0
        for place, n in enumerate(self._there):
            column, convert = self._columns[n], self._takes.get(n)
            if bits >> place & 1:
                if convert is not None:
                    steps.append((gap, 0, 0, _null))
                    gap = 0
            elif column.prefix or convert is not None:
                steps.append((gap, column.prefix, column.width, convert))
                gap = 0
            else:
                gap += column.width
        if len(self._walks) >= _MOST_WALKS:
            self._walks.clear()
        found = self._walks[nulls] = (tuple(steps), gap)
        return found


def _null(raw: bytes) -> None:
    """A NULL of a column that is wanted and may be one."""
