"""tags: typed by users, so some differ only in case."""

from __future__ import annotations

from collections.abc import Iterator

from examples.iconfinder.legacy.ills import Ill
from examples.iconfinder.legacy.layout import tag_picker
from examples.iconfinder.legacy.literals import utf8
from examples.iconfinder.legacy.sizes import Sizes
from examples.iconfinder.legacy.table import Table
from examples.iconfinder.legacy.words import NOUNS, rotated

__all__ = ["TABLE", "tag_name"]

_CREATE = """
CREATE TABLE tags (
  tag_id int(10) unsigned NOT NULL AUTO_INCREMENT,
  tag varchar(60) NOT NULL,
  num_icons int(10) unsigned NOT NULL DEFAULT '0',
  PRIMARY KEY (tag_id)
) ENGINE=MyISAM DEFAULT CHARSET=latin1
"""

CASE_TWIN = Ill("tags.tag", "same as another but for case", 25, 24)
ICONS_DRIFT = Ill("tags.num_icons", "drifted counter", 6, 5)


def tag_name(ordinal: int, seed: int) -> str:
    """The name of the tag number `ordinal` (from 0)."""
    if CASE_TWIN.hits(ordinal):
        return tag_name(ordinal - 1, seed).capitalize()
    nouns = NOUNS if seed == 0 else rotated(NOUNS, seed)
    again, word = divmod(ordinal, len(nouns))
    return f"{nouns[word]}{again or ''}"


def _rows(sizes: Sizes, seed: int) -> Iterator[bytes]:
    for k, icons in enumerate(tag_picker(sizes, seed).icons_of()):
        yield b"(%d,%s,%d)" % (k + 1, utf8(tag_name(k, seed)), icons + 2 * ICONS_DRIFT.hits(k))


TABLE = Table(
    name="tags",
    create=_CREATE,
    keys=("KEY tag (tag)",),
    ills=(CASE_TWIN, ICONS_DRIFT),
    rows=_rows,
    ordinals=lambda sizes: sizes.tags,
)
