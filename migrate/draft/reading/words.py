"""Names cut into words: `remark_entry_ID`, `ShelfId` and `shelfid` say what they are made of."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["singular", "words"]

_BETWEEN = re.compile(
    r"[\W_]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)"
)
_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "data": "datum",
    "media": "medium", "indices": "index", "matrices": "matrix", "news": "news",
    "series": "series", "status": "status", "address": "address", "movies": "movie",
    "cookies": "cookie",
}  # fmt: skip


@cache
def words(name: str) -> tuple[str, ...]:
    """Lower-case words of a name, cut at anything but letters and where capitals begin."""
    return tuple(word.lower() for word in _BETWEEN.split(name) if word)


@cache
def singular(word: str) -> str:
    """The singular of an English word, well enough to compare names; others stay as they are."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"(?:ss|x|z|ch|sh)es$", word):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 2:
        return word[:-1]
    return word
