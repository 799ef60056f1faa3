"""Lists of words, written as text."""

from __future__ import annotations

__all__ = ["words"]


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())
