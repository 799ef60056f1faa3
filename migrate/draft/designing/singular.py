"""English nouns in table names: one of several, and several of one.

Our own rules, because a library's cost more than they bring here: inflect 7 takes a second to
import, brings three packages along, and makes `bu` of bus, `alia` of alias and `datum` of data.
"""

from __future__ import annotations

from migrate.draft.designing.words import words

__all__ = ["django_plural", "plural", "singular"]

_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "mice": "mouse",
    "feet": "foot",
    "teeth": "tooth",
    "lives": "life",
    "wives": "wife",
    "knives": "knife",
    "leaves": "leaf",
    "shelves": "shelf",
    "halves": "half",
    "matrices": "matrix",
    "vertices": "vertex",
    "criteria": "criterion",
    "movies": "movie",
    "cookies": "cookie",
    "quizzes": "quiz",
    "ties": "tie",
    "pies": "pie",
    "zombies": "zombie",
    "calories": "calorie",
    "shoes": "shoe",
    "toes": "toe",
    "caches": "cache",
    "axes": "axis",
    "aches": "ache",
}
_SAME = frozenset(
    words(
        "news series species media data meta usermeta metadata info staff sheep fish equipment "
        "software hardware settings sms gps dns css rss ajax https always has is was this as us "
        "yes plus minus sales goods stats statistics economics physics analytics politics means "
        "headquarters thanks cms pos vs os dos lens gas bus bias atlas canvas alias basis axis "
        "chaos cosmos christmas pages_meta yes process progress success access address business "
        "class glass pass press cross loss boss mass less status bonus virus corpus campus census "
        "focus consensus radius genius menus_meta iris oasis thesis crisis analysis synopsis "
        "diagnosis emphasis hypothesis "
    )
)
_PLURALS = {one: many for many, one in _IRREGULAR.items()}


def singular(word: str) -> str:
    """One of the things that the word names, in lower case: `categories` -> `category`."""
    word = word.lower()
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _SAME or len(word) < 3 or not word.endswith("s"):
        return word
    if word.endswith("menus"):
        return word[:-1]
    if word.endswith(("ss", "us", "is")):
        return word
    if word == "indices":
        return "index"
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("yses", "ases", "eses", "ises", "oses", "uses")):
        return _of_ses(word)
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    if word.endswith("oes"):
        return word[:-2]
    return word[:-1]


def _of_ses(word: str) -> str:
    """`statuses`, `analyses` on one side, `houses`, `databases`, `phases` on the other."""
    if word[:-2] in _SAME - {"us", "as"}:
        return word[:-2]
    if f"{word[:-3]}sis" in _SAME:
        return f"{word[:-3]}sis"
    return word[:-1]


def plural(word: str) -> str:
    """Several of them, in lower case: `category` -> `categories`."""
    word = word.lower()
    if word.endswith(("hero", "potato", "tomato", "echo", "veto")):
        return f"{word}es"
    if word in _PLURALS:
        return _PLURALS[word]
    if word in _IRREGULAR or (word in _SAME and word not in _ONES):
        return word
    if word.endswith(("meta", "data", "info")):
        return word
    if word.endswith("sis"):
        return f"{word[:-2]}es"
    if word.endswith("y") and len(word) > 1 and word[-2] not in "aeiou":
        return f"{word[:-1]}ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word if singular(word) != word else f"{word}es"
    return f"{word}s"


_ONES = frozenset(
    words(
        "process progress success access address business class glass pass press cross loss boss "
        "mass status bonus virus corpus campus census focus consensus radius genius lens gas bus "
        "bias atlas canvas alias basis axis iris oasis thesis crisis analysis synopsis diagnosis "
        "hypothesis "
    )
)
"""Of the words that end like plurals, those that are one thing."""


def django_plural(words: str) -> str | None:
    """The plural of a verbose name where Django's own, one `s` more, is wrong; else None."""
    *before, last = words.split(" ")
    proper = plural(last)
    return None if proper == f"{last}s" else " ".join([*before, proper])
