"""How much of a report fits on a page: pieces are taken until their bytes are used up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["MOST_BYTES", "within"]

MOST_BYTES = 2_000_000
"""Of an HTML report, whatever it has to tell."""


def within(pieces: Iterable[str], most: int) -> Sequence[str]:
    """The first pieces that are not longer than `most` bytes of UTF-8 together."""
    taken = []
    for piece in pieces:
        most -= len(piece.encode())
        if most < 0:
            break
        taken.append(piece)
    return taken
