"""What PHP has and JSON has not, spelled so that nothing is lost and no two things are alike.

    {"__class__": "User", …}      an object
    {"__class__": …, "__data__"}  an object that serialises itself
    {"__bytes__": "AAE="}         a string that jsonb cannot hold, its bytes in base64
    {"__float__": "INF"}          INF, -INF, NAN

Such a word is kept for them: a key that begins so gets one more underscore in front. A private
property is `Class::name`, a protected one `*::name`, and a public one with `::` in it `::name`.
"""

from __future__ import annotations

import base64
import re

__all__ = ["RESERVED", "bytes_form", "bytes_key", "float_form", "plain_form", "property_key"]

RESERVED = re.compile(r"__+(?:class|data|bytes|float)__")
"""How a key begins that gets an underscore."""

_OWNED = re.compile(r"\0(\*|[A-Za-z_\x80-\xff][\w\\\x80-\xff]*)\0", re.ASCII)
"""What stands before the name of a protected or a private property."""


def bytes_form(value: bytes) -> dict[str, str]:
    """A string that has U+0000 in it, or that is no text."""
    return {"__bytes__": base64.b64encode(value).decode("ascii")}


def bytes_key(value: bytes) -> str:
    """The same for a key."""
    return f"__bytes__:{base64.b64encode(value).decode('ascii')}"


def float_form(written: str) -> dict[str, str]:
    """A float that is no number: `written` as serialize() does, INF, -INF or NAN."""
    return {"__float__": written}


def property_key(raw: str) -> tuple[str, str]:
    """What comes before the name (one character a byte), and the name without its marks."""
    if raw.startswith("\0") and (owned := _OWNED.match(raw)):
        return f"{owned[1]}::", raw[owned.end() :]
    return ("::", raw) if "::" in raw else ("", raw)


def plain_form(value: str | bytes) -> str | dict[str, str]:
    """A value that nothing is to be read from: itself, or its bytes when jsonb cannot hold it."""
    stored = value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    try:
        text = stored.decode()
    except UnicodeDecodeError:
        return bytes_form(stored)
    return bytes_form(stored) if "\0" in text else text
