"""The levels of verification: what each can catch and cannot, and which cost least."""

from __future__ import annotations

from typing import Literal

__all__ = ["BLIND_SPOTS", "CATCHES", "LEVELS", "SAMPLE", "Level", "by_cost"]

Level = Literal["counts", "checksums", "rows", "counters", "database", "questions"]
LEVELS: tuple[Level, ...] = ("counts", "checksums", "rows", "counters", "database", "questions")

SAMPLE = 4_603
"""Rows of each table at level "rows", unless all are asked for: ln(0.01) / ln(0.999). So many miss
damage to one row in a thousand once in a hundred times."""

CATCHES: dict[Level, str] = {
    "counts": "rows that are lost, doubled or left over",
    "checksums": "any change of any mapped value of any row, to the cell",
    "rows": "a mistake of the compiled SQL, and of what Django makes of a value",
    "counters": "a stored counter that is not what its children say",
    "database": "constraints, keys, indexes, sequences and content types that are not as declared",
    "questions": "an answer that the business would get another one to",
}
"""What each level is for, as the report prints it."""

BLIND_SPOTS: dict[Level, str] = {
    "counts": "a changed value, or one row lost for another gained",
    "checksums": "a mistake that both sides of the compiled mapping share; fields no mapping fills",
    "rows": "damage in rows outside the sample; rows that only the target has; a wrong Python form",
    "counters": "children that are missing themselves; values of the children",
    "database": "what rows hold, beyond what constraints say",
    "questions": "what nobody asks",
}
"""Each level's limits, as the report prints them."""


def by_cost(levels: tuple[Level, ...], *, all_rows: bool) -> tuple[Level, ...]:
    """The levels, those first that tell most for their time.

    Five of them cost a pass over an index or less, or the same for a table of any size; only
    `checksums` reads every value, and `rows` when it is told to.
    """
    cheap: tuple[Level, ...] = ("counts", "database", "counters", "questions")
    dear: tuple[Level, ...] = ("checksums", "rows") if all_rows else ("rows", "checksums")
    return tuple(level for level in cheap + dear if level in levels)
