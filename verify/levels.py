"""The levels of verification, cheapest first, and what each cannot catch."""

from __future__ import annotations

from typing import Literal

__all__ = ["BLIND_SPOTS", "LEVELS", "SAMPLE", "Level"]

Level = Literal["counts", "checksums", "rows", "counters", "database"]
LEVELS: tuple[Level, ...] = ("counts", "checksums", "rows", "counters", "database")

SAMPLE = 4_603
"""Rows of each table at level "rows", unless all are asked for: ln(0.01) / ln(0.999). So many miss
damage to one row in a thousand once in a hundred times."""

BLIND_SPOTS: dict[Level, str] = {
    "counts": "a changed value, or one row lost for another gained",
    "checksums": "a mistake that both sides of the compiled mapping share; fields no mapping fills",
    "rows": "damage in rows outside the sample; rows that only the target has; a wrong Python form",
    "counters": "children that are missing themselves; values of the children",
    "database": "what rows hold, beyond what constraints say",
}
"""Each level's limits, as the report prints them."""
