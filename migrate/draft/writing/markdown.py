"""Names and texts of other people in Markdown: what stands there is what they say, and no more."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["code", "escaped", "fenced", "printable"]

_MARKS = "\\`*[]<>"


def printable(text: str) -> str:
    """The text on one line: what ends a line, moves the cursor or is no letter, as its escape."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def code(text: str) -> str:
    """A text in as many backticks as it takes."""
    text = printable(text)
    fence = "`" * (_longest_run(text) + 1)
    gap = " " if len(fence) > 1 else ""
    return f"{fence}{gap}{text}{gap}{fence}"


def escaped(text: str, *, marks: str = _MARKS) -> str:
    """A text that no character of marks up; a `_` within a word does not."""
    return "".join(f"\\{c}" if c in marks else c for c in printable(text))


def fenced(language: str, lines: Sequence[str]) -> list[str]:
    """A block of code that none of its own lines ends."""
    lines = [printable(line) for line in lines]
    fence = "`" * max(3, *(_longest_run(line) + 1 for line in ("", *lines)))
    return [f"{fence}{language}", *lines, fence]


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
