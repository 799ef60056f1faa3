"""One legacy table: its DDL, its ills and its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from examples.iconfinder.legacy.ills import Ill
from examples.iconfinder.legacy.sizes import Sizes

__all__ = ["Table", "interleave"]


@dataclass(frozen=True, kw_only=True)
class Table:
    """`create` makes the table with its primary key; `keys` are added once the rows are in."""

    name: str
    create: str
    keys: tuple[str, ...] = ()
    ills: tuple[Ill, ...] = ()
    rows: Callable[[Sizes, int], Iterator[bytes]]
    """(sizes, seed) -> one `(…)` of an INSERT per row, in the order of the primary key."""
    counts: Callable[[Sizes, int], dict[str, int]] = lambda sizes, seed: {}
    """Ills that depend on the layout of the whole table and not on a row's ordinal."""
    ordinals: Callable[[Sizes], int]
    """How many rows the ills of `ills` are spread over (strays do not count)."""


def interleave(regular: int, stray: int) -> Iterator[tuple[int, int, bool]]:
    """Spread `stray` rows evenly among `regular` ones: (row, ordinal of its kind, is it stray)."""
    total = regular + stray
    before = 0
    for row in range(total):
        after = (row + 1) * stray // total
        if after != before:
            yield row, before, True
        else:
            yield row, row - before, False
        before = after
