"""SQL literals as bytes. The connection's charset is binary, so bytes reach columns as they are."""

from __future__ import annotations

__all__ = ["NULL", "latin1", "quote", "quoted", "utf8"]

NULL = b"NULL"

_ESCAPES = {
    0: b"\\0",
    ord("\n"): b"\\n",
    ord("\r"): b"\\r",
    ord("\t"): b"\\t",
    0x1A: b"\\Z",
    ord("'"): b"\\'",
    ord("\\"): b"\\\\",
}


def quote(raw: bytes) -> bytes:
    """Return `raw` as a quoted literal that stores exactly these bytes."""
    return b"'" + b"".join(_ESCAPES.get(byte, bytes((byte,))) for byte in raw) + b"'"


def utf8(text: str) -> bytes:
    return quote(text.encode())


def latin1(text: str) -> bytes:
    """What MySQL calls latin1 is cp1252."""
    return quote(text.encode("cp1252"))


def quoted(*texts: str) -> tuple[bytes, ...]:
    return tuple(utf8(text) for text in texts)
