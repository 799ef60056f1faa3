"""How large the entry of a row is in a b-tree of PostgreSQL, and how large it may be.

A long value is packed, if its column lets it; a short one has a header of one byte, and none is
moved out of the entry. Of values whose form is not known here the size is known in bounds only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from verify.dry_run.pglz import packed_size

__all__ = ["LARGEST_ENTRY", "Form", "Part", "entry_bounds", "form_of"]

LARGEST_ENTRY = 2704
"""A third of a page of 8 KB, without what the page and the row's place take."""
_PACKED_OVER = 510
"""A sixteenth of what a page has for rows: longer values, with their header, are packed."""
_HEADER, _PACKED_HEADER = 4, 8
_ONE_BYTE_HEADER = 126
"""Bytes of a value that has a header of one byte, at most."""
_ENTRY, _ENTRY_WITH_NULLS = 8, 16
_UNBOUNDED = 1 << 30


@dataclass(frozen=True)
class Form:
    """How values of one type are stored: `size` bytes at places that `align` divides."""

    size: int | None
    """None: as many as the value has."""
    align: int
    known: bool = True
    """Whether the value is its text, byte for byte."""


_FIXED = {
    "smallint": Form(2, 2),
    "integer": Form(4, 4),
    "bigint": Form(8, 8),
    "boolean": Form(1, 1),
    "real": Form(4, 4),
    "double precision": Form(8, 8),
    "date": Form(4, 4),
    "time": Form(8, 8),
    "timestamp": Form(8, 8),
    "timestamp with time zone": Form(8, 8),
    "interval": Form(16, 8),
    "uuid": Form(16, 1),
}
_TEXT = Form(None, 4)
_OTHER = Form(None, 4, known=False)
_SHORT_OTHERS = {"numeric": Form(500, 4, known=False), "inet": Form(24, 4, known=False)}
"""Types whose values are no longer than this."""

Part: TypeAlias = "tuple[Form, bytes | None, str | None]"
"""A value: its form, its bytes (None: NULL), its packing (`pglz`, None for none, else unknown)."""


def form_of(base: str, *, array: bool = False) -> Form:
    """The form of a type of PostgreSQL's, by its own name."""
    if array:
        return _OTHER
    if base in ("varchar", "text", "citext"):
        return _TEXT
    return _FIXED.get(base) or _SHORT_OTHERS.get(base) or _OTHER


def entry_bounds(parts: Iterable[Part]) -> tuple[int, int]:
    """Bytes of the entry of these values, in their order: at least, and at most."""
    given = list(parts)
    nulls = any(value is None for _, value, _ in given)
    least = most = _ENTRY_WITH_NULLS if nulls else _ENTRY
    for form, value, packing in given:
        if value is None:
            continue
        low, high = _value_bounds(form, value, packing)
        least, most = _placed(least, form, low), _placed(most, form, high)
    return _aligned(least, 8), _aligned(most, 8)


def _placed(at: int, form: Form, size: int) -> int:
    short = form.size is None or not form.known
    # A value with a header of one byte stands anywhere.
    align = 1 if short and size <= _ONE_BYTE_HEADER + 1 else form.align
    return _aligned(at, align) + size


def _value_bounds(form: Form, value: bytes, packing: str | None) -> tuple[int, int]:
    if not form.known:
        return 1, form.size or _UNBOUNDED
    if form.size is not None:
        return form.size, form.size
    length = len(value)
    if length <= _ONE_BYTE_HEADER:
        return length + 1, length + 1
    plain = length + _HEADER
    if plain <= _PACKED_OVER or packing is None:
        return plain, plain
    if packing != "pglz":
        return length // 255 + _PACKED_HEADER, plain
    sizes = {_packed(value, plain, signed=True)}
    if not value.isascii():
        sizes.add(_packed(value, plain, signed=False))
    return min(sizes), max(sizes)


def _packed(value: bytes, plain: int, *, signed: bool) -> int:
    packed = packed_size(value, LARGEST_ENTRY, signed=signed)
    return plain if packed is None else packed + _PACKED_HEADER


def _aligned(at: int, align: int) -> int:
    return -(-at // align) * align
