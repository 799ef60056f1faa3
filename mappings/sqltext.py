"""Small pieces of SQL text for both dialects: names, literals, and the COPY escape.

All SQL of a plan refers to the source row as `s`. Texts are joined as bytes: a CONCAT with one
binary operand is binary, so columns of different charsets never meet in one expression
(errors 1270 and 1271 of the MySQL manual, "Illegal mix of collations").
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "ROW",
    "SourceName",
    "all_of",
    "any_of",
    "copy_escape",
    "escape_bytes",
    "holds",
    "matches",
    "my_bytes",
    "my_name",
    "my_text",
    "pg_name",
    "pg_text",
    "source_column",
    "unescape_bytes",
]

ROW = "s"

_ESCAPES = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\t", b"\\t"), (b"\r", b"\\r"))
_UNESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"\\": b"\\"}


def my_name(name: str) -> str:
    """Quote an identifier for MySQL (percent signs are safe: delamp's SQL takes no parameters)."""
    return "`" + name.replace("`", "``") + "`"


def pg_name(name: str) -> str:
    """Quote an identifier for PostgreSQL; a dot separates nothing, it is part of the name."""
    return '"' + name.replace('"', '""') + '"'


def my_bytes(value: bytes) -> str:
    """A binary literal for MySQL: independent of sql_mode and of the connection's charset."""
    return f"0x{value.hex()}" if value else "CAST('' AS BINARY)"


def my_text(value: str) -> str:
    """A utf8mb4 text literal for MySQL."""
    return f"_utf8mb4 0x{value.encode().hex()}" if value else "_utf8mb4 ''"


def pg_text(value: str) -> str:
    """A text literal for PostgreSQL with standard_conforming_strings on."""
    return "'" + value.replace("'", "''") + "'"


class SourceName(str):
    """The name of a value of the source row that is no column of its own table.

    `profile.bio`, a column of a joined table; `sql` is how it is written.
    """

    sql: str

    def __new__(cls, name: str, sql: str) -> SourceName:
        made = super().__new__(cls, name)
        made.sql = sql
        return made

    def __reduce__(self) -> tuple[type[SourceName], tuple[str, str]]:
        return SourceName, (str(self), self.sql)


def source_column(name: str) -> str:
    """The SQL for a column of the source row."""
    return name.sql if isinstance(name, SourceName) else f"{ROW}.{my_name(name)}"


def holds(sql: str, found: bytes) -> str:
    """MySQL predicate: these bytes are somewhere in the text `sql`."""
    # CAST(… AS BINARY) gives the same bytes, but copies them once more.
    return f"LOCATE({my_bytes(found)}, CONVERT({sql} USING binary))"


def matches(sql: str, pattern: str) -> str:
    """MySQL predicate: the bytes `sql` match a regular expression, which is bytes as well.

    From version 8 on MySQL refuses one that is text beside a binary string (error 3995).
    """
    return f"{sql} REGEXP {my_bytes(pattern.encode())}"


def copy_escape(sql: str) -> str:
    """MySQL expression: the bytes of `sql`, escaped for COPY's text format.

    PostgreSQL manual, COPY, "Text Format": backslash, newline, carriage return and tab must be
    escaped; everything else stands for itself.
    """
    # CAST(… AS BINARY) gives the same bytes, but copies them once more.
    escaped = f"CONVERT({sql} USING binary)"
    for plain, escape in _ESCAPES:
        escaped = f"REPLACE({escaped}, 0x{plain.hex()}, 0x{escape.hex()})"
    return escaped


def escape_bytes(value: bytes) -> bytes:
    """Escape one field for COPY's text format, in Python."""
    for plain, escape in _ESCAPES:
        if plain in value:
            value = value.replace(plain, escape)
    return value


def unescape_bytes(value: bytes) -> bytes:
    """Undo `escape_bytes`."""
    if b"\\" not in value:
        return value
    head, *rest = value.split(b"\\")
    parts = [head]
    pieces = iter(rest)
    for piece in pieces:
        if piece:
            parts += (_UNESCAPES[piece[:1]], piece[1:])
        else:
            # An empty piece means two backslashes: the next piece is plain text.
            parts += (b"\\", next(pieces))
    return b"".join(parts)


def any_of(predicates: Iterable[str]) -> str:
    """OR of predicates; false when there is none."""
    return " OR ".join(f"({p})" for p in predicates) or "FALSE"


def all_of(predicates: Iterable[str]) -> str:
    """AND of predicates; true when there is none."""
    return " AND ".join(f"({p})" for p in predicates) or "TRUE"
