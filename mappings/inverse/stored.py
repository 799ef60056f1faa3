"""A Python value as a source column stores it: the literal for MySQL, and the bytes it shows.

Only what the column holds without a change has either: integers in range, text in the column's
charset and length, members of an ENUM, times with the fraction that the column keeps.
"""

from __future__ import annotations

import datetime as dt
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.sqltext import my_bytes, my_text
from mappings.types import read_column
from mappings.types.jsonb import jsonb_text
from mappings.types.text import quoted_members

__all__ = ["DoesNotFit", "Stored", "stored"]


class DoesNotFit(Exception):
    """The column cannot hold the value as it is."""


@dataclass(frozen=True)
class Stored:
    """One value of a source column."""

    raw: bytes | None
    """What the column shows, as `ColumnPlan.python` takes it."""
    sql: str
    """The literal, right under any charset of the client and any sql_mode."""
    cut: bool = False
    """Whether a part of a second is lost, which the column does not keep."""


def stored(column: SourceColumn, value: Any) -> Stored:
    """The value in that column. Raises `DoesNotFit`."""
    if value is None:
        if not column.nullable:
            raise DoesNotFit("NULL")
        return Stored(None, "NULL")
    if column.generated:
        raise DoesNotFit("a generated column")
    write = _WRITERS.get(column.data_type)
    if write is None:
        raise DoesNotFit(f"a value of type {column.data_type}")
    if (column.charset or "").lower() == "binary" and write is _text:
        write = _binary
    return write(column, value)


def _integer(column: SourceColumn, value: Any) -> Stored:
    read = read_column(column)
    if isinstance(value, bool) or not isinstance(value, int) or read is None:
        raise DoesNotFit(repr(value))
    lo, hi = read.expr.lo, read.expr.hi
    if (lo is not None and value < lo) or (hi is not None and value > hi):
        raise DoesNotFit(str(value))
    return Stored(str(value).encode(), str(value))


def _decimal(column: SourceColumn, value: Any) -> Stored:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise DoesNotFit(repr(value))
    number, scale = Decimal(value), column.scale or 0
    digits = (column.precision or 65) - scale
    if not number.is_finite() or abs(number) >= Decimal(10) ** digits:
        raise DoesNotFit(str(value))
    if number != round(number, scale) or (column.unsigned and number < 0):
        raise DoesNotFit(str(value))
    text = f"{number:.{scale}f}"
    return Stored(text.encode(), text)


def _double(column: SourceColumn, value: Any) -> Stored:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise DoesNotFit(repr(value))
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")) or number != value:
        raise DoesNotFit(str(value))
    if column.data_type == "float" and struct.unpack("f", struct.pack("f", number))[0] != number:
        raise DoesNotFit(str(value))
    return Stored(repr(number).encode(), repr(number))


def _text(column: SourceColumn, value: Any) -> Stored:
    if not isinstance(value, str):
        raise DoesNotFit(type(value).__name__)
    if column.max_chars is not None and column.data_type in ("char", "varchar"):
        if len(value) > column.max_chars:
            raise DoesNotFit(f"{len(value)} characters")
        if column.data_type == "char" and value.endswith(" "):
            raise DoesNotFit("blanks at its end")
    size = len(_in_charset(column, value))
    if column.max_octets is not None and size > column.max_octets:
        raise DoesNotFit(f"{size} bytes")
    return Stored(value.encode(), _quoted(value))


_CODECS = {"latin1": "cp1252", "utf8": "utf-8", "utf8mb3": "utf-8", "utf8mb4": "utf-8"}


def _in_charset(column: SourceColumn, value: str) -> bytes:
    charset = (column.charset or "utf8mb4").lower()
    if charset in ("utf8", "utf8mb3", "ucs2") and any(ord(c) > 0xFFFF for c in value):
        raise DoesNotFit(f"a character beyond {charset}")
    try:
        return value.encode(_CODECS.get(charset, charset))
    except (UnicodeEncodeError, LookupError) as error:
        raise DoesNotFit(f"a character that {charset} has not") from error


def _quoted(text: str) -> str:
    """Readable where no setting can read it otherwise."""
    plain = text.isascii() and text.isprintable() and not set(text) & set("'\\")
    return f"'{text}'" if plain else my_text(text)


