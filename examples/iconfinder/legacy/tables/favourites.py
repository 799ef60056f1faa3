"""favourites: the key is the pair."""

from __future__ import annotations

from collections.abc import Iterator

from examples.iconfinder.legacy.ills import Ill
from examples.iconfinder.legacy.layout import layout
from examples.iconfinder.legacy.moments import epoch
from examples.iconfinder.legacy.sizes import FAVOURITES, ICONS, USERS, Sizes, gone, ident
from examples.iconfinder.legacy.table import Table, interleave

__all__ = ["TABLE"]

_CREATE = """
CREATE TABLE favourites (
  user_id int(10) unsigned NOT NULL,
  icon_id int(10) unsigned NOT NULL,
  added int(10) unsigned NOT NULL DEFAULT '0',
  PRIMARY KEY (user_id, icon_id)
) ENGINE=InnoDB DEFAULT CHARSET=latin1
"""

ADDED_ZERO = Ill("favourites.added", "zero epoch means unknown", 10, 3)


def _rows(sizes: Sizes, seed: int) -> Iterator[bytes]:
    favoured = layout(seed).favoured
    regular = FAVOURITES * sizes.shelves
    for row, n, stray in interleave(regular, 2 * sizes.stray_favourites):
        if not stray:
            shelf, place = divmod(n, FAVOURITES)
            fan = (shelf + place // USERS) % sizes.shelves * USERS + place % USERS
            user, icon = ident(fan), ident(shelf * ICONS + favoured[place])
        elif n % 2:
            user, icon = gone(n // 2, sizes.users), ident(n)
        else:
            user, icon = ident(n), gone(n // 2, sizes.icons)
        added = 0 if not stray and ADDED_ZERO.hits(n) else epoch(row, sizes.favourites)
        yield b"(%d,%d,%d)" % (user, icon, added)


def _counts(sizes: Sizes, seed: int) -> dict[str, int]:
    return {
        "favourites.user_id: missing parent": sizes.stray_favourites,
        "favourites.icon_id: missing parent": sizes.stray_favourites,
    }


TABLE = Table(
    name="favourites",
    create=_CREATE,
    keys=("KEY icon_id (icon_id)",),
    ills=(ADDED_ZERO,),
    rows=_rows,
    counts=_counts,
    ordinals=lambda sizes: FAVOURITES * sizes.shelves,
)
