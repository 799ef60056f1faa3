"""Rows that nothing names: which of one side is most likely which of the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["most_alike"]

Left = TypeVar("Left")
Right = TypeVar("Right")


def most_alike(
    left: Sequence[Left], right: Sequence[Right], differing: Callable[[Left, Right], int], all_: int
) -> dict[int, int]:
    """Places in `left` -> places in `right`, each at most once, the most alike pairs first.

    `differing` says in how many columns two rows differ; rows that differ in `all_` are strangers.
    Pairs are chosen over both lists as a whole: taken row by row, one row's likeness would go to
    another that merely came before.
    """
    pairs = sorted(
        (columns, n, m)
        for n, one in enumerate(left)
        for m, other in enumerate(right)
        if (columns := differing(one, other)) < all_
    )
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _, n, m in pairs:
        if n not in found and m not in taken:
            found[n] = m
            taken.add(m)
    return found
