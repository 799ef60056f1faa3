"""Frames: canonical texts side by side that can be taken apart in one way only.

A text that holds neither comma nor tilde is followed by a comma; any other has its length in
bytes before it. NULL is `~,`. So ("12", "3") and ("1", "23") differ, and NULL differs from ''.
"""

from __future__ import annotations

from mappings.sqltext import my_bytes

__all__ = ["frame", "source_frame", "target_frame"]

NULL = b"~,"


def frame(text: str | None, *, length: bool) -> bytes:
    """Frame a canonical text in Python."""
    if text is None:
        return NULL
    value = text.encode()
    return b"%d:%b" % (len(value), value) if length else value + b","


def source_frame(text: str, null: str | None, *, length: bool) -> str:
    """The same as MySQL expression; `null` is the predicate for NULL.

    `text` is utf8 text or a number, so its LENGTH is that of its bytes.
    """
    if length:
        framed = f"CONCAT(LENGTH({text}), 0x3A, CONVERT({text} USING binary))"
    else:
        framed = f"CONCAT({text}, 0x2C)"
    return framed if null is None else f"IF({null}, {my_bytes(NULL)}, {framed})"


def target_frame(text: str, *, length: bool, nullable: bool) -> str:
    """The same as PostgreSQL expression of type text."""
    framed = f"octet_length({text}) || ':' || {text}" if length else f"{text} || ','"
    return f"coalesce({framed}, '~,')" if nullable else f"({framed})"
