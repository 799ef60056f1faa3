"""The columns of a table as row events have them: of what type each is, and how wide its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mappings.catalogue import SourceColumn, SourceTable

__all__ = [
    "EventColumn",
    "TableMap",
    "as_stored",
    "packed",
    "read_table_map",
    "same_columns",
    "table_of",
]

_META_BYTES = {
    4: 1, 5: 1, 15: 2, 16: 2, 17: 1, 18: 1, 19: 1, 242: 1, 245: 1, 246: 2, 247: 2, 248: 2,
    249: 1, 250: 1, 251: 1, 252: 1, 253: 2, 254: 2, 255: 1, 140: 1, 141: 2,
}  # fmt: skip
"""Bytes of detail that follow the types, by type; none for the others."""
_WIDTHS = {1: 1, 2: 2, 3: 4, 4: 4, 5: 8, 7: 4, 8: 8, 9: 3, 10: 3, 11: 3, 12: 8, 13: 1, 14: 3}
_COLUMN_NAMES = 4
_STARTS = {17: 4, 18: 5, 19: 3}
"""Bytes of a moment before its fraction."""
_OLD_WIDTHS = {7: (4, 5, 5, 6, 6, 7, 7), 11: (3, 4, 4, 5, 5, 5, 6), 12: (8, 6, 6, 7, 7, 7, 8)}
"""By digits of the fraction, of moments in MariaDB's format of before 10.1: no event tells it."""
_DIGIT_BYTES = (0, 1, 1, 2, 2, 3, 3, 4, 4, 4)
_KINDS: dict[str, tuple[int, ...]] = {
    "tinyint": (1,), "smallint": (2,), "mediumint": (9,), "int": (3,), "bigint": (8,),
    "decimal": (246,), "float": (4,), "double": (5,), "bit": (16,), "year": (13,),
    "date": (10, 14), "datetime": (18, 12), "timestamp": (17, 7), "time": (19, 11),
    "char": (254,), "binary": (254,), "varchar": (15, 253, 141), "varbinary": (15, 253, 141),
    "enum": (247,), "set": (248,), "json": (245, 252),
    **dict.fromkeys(("tinytext", "text", "mediumtext", "longtext"), (252, 140)),
    **dict.fromkeys(("tinyblob", "blob", "mediumblob", "longblob"), (252, 140)),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class EventColumn:
    """One column: a value is `prefix` bytes with its length and then itself, or `width` bytes."""

    kind: int
    """MySQL's number of the type; ENUM and SET by their own, not by the CHAR that they come as."""
    meta: int
    prefix: int
    width: int


@dataclass(frozen=True, kw_only=True)
class TableMap:
    """What a TABLE_MAP event says."""

    database: str
    table: str
    columns: tuple[EventColumn, ...]
    names: tuple[str, ...] = ()
    """Of the columns, where the server writes them (`binlog_row_metadata = FULL`)."""


def _is_type_of(column: SourceColumn, seen: EventColumn) -> bool:
    """Whether the event's column can be the one of the catalogue; true for types not known here."""
    return seen.kind in _KINDS.get(column.data_type, (seen.kind,))


def packed(data: bytes, at: int) -> tuple[int, int]:
    """A length-encoded integer, and the place behind it."""
    first = data[at]
    if first < 251:
        return first, at + 1
    size = {252: 2, 253: 3, 254: 8}[first]
    return int.from_bytes(data[at + 1 : at + 1 + size], "little"), at + 1 + size


def table_of(body: bytes) -> tuple[str, str, int]:
    """Database and table of such an event, and the place behind them; of the body what is behind
    the table's number and the flags."""
    end = 1 + body[0]
    database = body[1:end].decode("utf-8", "replace")
    begin, end = end + 2, end + 2 + body[end + 1]
    return database, body[begin:end].decode("utf-8", "replace"), end + 1


def read_table_map(body: bytes) -> TableMap:
    """Read the whole of it. Raises KeyError for a column of a type that is not known here."""
    database, table, at = table_of(body)
    count, at = packed(body, at)
    kinds = body[at : at + count]
    _, at = packed(body, at + count)
    columns = []
    for kind in kinds:
        size = _META_BYTES.get(kind, 0)
        columns.append(_column(kind, body[at : at + size]))
        at += size
    names = _names(body, at + (count + 7) // 8)
    return TableMap(database=database, table=table, columns=tuple(columns), names=names)


def _names(body: bytes, at: int) -> tuple[str, ...]:
    """The names in what may follow the bitmap of the columns that take NULL."""
    while at < len(body):
        field = body[at]
        size, at = packed(body, at + 1)
        end, names = at + size, []
        while field == _COLUMN_NAMES and at < end:
            length, begin = packed(body, at)
            at = begin + length
            names.append(body[begin:at].decode("utf-8", "replace"))
        if names:
            return tuple(names)
        at = end
    return ()


def _column(kind: int, meta: bytes) -> EventColumn:
    prefix = width = detail = 0
    match kind:
        case 254:
            kind, detail = _real_kind(meta)
            width = detail if kind in (247, 248) else 0
            prefix = 0 if width else _length_bytes(detail)
        case 15 | 253 | 141:
            prefix = _length_bytes(int.from_bytes(meta, "little"))
        case 246:
            detail = meta[0] << 8 | meta[1]
            width = _decimal_width(meta[0], meta[1])
        case 16:
            width = meta[1] + (meta[0] + 7) // 8
        case 17 | 18 | 19:
            detail = meta[0]
            width = _STARTS[kind] + (detail + 1) // 2
        case 242 | 245 | 249 | 250 | 251 | 252 | 255 | 140:
            prefix = meta[0]
        case 6:
            width = 0
        case _:
            width = _WIDTHS[kind]
    return EventColumn(kind=kind, meta=detail, prefix=prefix, width=width)


def _real_kind(meta: bytes) -> tuple[int, int]:
    """The type of a CHAR, ENUM or SET, and its length, two bits of it in the type."""
    if meta[0] & 0x30 == 0x30:
        return meta[0], meta[1]
    return meta[0] | 0x30, meta[1] | ((meta[0] & 0x30) ^ 0x30) << 4


def _length_bytes(longest: int) -> int:
    return 1 if longest < 256 else 2


def _decimal_width(precision: int, scale: int) -> int:
    whole = precision - scale
    return _DIGIT_BYTES[whole % 9] + whole // 9 * 4 + scale // 9 * 4 + _DIGIT_BYTES[scale % 9]


def same_columns(table: SourceTable, seen: Sequence[EventColumn], names: Sequence[str]) -> bool:
    """Whether the event's columns can be those of the catalogue, by their types and their names.

    What MariaDB hides at the end is in no catalogue: the hashes of unique indexes on long texts,
    and the two moments of a system-versioned table.
    """
    known = table.columns
    more = [column.kind for column in seen[len(known) :]]
    hidden = more[:-2] if more[-2:] in ([17, 17], [8, 8]) else more
    fits = len(seen) >= len(known) and hidden == [8] * len(hidden)
    return (
        fits
        and len(hidden) <= len(table.uniques)
        and all(_is_type_of(k, s) for k, s in zip(known, seen, strict=False))
        and all(k.name.lower() == n.lower() for k, n in zip(known, names, strict=False))
    )


def as_stored(column: SourceColumn, seen: EventColumn) -> EventColumn:
    """The event's column, with the width that only the catalogue tells."""
    widths = _OLD_WIDTHS.get(seen.kind)
    return replace(seen, width=widths[column.fraction]) if widths else seen
