"""Which table a row event is of: the numbers that TABLE_MAP events give, while they last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest

from migrate.binlog.changes import Followed
from migrate.binlog.columns import as_stored, packed, read_table_map, same_columns, table_of
from migrate.binlog.events import inflate
from migrate.binlog.rows import UPDATE, RowLayout

__all__ = ["TableMaps", "TableProblem", "inflated"]

_MOST_LAYOUTS = 2000


@dataclass(frozen=True)
class TableProblem:
    """A followed table is in the binlog as another than it is in the catalogue."""

    table: str
    text: str


class TableMaps:
    """The layouts of followed tables, by the numbers of the events."""

    def __init__(self, tables: Mapping[str, Followed], database: str) -> None:
        self._tables = tables
        self._database = database
        self._names = {name: name for name in tables}
        self._fold = False
        self._layouts: dict[bytes, RowLayout | None] = {}
        self._numbers: dict[int, RowLayout | None] = {}
        self._opened: dict[str, int] = {}
        self._named: set[str] = set()
        self._begun = False
        self.reopened: set[str] = set()
        """Followed tables that may have been altered without a word in the binlog, and of which it
        has no names of columns. Whoever looks into it takes them out."""

    def begin(self, *, fold: bool) -> None:
        """A server begins to send; `fold`: it takes table names without regard to case."""
        self._fold = fold
        self._names = {(name.lower() if fold else name): name for name in self._tables}
        self._layouts.clear()
        self._opened.clear()
        if self._begun:
            self.reopened |= self._tables.keys() - self._named
        self._begun = True
        self.forget()

    def forget(self) -> None:
        """The numbers do not hold any longer."""
        self._numbers.clear()

    def followed(self, name: str) -> str | None:
        """The followed table of that name."""
        return self._names.get(name.lower() if self._fold else name)

    def known(self, number: int) -> bool:
        return number in self._numbers

    def layout(self, number: int) -> RowLayout | None:
        """How rows of the table lie in events; None when it is not followed."""
        return self._numbers.get(number)

    def add(self, body: bytes, table_bytes: int) -> TableProblem | None:
        """Take a TABLE_MAP event in; what it says of a followed table must fit the catalogue."""
        number = int.from_bytes(body[:table_bytes], "little")
        said = body[table_bytes + 2 :]
        if said in self._layouts:
            known = self._numbers[number] = self._layouts[said]
            if known is not None:
                self._open(known.table.name, number)
            return None
        if len(self._layouts) >= _MOST_LAYOUTS:
            self._layouts.clear()
        self._numbers[number] = self._layouts[said] = None
        database, table, _ = table_of(said)
        name = self.followed(table)
        if name is None or not self._is_ours(database):
            return None
        wanted = self._tables[name]
        try:
            seen = read_table_map(said)
        except KeyError as error:
            del self._layouts[said]
            return TableProblem(name, f"table {name!r} has a column of unknown type, got {error}")
        if not same_columns(wanted.table, seen.columns, seen.names):
            # The next event of this kind is to be told of, too.
            del self._layouts[said]
            text = (
                f"table {name!r} is not as the binlog has it, got {len(seen.columns)} columns"
                f" (expected {len(wanted.table.columns)})"
            )
            if len(seen.columns) == len(wanted.table.columns):
                text = f"table {name!r} has other columns in the binlog, or in another order"
            return TableProblem(name, text)
        pairs = zip_longest(wanted.table.columns, seen.columns)
        stored = [as_stored(known, column) if known else column for known, column in pairs]
        layout = RowLayout(wanted.table, wanted.columns, stored)
        self._numbers[number] = self._layouts[said] = layout
        if seen.names:
            self._named.add(name)
        self._open(name, number)
        return None

    def _open(self, name: str, number: int) -> None:
        if self._opened.get(name, number) != number and name not in self._named:
            self.reopened.add(name)
        self._opened[name] = number

    def _is_ours(self, database: str) -> bool:
        if self._fold:
            return database.lower() == self._database.lower()
        return database == self._database


def inflated(body: bytes, kind: str) -> bytes:
    """A row event of MariaDB's compressed kind, from the number of its columns on, as plain one."""
    count, at = packed(body, 0)
    at += (count + 7) // 8 * (2 if kind == UPDATE else 1)
    return body[:at] + inflate(body[at:])
