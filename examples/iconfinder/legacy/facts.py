"""What the legacy database holds, in numbers, without a server: rows per table and ills."""

from __future__ import annotations

from dataclasses import dataclass

from examples.iconfinder.legacy.layout import WARMER, layout
from examples.iconfinder.legacy.sizes import ICONS, sizes
from examples.iconfinder.legacy.tables import TABLES
from examples.iconfinder.legacy.tables.comments import BODY_NUL
from examples.iconfinder.legacy.tables.icons import AUTHOR_MISSING

__all__ = ["Facts", "facts"]


@dataclass(frozen=True)
class Facts:
    """Numbers of one (rows, seed). `ills` are keyed by `table.column: kind`."""

    requested: int
    seed: int
    rows: dict[str, int]
    ills: dict[str, int]
    knock_on: dict[str, int]
    """Rows whose parent exists but is itself refused by the example's mappings."""


def facts(rows: int, seed: int = 1) -> Facts:
    """Work out what `generate(url, rows, seed)` plants. Raises `ValueError` for bad `rows`."""
    size = sizes(rows)
    ills: dict[str, int] = {}
    for table in TABLES:
        ills |= {ill.name: ill.count(table.ordinals(size)) for ill in table.ills}
        ills |= table.counts(size, seed)
    places = layout(seed)
    refused = AUTHOR_MISSING.count(ICONS * size.shelves)
    knock_on = {
        "downloads.icon_id": refused * places.downloads_of_icon(WARMER),
        "comments.icon_id": refused * places.commented.count(WARMER),
        "favourites.icon_id": refused * places.favoured.count(WARMER),
        "comments.parent_id": BODY_NUL.count(size.shelves * 16),
    }
    return Facts(rows, seed, size.by_table(), ills, knock_on)
