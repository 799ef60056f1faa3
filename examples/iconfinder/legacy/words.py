"""Pools of words. All plain ASCII: anything else is planted on purpose, and counted."""

from __future__ import annotations

__all__ = ["ADJECTIVES", "FIRST", "LAST", "NOUNS", "rotated"]

_ADJECTIVES = """
    Glossy Flat Round Tiny Bold Outline Shiny Dark Bright Pixel Retro Clean Rough Soft Sharp
    Simple Golden Wooden Paper Neon Vector Handmade Stitched Metal Fresh Frosty Vintage Modern
"""

_NOUNS = """
    arrow house heart star mail phone camera folder globe cloud lock key cart flag bell book
    clock pencil user users gear wrench chart map pin music film lamp rocket coffee cup leaf
    tree sun moon rain snow car bus plane train ship bike shield trophy gift tag ticket truck
    window door disk printer screen tablet mouse keyboard battery
"""

_FIRST = """
    Anna Bo Carl Dorte Erik Freja Gitte Hans Ida Jens Karen Lars Mette Niels Ole Pia Rikke
    Susan Thomas Ulla Viggo Wendy Xenia Yrsa Adam Beth Chris Diana
"""

_LAST = """
    Jensen Nielsen Hansen Pedersen Andersen Larsen Madsen Olsen Thomsen Holm Lund Smith Jones
    Brown Taylor Wilson Miller Davis Garcia Martin Weber Fischer Rossi
"""

ADJECTIVES, NOUNS, FIRST, LAST = (w.split() for w in (_ADJECTIVES, _NOUNS, _FIRST, _LAST))


def rotated(pool: list[str], seed: int) -> list[str]:
    """The pool begun elsewhere: what another seed changes without changing any number."""
    cut = seed % len(pool)
    return pool[cut:] + pool[:cut]