def _enum(column: SourceColumn, value: Any) -> Stored:
    if value not in quoted_members(column.column_type):
        raise DoesNotFit("no member of the enum")
    return Stored(value.encode(), _quoted(value))


def _set(column: SourceColumn, value: Any) -> Stored:
    members = quoted_members(column.column_type)
    given = value if isinstance(value, list) else [value]
    if not all(isinstance(v, str) and v in members for v in given):
        raise DoesNotFit("no member of the set")
    # MySQL keeps them in the order of their declaration.
    text = ",".join(m for m in members if m in given)
    return Stored(text.encode(), _quoted(text))


def _binary(column: SourceColumn, value: Any) -> Stored:
    if not isinstance(value, (bytes, memoryview)):
        raise DoesNotFit(type(value).__name__)
    data = bytes(value)
    wide = column.max_octets
    short = column.data_type == "binary" and wide is not None and len(data) < wide
    if short or (wide is not None and len(data) > wide):
        raise DoesNotFit(f"{len(data)} bytes")
    return Stored(data, my_bytes(data))


def _date(column: SourceColumn, value: Any) -> Stored:
    if isinstance(value, dt.datetime) or not isinstance(value, (dt.date, str)):
        raise DoesNotFit(type(value).__name__)
    return _moment(value if isinstance(value, str) else value.isoformat(), len("0000-00-00"))


_FIRST = dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC)
_LAST = dt.datetime(2038, 1, 19, 3, 14, 7, tzinfo=dt.UTC)


def _datetime(column: SourceColumn, value: Any) -> Stored:
    if isinstance(value, str):
        return _moment(value, len("0000-00-00 00:00:00"))
    instant = column.data_type == "timestamp"
    if not isinstance(value, dt.datetime) or (value.tzinfo is not None) != instant:
        raise DoesNotFit(repr(value))
    if instant and not _FIRST <= value <= _LAST:
        raise DoesNotFit("a TIMESTAMP ends in 2038")
    if value.microsecond % 10 ** (6 - column.fraction):
        raise DoesNotFit("a finer fraction of a second")
    wall = value.astimezone(dt.UTC) if instant else value
    whole = wall.replace(tzinfo=None).isoformat(" ", "microseconds")
    text = whole[: len(whole) - 6 + column.fraction].rstrip(".")
    return _moment(text, len(text))


def _moment(text: str, length: int) -> Stored:
    if len(text) != length or not set(text) <= set("0123456789-:. "):
        raise DoesNotFit(repr(text))
    return Stored(text.encode(), f"'{text}'")


def _time(column: SourceColumn, value: Any) -> Stored:
    if not isinstance(value, dt.timedelta):
        raise DoesNotFit(type(value).__name__)
    micros = abs(value) // dt.timedelta(microseconds=1)
    seconds, rest = divmod(micros, 1_000_000)
    if rest % 10 ** (6 - column.fraction) or seconds > 838 * 3600 + 59 * 60 + 59:
        raise DoesNotFit(str(value))
    sign = "-" if value < dt.timedelta() else ""
    fraction = f".{rest:06}"[: 1 + column.fraction] if column.fraction else ""
    text = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"
    return Stored(text.encode(), f"'{text}'")


def _json(column: SourceColumn, value: Any) -> Stored:
    try:
        text = jsonb_text(value)
        json.loads(text)
    except (TypeError, ValueError) as error:
        raise DoesNotFit("no JSON") from error
    return Stored(text.encode(), _quoted(text))


def _shown(column: SourceColumn, value: Any) -> Stored:
    return Stored(str(value).encode(), _quoted(str(value)))


_WRITERS: dict[str, Callable[[SourceColumn, Any], Stored]] = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "integer", "bigint"), _integer),
    **dict.fromkeys(("year", "bit"), _integer),
    **dict.fromkeys(("decimal", "numeric"), _decimal),
    **dict.fromkeys(("float", "double", "real"), _double),
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"), _text),
    **dict.fromkeys(("binary", "varbinary"), _binary),
    **dict.fromkeys(("tinyblob", "blob", "mediumblob", "longblob"), _binary),
    "enum": _enum,
    "set": _set,
    "date": _date,
    "datetime": _datetime,
    "timestamp": _datetime,
    "time": _time,
    "json": _json,
    **dict.fromkeys(("uuid", "inet4", "inet6"), _shown),
}
