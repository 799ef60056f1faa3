"""UTF-8 bytes that were stored in a latin1 column, value by value: `cafÃ©` -> `café`.

PHP sent UTF-8 over a connection that MySQL took for latin1. Such a value, put back into latin1
bytes, is valid UTF-8 with at least one character of two bytes or more; real latin1 text almost
never is, so each value tells by itself which it was, also in a column that has both.
"""

from __future__ import annotations

from mappings.expr import Expr, Kind
from mappings.sqltext import my_bytes
from mappings.steps.base import Step

__all__ = ["latin1_bytes", "latin1_text", "repair_charset"]

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


def latin1_bytes(text: str) -> bytes | None:
    """The text in MySQL's latin1, or None when it has another character."""
    try:
        return text.translate(_ENCODE).encode("latin-1")
    except UnicodeEncodeError:
        return None


def latin1_text(value: bytes) -> str:
    """The text of bytes in MySQL's latin1; there is one for any bytes."""
    return value.decode("latin-1").translate(dict(enumerate(_TEXT)))


def _repair(value: str) -> str:
    for _ in range(_ROUNDS):
        if value.isascii():
            break
        stored = latin1_bytes(value)
        if stored is None:
            break
        try:
            value = stored.decode()
        except UnicodeDecodeError:
            break
    return value


def _sql(expr: Expr) -> Expr:
    """One round in SQL; what looks as if it needs another goes by Python."""
    stored = _stored(expr.sql)
    text = f"CONVERT({stored} USING utf8mb4)"
    repaired = f"IF({_broken(expr.sql)}, {text}, CONVERT({expr.sql} USING utf8mb4))"
    # MySQL takes surrogates (ED A0 80 and on) for valid UTF-8, Python does not.
    unsure = f"LOCATE({my_bytes(bytes([0xED]))}, {stored}) OR ({_broken(text)})"
    changed = expr.but(sql=repaired, members=None)
    return changed.guarded(f"({_broken(expr.sql)}) AND ({unsure})")


def _stored(sql: str) -> str:
    return f"CAST(CONVERT({sql} USING latin1) AS BINARY)"


def _broken(sql: str) -> str:
    """Not ASCII, all of it latin1, and these bytes UTF-8: asked in this order, cheapest first.

    Of bytes that are no UTF-8, MySQL's versions make NULL, question marks or nothing.
    """
    stored = _stored(sql)
    as_latin1 = f"CAST(CONVERT(CONVERT({sql} USING latin1) USING utf8mb4) AS BINARY)"
    as_utf8 = f"CAST(CONVERT({stored} USING utf8mb4) AS BINARY)"
    return (
        f"LENGTH({sql}) <> CHAR_LENGTH({sql}) AND {as_latin1} = CAST({sql} AS BINARY) "
        f"AND COALESCE({as_utf8} = {stored}, 0)"
    )


repair_charset = Step(
    name="repair_charset", python=_repair, accepts=frozenset({Kind.TEXT}), sql=_sql
)
"""Undo UTF-8 read as latin1, once or twice, where it happened; other values stay as they are."""
