"""Text of any charset and size, ENUM and JSON columns read as text."""

from __future__ import annotations

import re
from abc import abstractmethod
from functools import cache
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.sqltext import holds, source_column
from mappings.target import TargetField
from mappings.types.base import Conversion, Source, column_null, expect

__all__ = [
    "LARGE",
    "TEXTS",
    "AsText",
    "EnumColumn",
    "TextColumn",
    "TextToText",
    "quoted_members",
    "too_long",
    "utf8",
]

TEXTS = frozenset({"varchar", "text", "citext", "char"})

LARGE = 65_536
"""Bytes above which a value goes by Python: MySQL's REPLACE is quadratic in hits on one value."""

_UTF8 = {"utf8", "utf8mb3", "utf8mb4"}
_UNICODE = _UTF8 | {"ucs2", "utf16", "utf16le", "utf32"}
_WHOLE = _UNICODE | {
    *("latin1", "latin2", "latin5", "latin7", "koi8r", "koi8u", "cp850", "cp852", "cp866"),
    *("keybcs2", "macce", "macroman"),
}
"""Charsets whose every stored character becomes utf8mb4 (latin1 is cp1252 with its five holes
filled: MySQL manual, "West European Character Sets")."""


def utf8(column: SourceColumn) -> tuple[str, tuple[str, ...]]:
    """The column as utf8 text, and predicates: rows where MySQL could not convert a character."""
    name = source_column(column.name)
    charset = (column.charset or "utf8mb4").lower()
    if charset in _UTF8:
        return name, ()
    sql = f"CONVERT({name} USING utf8mb4)"
    if charset in _UNICODE:
        # From MySQL 8 on, a text ends where a surrogate stands alone, with a warning only.
        return sql, (f"CHAR_LENGTH({sql}) <> CHAR_LENGTH({name})",)
    return sql, () if charset in _WHOLE else (_unconverted(name, sql),)


def _unconverted(name: str, sql: str) -> str:
    """Predicate: some character became the question mark or the U+FFFD of no character.

    Question marks are counted, because the way back tells less: many charsets have two codes for
    one character (the backslash in sjis, hundreds in cp932).
    """
    mark, unknown = "_utf8mb4 0x3f", "0xefbfbd"
    as_bytes = f"CAST({sql} AS BINARY)"
    now, before = (f"CHAR_LENGTH(REPLACE({text}, {mark}, ''))" for text in (sql, name))
    more = f"(LOCATE(0x3f, {as_bytes}) AND {now} <> {before})"
    return f"({more} OR LOCATE({unknown}, {as_bytes}))"


def _surrogates(sql: str) -> str:
    """Predicate: MySQL stores UTF-16 surrogates in utf8 and ucs2, which no decoder takes."""
    back = f"CONVERT(CONVERT({sql} USING utf16) USING utf8mb4)"
    # Each begins with this byte, and few other letters do: the two conversions are not cheap.
    begun = holds(sql, b"\xed")
    return f"{begun} AND CAST({back} AS BINARY) <> CAST({sql} AS BINARY)"


def _decode(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Reject("bad_charset", f"byte {error.start}") from error


class TextColumn(Source):
    types = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext"})

    def read(self, column: SourceColumn) -> SourceValue:
        sql, unconvertible = utf8(column)
        refusals = tuple(Refusal(code="bad_charset", sql=p, silent=True) for p in unconvertible)
        if (column.charset or "utf8mb4").lower() in _UNICODE:
            refusals += (Refusal(code="bad_charset", sql=_surrogates(sql)),)
        guards: tuple[str, ...] = ()
        if column.max_octets is None or column.max_octets >= LARGE:
            guards = (f"LENGTH({source_column(column.name)}) > {LARGE}",)
        expr = Expr(
            kind=Kind.TEXT,
            sql=sql,
            null=column_null(column),
            max_chars=column.max_chars,
            max_octets=column.max_octets,
        )
        expr = expr.guarded(*guards).refusing(*refusals)
        if unconvertible:
            # What MySQL would turn into question marks arrives as bytes that no decoder takes.
            raw = f"IF({unconvertible[0]}, 0xFF, CAST({sql} AS BINARY))"
        else:
            raw = f"CAST({sql} AS BINARY)"
        return SourceValue(expr=expr, raw=raw, decode=_decode)


_MEMBER = re.compile(r"'((?:[^'\\]|''|\\.)*)'", re.DOTALL)
_ESCAPED = re.compile(r"''|\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "0": "\0"}


@cache
def quoted_members(column_type: str) -> tuple[str, ...]:
    """Members of `enum('a','b')` or `set(…)` as information_schema writes them."""
    return tuple(_ESCAPED.sub(_unescape, m) for m in _MEMBER.findall(column_type))


def _unescape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[1], found[1]) if found[1] else "'"


class EnumColumn(Source):
    """ENUM is text out of its members, or '' for index 0: MySQL's mark of a refused value."""

    types = frozenset({"enum"})

    def read(self, column: SourceColumn) -> SourceValue:
        sql, _ = utf8(column)
        members = ("", *quoted_members(column.column_type))
        expr = Expr(
            kind=Kind.TEXT,
            sql=sql,
            null=column_null(column),
            max_chars=max(map(len, members)),
            max_octets=max(len(m.encode()) for m in members),
            members=members,
            plain=not any(re.search(r"[\\\n\t\r]", m) for m in members),
        )
        return SourceValue(expr=expr, raw=f"CAST({sql} AS BINARY)", decode=_decode)


def too_long(text: str, longest: int | None, field: TargetField) -> tuple[Refusal, ...]:
    """Refuse texts with more characters than a varchar holds.

    Silent, because PostgreSQL cuts off what is beyond the end if it is nothing but spaces.
    """
    if field.size is None or (longest is not None and longest <= field.size):
        return ()
    return (Refusal(code="too_long", sql=f"CHAR_LENGTH({text}) > {field.size}", silent=True),)


def _checked(value: str, field: TargetField) -> str:
    if "\0" in value:
        raise Reject("nul_byte", "PostgreSQL text cannot hold U+0000")
    if field.size is not None and len(value) > field.size:
        raise Reject("too_long", f"{len(value)} characters, at most {field.size}")
    return value


class TextToText(Conversion):
    kind = Kind.TEXT
    targets = TEXTS
    framed = True

    def text(self, expr: Expr, field: TargetField) -> str:
        return expr.sql

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"{column}::text"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        found = too_long(expr.sql, expr.max_chars, field)
        if expr.members is None:
            found = (*found, Refusal(code="nul_byte", sql=holds(expr.sql, b"\0")))
        return found

    def convert(self, value: Any, field: TargetField) -> str:
        expect(value, str)
        return _checked(value, field)

    def encode(self, value: Any, field: TargetField) -> str:
        return str(value)


class AsText(Conversion):
    """A value of another kind kept as text: one subclass for each kind, with its spelling."""

    targets = TEXTS
    framed = True

    def text(self, expr: Expr, field: TargetField) -> str:
        return expr.sql

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"{column}::text"

    def longest(self, expr: Expr) -> int | None:
        """Most characters that the text can have, if known."""
        return expr.max_chars

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        return too_long(self.text(expr, field), self.longest(expr), field)

    @abstractmethod
    def spell(self, value: Any, field: TargetField) -> str:
        """The value as `text` gives it in SQL."""

    def convert(self, value: Any, field: TargetField) -> str:
        return _checked(self.spell(value, field), field)

    def encode(self, value: Any, field: TargetField) -> str:
        return str(value)
