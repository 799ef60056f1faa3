"""icon_tags: the join table, MyISAM, without a primary key."""

from __future__ import annotations

from collections.abc import Iterator

from examples.iconfinder.legacy.layout import layout, tag_picker
from examples.iconfinder.legacy.sizes import ICON_TAGS, ICONS, Sizes, gone, ident
from examples.iconfinder.legacy.table import Table, interleave

__all__ = ["TABLE"]

_CREATE = """
CREATE TABLE icon_tags (
  icon_id int(10) unsigned NOT NULL,
  tag_id int(10) unsigned NOT NULL
) ENGINE=MyISAM DEFAULT CHARSET=latin1
"""


def _rows(sizes: Sizes, seed: int) -> Iterator[bytes]:
    tagged = layout(seed).tagged
    picker = tag_picker(sizes, seed)

    def pair(row: int) -> tuple[int, int]:
        shelf, place = divmod(row, ICON_TAGS)
        return ident(shelf * ICONS + tagged[place]), picker.tag(row) + 1

    for _, n, stray in interleave(ICON_TAGS * sizes.shelves, 3 * sizes.stray_icon_tags):
        if not stray:
            icon, tag = pair(n)
        elif n % 3 == 0:
            icon, tag = gone(n // 3, sizes.icons), 1 + n % 40
        elif n % 3 == 1:
            icon, tag = ident(n), sizes.tags + 1_000 + n
        else:
            icon, tag = pair(n // 3 * ICON_TAGS)
        yield b"(%d,%d)" % (icon, tag)


def _counts(sizes: Sizes, seed: int) -> dict[str, int]:
    each = sizes.stray_icon_tags
    return {
        "icon_tags.icon_id: missing parent": each,
        "icon_tags.tag_id: missing parent": each,
        "icon_tags: the same pair again": each,
    }


TABLE = Table(
    name="icon_tags",
    create=_CREATE,
    keys=("KEY icon_id (icon_id)", "KEY tag_id (tag_id)"),
    rows=_rows,
    counts=_counts,
    ordinals=lambda sizes: ICON_TAGS * sizes.shelves,
)
