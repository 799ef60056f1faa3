"""The key of a source table and ranges of it: what a chunk is.

Key values travel as JSON scalars, so that the ledger can keep them: integers as int, decimals
and dates as text, texts and binaries as the hex of their stored bytes. A range is (after, until]:
its start is excluded, its end included, and None leaves a side open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mappings.catalogue import SourceColumn, SourceTable
from mappings.sqltext import my_bytes, source_column

__all__ = ["KeyColumn", "KeyRange", "KeyValue", "key_columns", "key_kind"]

KeyKind = Literal["int", "decimal", "temporal", "text", "binary"]
KeyValue = tuple[int | str, ...]

_KINDS: dict[str, KeyKind] = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "integer", "bigint"), "int"),
    "year": "int",
    "decimal": "decimal",
    **dict.fromkeys(("date", "datetime", "timestamp"), "temporal"),
    **dict.fromkeys(("char", "varchar", "tinytext", "text"), "text"),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob"), "binary"),
}


@dataclass(frozen=True, kw_only=True)
class KeyColumn:
    """One column of a key that chunks can be cut by."""

    name: str
    kind: KeyKind
    charset: str | None = None
    collation: str | None = None
    dense: bool = True
    """Whether an integer between two values may be compared with: MySQL takes those that are no
    YEAR for neither more nor less than one."""

    def select(self) -> str:
        """SQL: the column's value in the form that the ledger keeps."""
        column = source_column(self.name)
        match self.kind:
            case "int":
                return f"({column} + 0)"
            case "text" | "binary":
                return f"HEX({column})"
            case _:
                return f"CAST({column} AS CHAR)"

    def value(self, got: bytes) -> int | str:
        """The driver's bytes of `select` as a JSON scalar."""
        return int(got) if self.kind == "int" else got.decode("ascii").lower()

    def literal(self, value: int | str) -> str:
        """SQL literal of a value, in the column's own charset and collation.

        A literal of another charset would make MySQL convert the column, and not use its index.
        """
        match self.kind:
            case "int":
                return str(int(value))
            case "binary":
                return my_bytes(bytes.fromhex(str(value)))
            case "text":
                # Of literals with an introducer, MariaDB takes 'A' and 'a' for one under OR,
                # whatever their collation, and loses a row.
                stored = f"0x{value}" if value else "''"
                return f"CONVERT({stored} USING {self.charset}) COLLATE {self.collation}"
            case _:
                if not set(str(value)) <= set("0123456789-:. "):
                    raise ValueError(f"not a {self.kind} key value: {value!r}")
                # In quotes, a decimal would be compared as a double, and neighbours be equal.
                return str(value) if self.kind == "decimal" else f"'{value}'"


def key_columns(table: SourceTable) -> tuple[KeyColumn, ...]:
    """The longest leading part of the table's key that chunks can be cut by, maybe none.

    ENUM, SET, BIT and FLOAT parts end it: they do not sort as they are written. A query has none:
    MySQL would make all of its rows anew for each range.
    """
    if table.query is not None:
        return ()
    found = []
    for name in table.key:
        column = table.column(name)
        kind = key_kind(column) if column else None
        if column is None or kind is None:
            break
        found.append(
            KeyColumn(
                name=column.name,
                kind=kind,
                charset=column.charset,
                collation=column.collation,
                dense=column.data_type != "year",
            )
        )
    return tuple(found)


def key_kind(column: SourceColumn) -> KeyKind | None:
    """How values of the column are compared; None for a type that no key is made of."""
    kind = _KINDS.get(column.data_type)
    return "binary" if kind == "text" and column.charset == "binary" else kind


@dataclass(frozen=True, kw_only=True)
class KeyRange:
    """The rows with `after` < key <= `until`; both None: the whole table."""

    after: KeyValue | None = None
    until: KeyValue | None = None

    def sql(self, key: Sequence[KeyColumn]) -> str:
        """Predicate over the source row.

        A comparison of rows, `(a, b) > (x, y)`, makes MySQL scan the table (manual, "Row
        Constructor Expression Optimization"); written out, it is a range of the index.
        """
        parts = []
        if self.after is not None:
            parts.append(_beyond(key, self.after, ">", ">"))
        if self.until is not None:
            parts.append(_beyond(key, self.until, "<", "<="))
        return " AND ".join(f"({p})" for p in parts) or "TRUE"


def _beyond(key: Sequence[KeyColumn], bound: KeyValue, strict: str, last: str) -> str:
    column, literal = source_column(key[0].name), key[0].literal(bound[0])
    if len(key) == 1:
        return f"{column} {last} {literal}"
    rest = _beyond(key[1:], bound[1:], strict, last)
    return f"{column} {strict}= {literal} AND ({column} {strict} {literal} OR ({rest}))"
