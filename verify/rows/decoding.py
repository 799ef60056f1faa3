"""The driver's bytes of a source column -> its value, by the type that the catalogue names.

Columns are selected as they are. FLOAT is not, of which the text protocol has six digits; nor is
text in a Unicode charset, whose stored bytes a conversion could mend.
"""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Kind
from mappings.types.jsonb import parse

__all__ = ["Decoder", "decoder"]

_UTF8 = frozenset({"utf8", "utf8mb3", "utf8mb4"})
_WHOLE = _UTF8 | {
    *("utf16", "utf16le", "utf32", "latin1", "latin2", "latin5", "latin7", "koi8r"),
    *("koi8u", "cp850", "cp852", "cp866", "keybcs2", "macce", "macroman"),
}
"""Charsets of which the server converts every stored character."""
_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "integer", "bigint", "year")
_BINARIES = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob")
_TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext")
_SHAPES = (
    *("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring"),
    *("multipolygon", "geometrycollection", "geomcollection"),
)
_TIME = re.compile(r"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?")
_SRID_BYTES = 4


@dataclass(frozen=True)
class Decoder:
    """How one column is read."""

    kind: Kind
    decode: Callable[..., Any]
    """One argument for each of `selects`; the first is never None. May raise `Reject`."""
    selects: tuple[str, ...]
    """SQL over the source row."""


def decoder(column: SourceColumn, sql: str) -> Decoder | None:
    """How `column` is read where `sql` names it; None for a type that is not known."""
    of = column.data_type
    if of in _TEXTS:
        return _text(column, sql)
    if of in ("double", "float", "real"):
        fixed = "," in column.column_type
        wide = f"{sql} * 1e0" if "float" in column.column_type.lower() and not fixed else sql
        return Decoder(Kind.DOUBLE, float, (wide,))
    if of in _SHAPES:
        return Decoder(Kind.GEOMETRY, _shape, (sql, f"ST_AsBinary({sql})"))
    found = _BY_TYPE.get(of)
    return Decoder(*found, (sql,)) if found else None


def _text(column: SourceColumn, sql: str) -> Decoder:
    charset = (column.charset or "utf8mb4").lower()
    stored = f"CAST({sql} AS BINARY)"
    if charset == "binary":
        return Decoder(Kind.BYTES, bytes, (sql,))
    if charset in _UTF8:
        return Decoder(Kind.TEXT, _utf8, (stored,))
    if charset == "ucs2":
        return Decoder(Kind.TEXT, _ucs2, (stored,))
    if charset in _WHOLE:
        return Decoder(Kind.TEXT, _utf8, (sql,))
    return Decoder(Kind.TEXT, _converted, (sql, stored))


def _utf8(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Reject("bad_charset", f"byte {error.start}") from error


def _ucs2(value: bytes) -> str:
    """Two bytes for a character: none is made of two of them, as in utf16."""
    text = value.decode("utf-16-be", "surrogatepass")
    if any(_beyond_ucs2(ord(character)) for character in text):
        raise Reject("bad_charset", "a surrogate")
    return text


def _beyond_ucs2(point: int) -> bool:
    return 0xD800 <= point < 0xE000 or point > 0xFFFF


def _converted(value: bytes, stored: bytes) -> str:
    """A question mark that is not stored is a character that the server could not convert."""
    text = _utf8(value)
    if text.count("?") != stored.count(b"?") or "\ufffd" in text:
        raise Reject("bad_charset", "a character that the server cannot convert")
    return text


def _bits(value: bytes) -> int:
    return int.from_bytes(value, "big")


def _decimal(value: bytes) -> Decimal:
    return Decimal(value.decode("ascii"))


def _members(value: bytes) -> list[str]:
    return value.decode().split(",") if value else []


def _date(value: bytes) -> datetime.date | str:
    text = value.decode("ascii")
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        # A zero or partial date is its text until a step has dealt with it.
        return text


def _wall(value: bytes) -> datetime.datetime | str:
    text = value.decode("ascii")
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        return text


def _instant(value: bytes) -> datetime.datetime | str:
    found = _wall(value)
    return found if isinstance(found, str) else found.replace(tzinfo=datetime.UTC)


def _span(value: bytes) -> datetime.timedelta:
    found = _TIME.fullmatch(value.decode("ascii"))
    if found is None:
        raise Reject("bad_time", "MySQL gave a TIME in a form that it does not have")
    sign, hours, minutes, seconds, fraction = found.groups()
    span = datetime.timedelta(
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(seconds),
        microseconds=int((fraction or "").ljust(6, "0")),
    )
    return -span if sign else span


def _shape(value: bytes, converted: bytes) -> bytes:
    """The stored form is the SRID and WKB, whose axes another SRID than 0 may turn around."""
    plane = not any(value[:_SRID_BYTES])
    return value[_SRID_BYTES:] if plane else converted


def _ascii(value: bytes) -> str:
    return value.decode("ascii")


def _json(value: bytes) -> Any:
    return parse(value.decode())


def _uuid(value: bytes) -> uuid.UUID:
    return uuid.UUID(value.decode("ascii"))


_BY_TYPE: dict[str, tuple[Kind, Callable[..., Any]]] = {
    **dict.fromkeys(_INTEGERS, (Kind.INT, int)),
    **dict.fromkeys(_BINARIES, (Kind.BYTES, bytes)),
    "bit": (Kind.INT, _bits),
    "decimal": (Kind.DECIMAL, _decimal),
    "enum": (Kind.TEXT, _utf8),
    "set": (Kind.LIST, _members),
    "date": (Kind.DATE, _date),
    "datetime": (Kind.DATETIME, _wall),
    "timestamp": (Kind.INSTANT, _instant),
    "time": (Kind.TIME, _span),
    "json": (Kind.JSON, _json),
    "uuid": (Kind.UUID, _uuid),
    "inet4": (Kind.ADDRESS, _ascii),
    "inet6": (Kind.ADDRESS, _ascii),
}
