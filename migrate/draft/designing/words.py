"""Lists of words written as text, and text as Python writes it."""

from __future__ import annotations

import json

__all__ = ["literal", "rows", "words"]


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def rows(number: int) -> str:
    return f"{number:,} row" if number == 1 else f"{number:,} rows"


def literal(text: str) -> str:
    """Python source of a text, in double quotes."""
    # A string of JSON is one of Python, and always in double quotes.
    return json.dumps(text, ensure_ascii=False)
