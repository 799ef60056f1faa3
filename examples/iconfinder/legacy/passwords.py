"""Three generations of password hashes, of passwords that are known so that a login can be tried.

The hashes are real: md5 of the first years, phpass ($P$, 8192 rounds) after it, PHP 5.5's
password_hash() ($2y$, cost 10) at last.
"""

from __future__ import annotations

__all__ = ["GENERATIONS", "KNOWN", "generation", "password", "stored"]

GENERATIONS = ("md5", "phpass", "bcrypt")

KNOWN = {
    "hunter2": (
        "2ab96390c7dbe3439de74d0c9b0b1767",
        "$P$Babcdefghaoa6/JYqugJFsBOnQGhIl1",
        "$2y$10$iconfinderdemo0saltxxeqCitTP5/f9Hcpq2gQlYISKIXBSnwzUm",
    ),
    "iconlover": (
        "d87fd2712bd4dcf976dc3a933b547c1a",
        "$P$BbcdefghIVkGvaD/Dte.LUmYLLx9cc1",
        "$2y$10$iconfinderdemo1saltxxeCCxwvn1cFAYztmEXorR.Fax5/KCYrJK",
    ),
    "kodeord": (
        "26a6036ad77728fa6758787622add9a2",
        "$P$BcdefghIQS5/t9H21g65SPendKd.xI/",
        "$2y$10$iconfinderdemo2saltxxejIDje56LIwT7XGgGKirxOolP.J568O6",
    ),
    "pixel perfect": (
        "c37addf798630a7866d2f63958d71a9c",
        "$P$BdefghIQR85/vGerU2oGVmDana29u5/",
        "$2y$10$iconfinderdemo3saltxxeXkFAKlK9pPbXgQgp81YGcel5pdYBK2G",
    ),
    "s3kret!": (
        "355da4878593b2355bce564a8acce3c7",
        "$P$BefghIQRaJFNPp5undAGKK6iWvbS2x1",
        "$2y$10$iconfinderdemo4saltxxeTZQiQ6IBX2NsAngNRksqDQ1q7BHHPi.",
    ),
}

_POOL = tuple(KNOWN)


def generation(ordinal: int) -> int:
    """0 md5, 1 phpass, 2 bcrypt, for the user number `ordinal` (from 0): 4, 3 and 3 of ten."""
    return (0, 0, 0, 0, 1, 1, 1, 2, 2, 2)[ordinal % 10]


def password(ordinal: int) -> str:
    return _POOL[ordinal // 10 % len(_POOL)]


def stored(ordinal: int) -> bytes:
    """The hash in the user's row, as a SQL literal."""
    return b"'" + KNOWN[password(ordinal)][generation(ordinal)].encode() + b"'"
