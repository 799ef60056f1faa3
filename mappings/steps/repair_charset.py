"""UTF-8 bytes that were stored in a latin1 column, value by value: `cafÃ©` -> `café`.

PHP sent UTF-8 over a connection that MySQL took for latin1. Such a value, put back into latin1
bytes, is valid UTF-8 with at least one character of two bytes or more; real latin1 text almost
never is, so each value tells by itself which it was, also in a column that has both.
"""

from __future__ import annotations

import re

from mappings.expr import Expr, Kind
from mappings.sqltext import holds, my_bytes
from mappings.steps.base import Step, factory, itself

__all__ = ["latin1_bytes", "latin1_text", "looks_damaged", "repair_charset"]

_ROUNDS = 2
"""Dumped and restored over a wrong connection, a text is encoded twice."""

_HOLES = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_TEXT = "".join(
    chr(byte) if byte in _HOLES else bytes([byte]).decode("cp1252") for byte in range(256)
)
"""MySQL's latin1 is cp1252, its five holes filled with the control characters of the same number
(MySQL manual, "West European Character Sets")."""
_TO_BYTE = {ord(text): byte for byte, text in enumerate(_TEXT) if ord(text) != byte}
_NOT_LATIN1 = dict.fromkeys(set(range(256)) - set(map(ord, _TEXT)), 0xFFFF)
_ENCODE = _NOT_LATIN1 | _TO_BYTE


def _class(least: int, most: int) -> str:
    """A set for a regular expression: the characters of these bytes, also by ISO 8859-1."""
    bytes_ = range(least, most + 1)
    return "[" + "".join({re.escape(c) for b in bytes_ for c in (chr(b), _TEXT[b])}) + "]"


_NEXT = _class(0x80, 0xBF)
_SEQUENCE = re.compile(
    f"{_class(0xC2, 0xDF)}{_NEXT}|{_class(0xE0, 0xEF)}{_NEXT}{{2}}|{_class(0xF0, 0xF4)}{_NEXT}{{3}}"
)
"""What one character of UTF-8 looks like, read as latin1."""
_FIRST = 0xC3
_NEXT_LEADS = sorted({_TEXT[byte].encode()[0] for byte in range(0x80, 0xC0)})
"""How its characters begin in UTF-8: the first, from U+00C2 to U+00F4, and the next ones."""


def latin1_bytes(text: str) -> bytes | None:
    """The text in MySQL's latin1, or None when it has another character."""
    try:
        return text.translate(_ENCODE).encode("latin-1")
    except UnicodeEncodeError:
        return None


def latin1_text(value: bytes) -> str:
    """The text of bytes in MySQL's latin1; there is one for any bytes."""
    return value.decode("latin-1").translate(dict(enumerate(_TEXT)))


@factory
def repair_charset(parts: bool = False) -> Step:
    """Undo UTF-8 read as latin1, once or twice, where it happened; other values stay as they are.

    A value is repaired whole or not at all. With `parts`, each stretch of it that is such UTF-8 is
    repaired by itself, also beside characters that no latin1 has, or a sequence that was cut off.
    """
    once = _repair_parts if parts else _repair_whole

    def python(value: str) -> str:
        for _ in range(_ROUNDS):
            repaired = value if value.isascii() else once(value)
            if repaired == value:
                break
            value = repaired
        return value

    return Step(
        name="repair_charset",
        python=python,
        inverse=itself,
        accepts=frozenset({Kind.TEXT}),
        sql=_sql_parts if parts else _sql,
        options=("parts",) if parts else (),
    )


def looks_damaged(sql: str) -> str:
    """Predicate: this text would be repaired, or a character was lost to U+FFFD. Never NULL.

    A text that is not damaged as a whole is not found.
    """
    # Conversions cost most: what most texts lack is asked first. Such a character is two or more
    # of two bytes, the first from U+00C2 to U+00F4, the next one of those of _NEXT.
    two = f"LENGTH({sql}) >= CHAR_LENGTH({sql}) + 2"
    pairs = (b"%%%c_%c%%" % (_FIRST, lead) for lead in _NEXT_LEADS)
    as_bytes = f"CONVERT({sql} USING binary)"
    pair = " OR ".join(f"{as_bytes} LIKE {my_bytes(pattern)}" for pattern in pairs)
    stored = f"{holds(sql, bytes([_FIRST]))} AND ({pair}) AND {_broken(sql)}"
    return f"{two} AND (({stored}) OR {holds(sql, chr(0xFFFD).encode())})"


def _repair_whole(value: str) -> str:
    stored = latin1_bytes(value)
    if stored is None:
        # utf8_encode() of PHP, and most tools but MySQL, mean ISO 8859-1 when they say latin1.
        stored = value.encode("latin-1") if max(value) <= "\xff" else b"\xff"
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return value


def _repair_parts(value: str) -> str:
    return _SEQUENCE.sub(_character, value)


def _character(found: re.Match[str]) -> str:
    return _repair_whole(found[0])


def _sql(expr: Expr) -> Expr:
    """One round in SQL; what looks as if it needs another goes by Python."""
    stored = _stored(expr.sql)
    text = f"CONVERT({stored} USING utf8mb4)"
    repaired = f"IF({_broken(expr.sql)}, {text}, CONVERT({expr.sql} USING utf8mb4))"
    # MySQL takes surrogates (ED A0 80 and on) for valid UTF-8, Python does not.
    surrogate = holds(stored, b"\xed")
    unsure = f"{surrogate} OR ({_broken(text)}) OR ({_beside_latin1(text)})"
    changed = expr.but(sql=repaired, members=None)
    return changed.guarded(f"({_broken(expr.sql)}) AND ({unsure})", _iso(expr.sql))


def _sql_parts(expr: Expr) -> Expr:
    """MySQL has no such stretches where nothing begins one: no character from U+00C2 to U+00F4."""
    begun = holds(expr.sql, bytes([_FIRST]))
    return expr.but(members=None).guarded(
        f"LENGTH({expr.sql}) <> CHAR_LENGTH({expr.sql}) AND {begun}"
    )


def _iso(sql: str) -> str:
    """Not ASCII, not MySQL's latin1, and with a control character of ISO 8859-1's."""
    controls = (chr(code).encode() for code in range(0x80, 0xA0) if code not in _HOLES)
    one = " OR ".join(holds(sql, c) for c in controls)
    return f"{_beside_latin1(sql)} AND ({one})"


def _beside_latin1(sql: str) -> str:
    """Not MySQL's latin1, and with a character from U+0080 to U+00BF."""
    as_bytes = f"CAST({sql} AS BINARY)"
    begun = holds(sql, b"\xc2")
    return f"{begun} AND NOT ({_as_latin1(sql)} = {as_bytes})"


def _as_latin1(sql: str) -> str:
    return f"CAST(CONVERT(CONVERT({sql} USING latin1) USING utf8mb4) AS BINARY)"


def _stored(sql: str) -> str:
    return f"CAST(CONVERT({sql} USING latin1) AS BINARY)"


def _broken(sql: str) -> str:
    """Not ASCII, all of it latin1, and these bytes UTF-8: asked in this order, cheapest first.

    Of bytes that are no UTF-8, MySQL's versions make NULL, question marks or nothing.
    """
    stored = _stored(sql)
    as_utf8 = f"CAST(CONVERT({stored} USING utf8mb4) AS BINARY)"
    return (
        f"LENGTH({sql}) <> CHAR_LENGTH({sql}) AND {_as_latin1(sql)} = CAST({sql} AS BINARY) "
        f"AND COALESCE({as_utf8} = {stored}, 0)"
    )
