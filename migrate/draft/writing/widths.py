"""How wide a line is, as ruff counts it."""

from __future__ import annotations

import unicodedata

__all__ = ["WIDTH", "width", "wrapped"]

WIDTH = 100


def width(text: str) -> int:
    """Columns on a screen, as ruff counts them: letters of East Asia take two, accents none."""
    if text.isascii():
        return len(text)
    return sum(_columns(letter) for letter in text)


def _columns(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def wrapped(text: str, most: int) -> list[str]:
    """Words in lines of at most `most` columns, where no word is longer."""
    lines: list[str] = []
    for word in text.split():
        if lines and width(lines[-1]) + 1 + width(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]
