"""downloads: two thirds of all rows, only ever inserted into.

Ids follow time while icons come in no order: the row number times a number coprime to the total
walks through all places of all shelves exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import gcd

from examples.iconfinder.legacy.ills import Ill
from examples.iconfinder.legacy.layout import layout
from examples.iconfinder.legacy.literals import quoted
from examples.iconfinder.legacy.moments import epoch
from examples.iconfinder.legacy.sizes import DOWNLOADS, ICONS, USERS, Sizes, gone
from examples.iconfinder.legacy.table import Table

__all__ = ["TABLE"]

_CREATE = """
CREATE TABLE downloads (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  icon_id int(10) unsigned NOT NULL,
  user_id int(10) unsigned NOT NULL DEFAULT '0',
  created int(10) unsigned NOT NULL,
  ip int(10) unsigned NOT NULL DEFAULT '0',
  bytes bigint(20) unsigned NOT NULL DEFAULT '0',
  format enum('png','svg','ico','icns') NOT NULL DEFAULT 'png',
  referer varchar(255) NOT NULL DEFAULT '',
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=latin1
"""

IP_ZERO = Ill("downloads.ip", "zero means unknown", 50, 7)
REFERER_EMPTY = Ill("downloads.referer", "empty string means NULL", 5, 1)
USER_MISSING_ON = Ill("downloads.user_id", "missing parent", 4, 1)
"""Counted over shelves, not over rows."""

_FORMATS = quoted("png", "svg", "png", "ico", "icns", "png", "svg")
_REFERERS = quoted(
    "http://www.google.com/search?q=free+icons&hl=da",
    "http://localhost/",
    "http://example.org/blog/2011/04/10-icon-sets",
)


def _stride(rows: int, seed: int) -> int:
    """A multiplier near the golden section, coprime to `rows`."""
    stride = int(rows * 0.6180339887) + seed % 1_000
    while gcd(stride, rows) != 1:
        stride += 1
    return stride


def _tails() -> list[bytes]:
    """What repeats every hundred rows: size, format and referer."""
    return [
        b"%d,%s,%s)"
        % (
            2_000 + n * 7_919 % 90_000,
            _FORMATS[n % 7],
            b"''" if REFERER_EMPTY.hits(n) else _REFERERS[n % 3],
        )
        for n in range(100)
    ]


def _rows(sizes: Sizes, seed: int) -> Iterator[bytes]:
    total, shelves, shelved = sizes.downloads, sizes.shelves, sizes.shelved_downloads
    front_page_end = shelved + sizes.front_page_downloads
    places = layout(seed)
    downloaded, downloader = places.downloaded, places.downloader
    deleted = places.deleted_downloader
    stride, slot = _stride(total, seed), seed % total
    tails = _tails()
    for row in range(total):
        user = 0
        if slot < shelved:
            shelf, place = divmod(slot, DOWNLOADS)
            icon = shelf * ICONS + downloaded[place]
            icon += icon // 100 + 1
            who = downloader[place]
            if who is not None:
                user = (shelf + who[1]) % shelves * USERS + who[0]
                user += user // 100 + 1
            elif place == deleted and USER_MISSING_ON.hits(shelf):
                user = gone(shelf, sizes.users)
        elif slot < front_page_end:
            icon = 1
        else:
            icon = gone(slot, sizes.icons)
        # Knuth's multiplicative hash; an odd factor makes it 0 for no other row below 2**32.
        ip = 0 if row % 50 == IP_ZERO.at else (row + 1) * 2_654_435_761 & 0xFFFFFFFF
        yield b"(%d,%d,%d,%d,%d,%s" % (
            row + 1,
            icon,
            user,
            epoch(row, total),
            ip,
            tails[row % 100],
        )
        slot += stride
        if slot >= total:
            slot -= total


def _counts(sizes: Sizes, seed: int) -> dict[str, int]:
    return {
        "downloads.icon_id: missing parent": sizes.stray_downloads,
        USER_MISSING_ON.name: USER_MISSING_ON.count(sizes.shelves),
    }


TABLE = Table(
    name="downloads",
    create=_CREATE,
    keys=("KEY icon_id (icon_id)", "KEY user_id (user_id)"),
    ills=(IP_ZERO, REFERER_EMPTY),
    rows=_rows,
    counts=_counts,
    ordinals=lambda sizes: sizes.downloads,
)
