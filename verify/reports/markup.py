"""HTML and XML made of escaped text: what is not `Markup` is escaped, so no value can slip through.

Characters that a page must not hold, or that would make it lie (NUL and other controls, lone
surrogates, marks that turn the direction of writing), are written out as what they are: `[U+202E]`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

__all__ = ["Markup", "breakable", "join", "plain", "tag", "text"]

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def plain(value: object) -> str:
    """The value as text in which every character is one that people see."""
    return _UNSEEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", str(value))


def text(value: object) -> Markup:
    """The value, escaped unless it is markup."""
    return value if isinstance(value, Markup) else Markup(html.escape(plain(value)))


def breakable(name: str) -> Markup:
    """A name that may be broken after its dots and underscores, and had better not elsewhere."""
    return Markup(re.sub("([._])", r"\1<wbr>", text(name)))


def join(parts: Iterable[object], between: str = "") -> Markup:
    """All parts, escaped unless they are markup."""
    return Markup(between.join(text(part) for part in parts))


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """An element. Of attributes, `class_` is `class` and `aria_label` is `aria-label`; None leaves
    one out, True is an empty one."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{text(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{name}{written}>{join(children)}</{name}>")
