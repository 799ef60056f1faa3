"""UUIDs, kept by PHP as text with or without hyphens or as sixteen bytes, and MariaDB's own."""

from __future__ import annotations

import re
import uuid
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.sqltext import my_text, source_column
from mappings.target import TargetField
from mappings.types.base import Conversion, Source, column_null, expect
from mappings.types.text import AsText

__all__ = ["BytesToUuid", "TextToUuid", "UuidColumn", "UuidToText", "UuidToUuid"]

# What PostgreSQL reads: a hyphen may follow any group of four digits, braces may stand around.
_BARE = "([0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}"
_FORM = re.compile(rf"{_BARE}|\{{{_BARE}\}}")


class UuidColumn(Source):
    """MariaDB's UUID, by the text that it shows: lower case, with hyphens."""

    types = frozenset({"uuid"})

    def read(self, column: SourceColumn) -> SourceValue:
        sql = f"CONVERT({source_column(column.name)} USING utf8mb4)"
        null = column_null(column)
        expr = Expr(kind=Kind.UUID, sql=sql, null=null, max_chars=36, plain=True)
        return SourceValue(expr=expr, raw=sql, decode=_decode)


def _decode(value: bytes) -> uuid.UUID:
    return uuid.UUID(value.decode("ascii"))


class BytesToUuid(Conversion):
    kind = Kind.BYTES
    targets = frozenset({"uuid"})

    def text(self, expr: Expr, field: TargetField) -> str:
        return f"HEX({expr.sql})"

    def copy(self, expr: Expr, field: TargetField) -> str:
        return self.text(expr, field)

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        return f"HEX({expr.sql})"

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"upper(replace({column}::text, '-', ''))"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        return (Refusal(code="bad_uuid", sql=f"LENGTH({expr.sql}) <> 16"),)

    def convert(self, value: Any, field: TargetField) -> uuid.UUID:
        expect(value, bytes)
        if len(value) != 16:
            raise Reject("bad_uuid", f"{len(value)} bytes (expected 16)")
        return uuid.UUID(bytes=value)

    def encode(self, value: Any, field: TargetField) -> str:
        return str(value)

    def canonical(self, value: Any, field: TargetField) -> str:
        return str(value.hex).upper()


class TextToUuid(BytesToUuid):
    """Also takes a `uuid.UUID`, which is what a user's function returns."""

    kind = Kind.TEXT

    def text(self, expr: Expr, field: TargetField) -> str:
        return expr.sql

    def copy(self, expr: Expr, field: TargetField) -> str:
        return Conversion.copy(self, expr, field)

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        bare = f"REPLACE(CAST({expr.sql} AS BINARY), '-', '')"
        digits = f"TRIM(LEADING '{{' FROM TRIM(TRAILING '}}' FROM {bare}))"
        # There and back, because that is the cheapest way to upper case.
        return f"IFNULL(HEX(UNHEX({digits})), 'no uuid')"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        pattern = my_text(rf"^({_BARE}|\{{{_BARE}\}})$")
        # The $ of some regular expressions also stands before a last newline, and the oldest
        # library ends at a NUL: the length tells both.
        length = f"CHAR_LENGTH(REPLACE({expr.sql}, '-', '')) NOT IN (32, 34)"
        other = f"{expr.sql} NOT REGEXP {pattern} OR {length}"
        return (Refusal(code="bad_uuid", sql=other),)

    def convert(self, value: Any, field: TargetField) -> uuid.UUID:
        if isinstance(value, uuid.UUID):
            return value
        expect(value, str)
        if not _FORM.fullmatch(value):
            raise Reject("bad_uuid", "not 32 hex digits")
        return uuid.UUID(hex=re.sub("[-{}]", "", value))


class UuidToUuid(BytesToUuid):
    kind = Kind.UUID

    def text(self, expr: Expr, field: TargetField) -> str:
        return expr.sql

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        return f"UPPER(REPLACE({expr.sql}, '-', ''))"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        return ()

    def convert(self, value: Any, field: TargetField) -> uuid.UUID:
        expect(value, uuid.UUID)
        return value  # type: ignore[no-any-return]


class UuidToText(AsText):
    """As MariaDB shows it."""

    kind = Kind.UUID

    def spell(self, value: Any, field: TargetField) -> str:
        expect(value, uuid.UUID)
        return str(value)
