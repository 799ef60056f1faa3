"""icon_sets: two to a shelf."""

from __future__ import annotations

from collections.abc import Iterator

from examples.iconfinder.legacy.ills import Ill
from examples.iconfinder.legacy.layout import layout
from examples.iconfinder.legacy.literals import latin1, quoted, utf8
from examples.iconfinder.legacy.moments import wall_clock
from examples.iconfinder.legacy.sizes import SETS, USERS, Sizes, ident
from examples.iconfinder.legacy.table import Table
from examples.iconfinder.legacy.words import ADJECTIVES, NOUNS, rotated

__all__ = ["TABLE"]

_CREATE = """
CREATE TABLE icon_sets (
  set_id int(10) unsigned NOT NULL AUTO_INCREMENT,
  user_id int(10) unsigned NOT NULL,
  title varchar(255) NOT NULL DEFAULT '',
  slug varchar(80) NOT NULL,
  price decimal(8,2) DEFAULT NULL,
  licence enum('free','cc-by','commercial') NOT NULL DEFAULT 'free',
  is_public enum('Y','N') NOT NULL DEFAULT 'Y',
  num_icons int(10) unsigned NOT NULL DEFAULT '0',
  created datetime NOT NULL,
  updated datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  PRIMARY KEY (set_id)
) ENGINE=InnoDB DEFAULT CHARSET=latin1
"""

TITLE_ENTITIES = Ill("icon_sets.title", "HTML entities", 10, 3)
TITLE_UTF8 = Ill("icon_sets.title", "UTF-8 bytes in latin1", 20, 5)
TITLE_LATIN1 = Ill("icon_sets.title", "real latin1", 20, 15)
LICENCE_EMPTY = Ill("icon_sets.licence", "the enum's hidden empty value", 25, 8)
UPDATED_ZERO = Ill("icon_sets.updated", "zero date", 5, 2)
ICONS_DRIFT = Ill("icon_sets.num_icons", "drifted counter", 10, 4)

_ENTITIES = quoted(
    "Black &amp; White", "&quot;Handy&quot; set", "Icons &gt; Words", "Caf&eacute; &#9733;"
)
_UTF8 = quoted("Smørrebrød", "Ícones", "Größe M – klein")
_LATIN1 = tuple(map(latin1, ("Smørrebrød", "Größe M – klein", "Déjà vu")))
_LICENCES = quoted("free", "commercial", "cc-by")


def _rows(sizes: Sizes, seed: int) -> Iterator[bytes]:
    adjectives, nouns = rotated(ADJECTIVES, seed), rotated(NOUNS, seed)
    in_set = layout(seed).in_set
    for k in range(sizes.icon_sets):
        shelf, place = divmod(k, SETS)
        title = f"{adjectives[k % len(adjectives)]} {nouns[k * 3 % len(nouns)]}"
        free = k % 3 == 0
        yield b"(%d,%d,%s,%s,%s,%s,%s,%d,%s,%s)" % (
            k + 1,
            ident(shelf * USERS + place),
            _title(k, title),
            utf8(f"{title.lower().replace(' ', '-')}-{k + 1}"),
            b"NULL" if free else b"%d.%02d" % (5 + k % 90, k * 9 % 100),
            # Empty, not a member: what MySQL stored for a value it refused.
            b"''" if LICENCE_EMPTY.hits(k) else _LICENCES[k % 3],
            b"'N'" if k % 23 == 0 else b"'Y'",
            in_set.count(place) + (1 if k % 20 < 10 else -1) * ICONS_DRIFT.hits(k),
            wall_clock(k, sizes.icon_sets),
            b"'0000-00-00 00:00:00'" if UPDATED_ZERO.hits(k) else wall_clock(k, sizes.icon_sets),
        )


def _title(k: int, title: str) -> bytes:
    if TITLE_ENTITIES.hits(k):
        return _ENTITIES[k // 10 % len(_ENTITIES)]
    if TITLE_UTF8.hits(k):
        return _UTF8[k // 20 % len(_UTF8)]
    if TITLE_LATIN1.hits(k):
        return _LATIN1[k // 20 % len(_LATIN1)]
    return utf8(title)


TABLE = Table(
    name="icon_sets",
    create=_CREATE,
    keys=("UNIQUE KEY slug (slug)", "KEY user_id (user_id)"),
    ills=(
        TITLE_ENTITIES,
        TITLE_UTF8,
        TITLE_LATIN1,
        LICENCE_EMPTY,
        UPDATED_ZERO,
        ICONS_DRIFT,
    ),
    rows=_rows,
    ordinals=lambda sizes: sizes.icon_sets,
)
