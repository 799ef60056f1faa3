"""Binary strings: BINARY, VARBINARY and the BLOBs to bytea, and to text where they hold UTF-8."""

from __future__ import annotations

import hashlib
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.sqltext import my_bytes, source_column
from mappings.target import TargetField
from mappings.types.base import Conversion, Source, column_null, expect
from mappings.types.text import LARGE, AsText, too_long

__all__ = ["BinaryColumn", "BytesToBytes", "BytesToText"]

_HEX = my_bytes(b"\\x")
_COPY_HEX = my_bytes(b"\\\\x")

LONG = 64
"""Bytes above which the canonical form is a hash: a BLOB doubled as hex may exceed the packet."""


class BinaryColumn(Source):
    """BINARY(n) keeps the zero bytes that MySQL has padded it with."""

    types = frozenset({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})

    def read(self, column: SourceColumn) -> SourceValue:
        sql = source_column(column.name)
        expr = Expr(
            kind=Kind.BYTES, sql=sql, null=column_null(column), max_octets=column.max_octets
        )
        return SourceValue(expr=expr, raw=sql, decode=bytes)


class BytesToBytes(Conversion):
    """PostgreSQL reads `\\x` and hex digits; in a COPY line the backslash is doubled."""

    kind = Kind.BYTES
    targets = frozenset({"bytea"})

    def text(self, expr: Expr, field: TargetField) -> str:
        return f"CONCAT({_HEX}, HEX({expr.sql}))"

    def copy(self, expr: Expr, field: TargetField) -> str:
        return f"CONCAT({_COPY_HEX}, HEX({expr.sql}))"

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        x = expr.sql
        if expr.max_octets is not None and expr.max_octets <= LONG:
            return f"HEX({x})"
        return f"IF(LENGTH({x}) > {LONG}, SHA2({x}, 256), HEX({x}))"

    def canonical_target(self, field: TargetField, column: str) -> str:
        # Upper case as MySQL has it: its LOWER costs more than the hex itself.
        short, long = f"upper(encode({column}, 'hex'))", f"encode(sha256({column}), 'hex')"
        return f"CASE WHEN octet_length({column}) > {LONG} THEN {long} ELSE {short} END"

    def convert(self, value: Any, field: TargetField) -> bytes:
        expect(value, bytes, bytearray, memoryview)
        return bytes(value)

    def encode(self, value: Any, field: TargetField) -> str:
        return f"\\x{value.hex()}"

    def canonical(self, value: Any, field: TargetField) -> str:
        return hashlib.sha256(value).hexdigest() if len(value) > LONG else value.hex().upper()


class BytesToText(AsText):
    """UTF-8 text that PHP kept in a binary column. PostgreSQL itself refuses what is none."""

    kind = Kind.BYTES

    def longest(self, expr: Expr) -> int | None:
        return expr.max_octets

    def guards(self, expr: Expr, field: TargetField) -> tuple[str, ...]:
        if expr.max_octets is not None and expr.max_octets < LARGE:
            return ()
        return (f"LENGTH({expr.sql}) > {LARGE}",)

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        text = f"CONVERT({expr.sql} USING utf8mb4)"
        # By way of UTF-16, because MySQL lets surrogates pass as UTF-8.
        back = f"CAST(CONVERT(CONVERT({text} USING utf16) USING utf8mb4) AS BINARY)"
        return (
            Refusal(code="bad_charset", sql=f"NOT ({back} <=> CAST({expr.sql} AS BINARY))"),
            Refusal(code="nul_byte", sql=f"LOCATE(0x00, {expr.sql})"),
            *too_long(text, self.longest(expr), field),
        )

    def spell(self, value: Any, field: TargetField) -> str:
        expect(value, bytes)
        try:
            return str(value, "utf-8")
        except UnicodeDecodeError as error:
            raise Reject("bad_charset", f"byte {error.start}") from error
