"""How many rows each table gets.

Everything is laid out in shelves: a shelf is 20 icons with all that belongs to them, always in
the same proportions. So every count, also of the children of one parent, is a closed formula,
and nothing has to be remembered while rows stream by, whatever their number.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MAX_ROWS", "MIN_ROWS", "Sizes", "gone", "ident", "sizes"]

MIN_ROWS = 10_000
MAX_ROWS = 100_000_000

USERS, SETS, ICONS, ICON_TAGS, FAVOURITES, COMMENTS, PURCHASES = 10, 2, 20, 40, 24, 16, 14
DOWNLOADS = 243
SETTINGS = 40


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Rows per table. `stray_*` are rows whose parent is missing; they are part of the total."""

    rows: int
    shelves: int
    downloads: int
    users: int
    icon_sets: int
    icons: int
    categories: int
    tags: int
    stray_icon_tags: int
    """Of each kind: icon missing, tag missing, and the same pair once more."""
    stray_favourites: int
    """Of each kind: user missing, icon missing."""
    stray_comments: int
    stray_downloads: int
    settings: int = SETTINGS

    @property
    def icon_tags(self) -> int:
        return ICON_TAGS * self.shelves + 3 * self.stray_icon_tags

    @property
    def favourites(self) -> int:
        return FAVOURITES * self.shelves + 2 * self.stray_favourites

    @property
    def comments(self) -> int:
        return COMMENTS * self.shelves + self.stray_comments

    @property
    def purchases(self) -> int:
        return PURCHASES * self.shelves

    @property
    def shelved_downloads(self) -> int:
        return DOWNLOADS * self.shelves

    @property
    def front_page_downloads(self) -> int:
        """What is left over to reach the exact total: all of them are of the first icon."""
        return self.downloads - self.shelved_downloads - self.stray_downloads

    def by_table(self) -> dict[str, int]:
        names = (
            "users icon_sets icons categories tags icon_tags downloads purchases comments "
            "favourites settings"
        )
        return {name: getattr(self, name) for name in names.split()}


def _with_shelves(rows: int, shelves: int) -> Sizes:
    partial = Sizes(
        rows=rows,
        shelves=shelves,
        downloads=0,
        users=USERS * shelves,
        icon_sets=SETS * shelves,
        icons=ICONS * shelves,
        categories=24 + min(shelves // 20, 400),
        tags=60 + min(shelves, 20_000),
        stray_icon_tags=2 + shelves // 8,
        stray_favourites=2 + shelves // 8,
        stray_comments=2 + shelves // 4,
        stray_downloads=3 + shelves // 2,
    )
    downloads = rows - sum(partial.by_table().values())
    return Sizes(**{**vars(partial), "downloads": downloads})


def sizes(rows: int) -> Sizes:
    """Share `rows` out over the tables, to the row. Raises `ValueError` outside the range."""
    if not MIN_ROWS <= rows <= MAX_ROWS:
        raise ValueError(f"rows: out of range, got {rows} (expected {MIN_ROWS} to {MAX_ROWS})")
    shelves = rows // 380
    while _with_shelves(rows, shelves + 1).front_page_downloads >= 0:
        shelves += 1
    return _with_shelves(rows, shelves)


def ident(ordinal: int) -> int:
    """The id of the user or icon number `ordinal` (from 0): every 101st id has been deleted."""
    return ordinal + ordinal // 100 + 1


def gone(ordinal: int, rows: int) -> int:
    """The id of some user or icon that has been deleted, out of a table of `rows` rows."""
    return 101 * (1 + ordinal % ((rows - 1) // 100))
