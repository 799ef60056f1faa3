"""The HTML of each BBCode tag: a whitelist, and nothing that a reader's browser would run."""

from __future__ import annotations

import re
from html import escape

__all__ = ["VERBATIM", "closing", "opening"]

_PLAIN = {
    "b": "strong", "i": "em", "u": "u", "s": "s", "strike": "s", "sub": "sub", "sup": "sup",
    "code": "pre", "*": "li",
}  # fmt: skip
_BARE = frozenset({"size", "font", "center", "left", "right", "align"})
"""Known, but only for looks: their content stays."""
_LISTS = {"": "ul", "1": "ol", "a": 'ol type="a"', "A": 'ol type="A"', "i": 'ol type="i"'}
_LINK = re.compile(r"(?:https?|ftp)://[^\s\"'<>]+|mailto:[^\s\"'<>]+", re.IGNORECASE)
_BARE_LINK = re.compile(r"(?:www|ftp)\.[^\s\"'<>]+", re.IGNORECASE)
_COLOUR = re.compile(r"#[0-9A-Fa-f]{3}(?:[0-9A-Fa-f]{3})?|[A-Za-z]{3,20}")

VERBATIM = frozenset({"code", "img"})
"""No tag is read within these."""


def opening(name: str, value: str, content: str) -> str | None:
    """The HTML that opens the tag; `content` is the text in it. None: it is no tag, but text."""
    if name in _PLAIN:
        return f"<{_PLAIN[name]}>"
    if name in _BARE:
        return ""
    if name == "list":
        return f"<{_LISTS[value]}>" if value in _LISTS else "<ul>"
    if name == "quote":
        return f"<blockquote><cite>{escape(value)}</cite>" if value else "<blockquote>"
    if name == "color":
        return f'<span style="color: {value}">' if _COLOUR.fullmatch(value) else "<span>"
    if name in ("url", "email", "img"):
        return _linked(name, (value or content).strip())
    return None


def closing(name: str, value: str) -> str:
    """The HTML that closes what `opening` opened."""
    if name in _BARE or name == "img":
        return ""
    if name == "list":
        return "</ol>" if _LISTS.get(value, "ul") != "ul" else "</ul>"
    tags = {"quote": "blockquote", "color": "span", "url": "a", "email": "a"}
    return f"</{_PLAIN.get(name) or tags[name]}>"


def _linked(name: str, address: str) -> str | None:
    if name == "email":
        address = f"mailto:{address.removeprefix('mailto:')}"
    elif _BARE_LINK.fullmatch(address):
        address = f"http://{address}"
    if not _LINK.fullmatch(address):
        return None
    if name == "img":
        return f'<img src="{escape(address)}" alt="">'
    return f'<a href="{escape(address)}" rel="nofollow">'
