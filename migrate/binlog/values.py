"""One key value: from the bytes of a row event to what a SELECT of the key would give.

The formats are those of MySQL's row images; the tests hold each of them against a SELECT.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Literal, TypeAlias

from mappings.catalogue import SourceColumn

__all__ = ["Convert", "converter"]

Convert: TypeAlias = Callable[[bytes], "int | str | None"]

_INTEGERS = (1, 2, 3, 8, 9)
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  UTC's wall clock, as the session's is
_DIGIT_BYTES = (0, 1, 1, 2, 2, 3, 3, 4, 4, 4)
"""Bytes that hold so many decimal digits."""


def converter(column: SourceColumn, kind: int, meta: int) -> Convert | None:
    """How values of a column are read, by the type that the event gives it; `meta` is its detail.

    None for types that make no key: FLOAT and DOUBLE, whose text is not unique; JSON and geometry.
    """
    if kind in _INTEGERS:
        return _signed if not column.unsigned else _unsigned
    if kind in (7, 11, 12) and column.fraction:
        # MariaDB's own, of before it took MySQL's.
        return None
    match kind:
        case 247 | 248:
            return _unsigned
        case 16:
            return _big_endian
        case 13:
            return _year
        case 246:
            return _decimal(meta >> 8, meta & 0xFF, _padding(column))
        case 10 | 14:
            return _date
        case 7 | 17:
            return _timestamp(meta, "big" if kind == 17 else "little")
        case 18:
            return _datetime(meta)
        case 12:
            return _old_datetime
        case 19:
            return _time(meta)
        case 11:
            return _old_time
        case 254 | 15 | 253 | 252:
            return _text(column)
        case _:
            return None


def _signed(raw: bytes) -> int:
    return int.from_bytes(raw, "little", signed=True)


def _unsigned(raw: bytes) -> int:
    return int.from_bytes(raw, "little")


def _big_endian(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


def _year(raw: bytes) -> int:
    return raw[0] + 1900 if raw[0] else 0


def _text(column: SourceColumn) -> Convert:
    if column.data_type == "binary":
        # Events leave out the zeros at the end.
        width = (column.max_octets or 0) * 2
        return lambda raw: raw.hex().ljust(width, "0")
    return bytes.hex


def _padding(column: SourceColumn) -> int:
    """Digits that ZEROFILL fills up to; MySQL writes a decimal with as many also as text."""
    if "zerofill" not in column.column_type.lower():
        return 0
    return (column.precision or 0) - (column.scale or 0)


def _decimal(precision: int, scale: int, padding: int) -> Convert:
    """Digits in groups of nine, four bytes each, the incomplete groups at both ends.

    The first bit is set for positive numbers; of negative ones, all other bits are turned round.
    """
    whole = precision - scale
    sizes = [whole % 9, *[9] * (whole // 9)], [*[9] * (scale // 9), scale % 9]

    def read(raw: bytes) -> str:
        negative = not raw[0] & 0x80
        data = bytes([raw[0] ^ 0x80]) + raw[1:]
        if negative:
            data = bytes(byte ^ 0xFF for byte in data)
        at, parts = 0, []
        for groups in sizes:
            digits = ""
            for size in groups:
                end = at + _DIGIT_BYTES[size]
                if size:
                    digits += f"{int.from_bytes(data[at:end], 'big'):0{size}d}"
                at = end
            parts.append(digits)
        text = (parts[0].lstrip("0") or "0").rjust(padding, "0")
        return ("-" if negative else "") + text + (f".{parts[1]}" if scale else "")

    return read


def _date(raw: bytes) -> str:
    number = int.from_bytes(raw, "little")
    return f"{number >> 9:04d}-{number >> 5 & 15:02d}-{number & 31:02d}"


def _fraction(number: int, digits: int) -> str:
    # An odd number of digits takes the bytes of the next even one.
    if not digits:
        return ""
    stored = digits + digits % 2
    return f".{number:0{stored}d}"[: digits + 1]


def _timestamp(digits: int, order: Literal["big", "little"]) -> Convert:
    def read(raw: bytes) -> str:
        seconds = int.from_bytes(raw[:4], order)
        moment = _EPOCH + dt.timedelta(seconds=seconds)
        text = moment.strftime("%Y-%m-%d %H:%M:%S") if seconds else "0000-00-00 00:00:00"
        return text + _fraction(int.from_bytes(raw[4:], "big"), digits)

    return read


def _datetime(digits: int) -> Convert:
    def read(raw: bytes) -> str:
        number = int.from_bytes(raw[:5], "big") - 0x8000000000
        months, day = number >> 22, number >> 17 & 31
        hour, minute, second = number >> 12 & 31, number >> 6 & 63, number & 63
        date = f"{months // 13:04d}-{months % 13:02d}-{day:02d}"
        fraction = _fraction(int.from_bytes(raw[5:], "big"), digits)
        return f"{date} {hour:02d}:{minute:02d}:{second:02d}{fraction}"

    return read


def _old_datetime(raw: bytes) -> str:
    text = f"{int.from_bytes(raw, 'little'):014d}"
    return f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:12]}:{text[12:]}"


def _time(digits: int) -> Convert:
    width = (digits + 1) // 2

    def read(raw: bytes) -> str:
        number = int.from_bytes(raw, "big") - (0x800000 << 8 * width)
        sign, number = ("-" if number < 0 else ""), abs(number)
        clock, fraction = number >> 8 * width, number & (1 << 8 * width) - 1
        hour, minute, second = clock >> 12 & 0x3FF, clock >> 6 & 63, clock & 63
        return f"{sign}{hour:02d}:{minute:02d}:{second:02d}{_fraction(fraction, digits)}"

    return read


def _old_time(raw: bytes) -> str:
    number = int.from_bytes(raw, "little", signed=True)
    sign, text = ("-" if number < 0 else ""), f"{abs(number):06d}"
    return f"{sign}{text[:-4]}:{text[-4:-2]}:{text[-2:]}"
