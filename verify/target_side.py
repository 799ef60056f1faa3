"""The target's half of every comparison: SQL over the model's table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mappings.compiler.frames import NULL
from mappings.keys import KeyRange, KeyValue
from mappings.plan import ColumnPlan, TablePlan
from mappings.sqltext import all_of, pg_name, pg_text
from verify.departures import Departures
from verify.ports import TargetConnection

__all__ = ["TargetSide", "row_hash"]

_SIZES = {
    "text": "octet_length({0})",
    "varchar": "octet_length({0})",
    "citext": "octet_length({0}::text)",
    "bytea": "octet_length({0}) * 2",
    "jsonb": "pg_column_size({0}) * 8",
}
"""Types without a limit, by the bytes of their canonical text, or so, without reading them."""


def row_hash(text: str) -> str:
    """The hash of a text as PostgreSQL makes it, in hex."""
    return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')"


class TargetSide:
    """SQL over the target row `t` of one table plan."""

    def __init__(self, table: TablePlan, departures: Departures) -> None:
        self.table = table
        self.columns = table.verified
        self.from_ = f"{pg_name(table.target)} t"
        self.pk = [f"t.{pg_name(str(f.column))}" for f in table.model._meta.pk_fields]
        self.identity = [f"t.{pg_name(c.column)}" for c in table.identity]
        self._existing = departures.existing
        self._existing_sql = departures.existing_sql

    def where(self, *predicates: str | None) -> str:
        """WHERE clause of delamp's rows for which all the predicates hold."""
        return f"WHERE {all_of(p for p in (self._ours(), *predicates) if p is not None)}"

    def _ours(self) -> str | None:
        """Leaves out rows of another mapping, and those that were there before the first run."""
        parts = [self.table.owns] if self.table.owns else []
        if self._existing:
            keys = ", ".join(map(pg_text, sorted(self._existing)))
            parts.append(f"{self.pk_text()} <> ALL (ARRAY[{keys}])")
        if self._existing_sql:
            # As a join, whose plan is PostgreSQL's to choose and whose memory is bounded.
            before = f"SELECT FROM ({self._existing_sql}) AS e (key)"
            parts.append(f"NOT EXISTS ({before} WHERE e.key = {self.pk_text()})")
        return all_of(parts) if parts else None

    def pk_text(self) -> str:
        """The primary key as one text."""
        return " || ',' || ".join(f"{column}::text" for column in self.pk)

    def text(self) -> str:
        """The row's canonical text."""
        return " || ".join(map(self.frame, self.columns)) or "''"

    def identity_text(self) -> str:
        """The canonical text of the columns that hold the source key."""
        return " || ".join(map(self.frame, self.table.identity))

    def frame(self, column: ColumnPlan) -> str:
        """The framed canonical text of one column.

        Also of a NULL where the model takes none: with its constraint gone, one would take the
        text of the whole row with it.
        """
        text = column.canonical_target
        return text if column.field.null else f"coalesce({text}, {pg_text(NULL.decode())})"

    def within(self, key_range: KeyRange) -> str | None:
        """Predicate: the integer key is in the range."""
        left = f"({', '.join(self.identity)})"
        parts = []
        if key_range.after is not None:
            parts.append(f"{left} > ({_integers(key_range.after)})")
        if key_range.until is not None:
            parts.append(f"{left} <= ({_integers(key_range.until)})")
        within = " AND ".join(parts) or None
        if within is None or key_range.after is not None or set(self.identity) <= set(self.pk):
            return within
        # Rows whose key is NULL, its constraint gone, belong to the first range.
        nulls = " OR ".join(f"{column} IS NULL" for column in self.identity)
        return f"({within} OR {nulls})"

    def order(self) -> str:
        """ORDER BY of the source key."""
        return ", ".join(self.identity)

    def pk_in(self, keys: Iterable[Sequence[Any]]) -> str:
        """Predicate: the primary key, read as texts, is one of these."""
        # Untyped literals take the column's type, so that the index serves them.
        if len(self.pk) == 1:
            return f"{self.pk[0]} IN ({', '.join(pg_text(str(key[0])) for key in keys)})"
        tuples = ", ".join(f"({', '.join(pg_text(str(v)) for v in key)})" for key in keys)
        return f"({', '.join(self.pk)}) IN ({tuples})"

    def longest(self, target: TargetConnection, where: str = "") -> int:
        """About the bytes of the longest text that a row could have, by its long columns.

        PostgreSQL knows the size of a text without reading it; a running sum over whole rows
        would cost a quarter of the hashing.
        """
        sizes = [
            _SIZES[c.field.base].format(f"t.{pg_name(c.column)}")
            for c in self.columns
            if c.field.base in _SIZES and c.field.size is None and not c.field.array
        ]
        if not sizes:
            return 0
        total = " + ".join(f"coalesce({size}, 0)" for size in sizes)
        return int(target.rows(f"SELECT max({total}) FROM {self.from_} {where}")[0][0] or 0)


def _integers(key: KeyValue) -> str:
    return ", ".join(str(int(value)) for value in key)
