"""Stored bytes that are no text in their column's charset.

MySQL keeps UTF-16 surrogates in its utf8 charsets, and bytes that no character has in others; no
decoder takes them, so without this step such a row is rejected as `bad_charset`.
"""

from __future__ import annotations

import re
import struct
from typing import TypeVar

from mappings.catalogue import SourceColumn
from mappings.expr import Kind, SourceValue
from mappings.sqltext import source_column
from mappings.steps.base import Step, factory, itself
from mappings.types.text import utf8

__all__ = ["replace_invalid"]

_MARK = "\ufffd"
_CODE = "bad_charset"
_UNREADABLE = re.compile("[\ud800-\udfff]+")

_Same = TypeVar("_Same")


def _same(value: _Same) -> _Same:
    return value


@factory
def replace_invalid(by: str = _MARK) -> Step:
    """The text with `by` for every run of bytes that cannot be read. Never rejects.

    It changes how the column is read, so it may stand anywhere among the steps. In charsets
    other than Unicode, MySQL itself puts a question mark for what it cannot convert.
    """

    def decode(value: bytes) -> str:
        try:
            return value.decode()
        except UnicodeDecodeError:
            return by.join(_UNREADABLE.split(value.decode(errors="surrogateescape")))

    def decode_ucs2(value: bytes) -> str:
        units = struct.unpack(f">{len(value) // 2}H", value)
        return by.join(_UNREADABLE.split("".join(map(chr, units))))

    def reads(column: SourceColumn, value: SourceValue) -> SourceValue:
        expr = value.expr
        invalid = tuple(r.sql for r in expr.refusals if r.code == _CODE)
        if not invalid:
            return value
        others = tuple(r for r in expr.refusals if r.code != _CODE)
        # Converted by MySQL 8 and newer, it would end at the first surrogate.
        stored = column.charset == "ucs2"
        text = source_column(column.name) if stored else utf8(column)[0]
        return SourceValue(
            expr=expr.but(guards=expr.guards + invalid, refusals=others),
            raw=f"CAST({text} AS BINARY)",
            decode=decode_ucs2 if stored else decode,
        )

    return Step(
        name="replace_invalid",
        python=_same,
        inverse=itself,
        accepts=frozenset({Kind.TEXT}),
        sql=_same,
        reads=reads,
        options=() if by == _MARK else (by,),
    )
