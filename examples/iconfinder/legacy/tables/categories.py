"""categories: a tree, with 0 for "no parent" and the order of ids not that of the tree."""

from __future__ import annotations

from collections.abc import Iterator

from examples.iconfinder.legacy.ills import Ill
from examples.iconfinder.legacy.literals import utf8
from examples.iconfinder.legacy.sizes import Sizes
from examples.iconfinder.legacy.table import Table
from examples.iconfinder.legacy.words import ADJECTIVES, rotated

__all__ = ["TABLE"]

_CREATE = """
CREATE TABLE categories (
  id int(10) unsigned NOT NULL AUTO_INCREMENT,
  parent_id int(10) unsigned NOT NULL DEFAULT '0',
  name varchar(80) NOT NULL,
  position smallint(6) NOT NULL DEFAULT '0',
  PRIMARY KEY (id)
) ENGINE=MyISAM DEFAULT CHARSET=latin1
"""

_ROOTS = 8
PARENT_AFTER = Ill("categories.parent_id", "parent comes after its child", 1_000, 9, limit=1)
PARENT_MISSING = Ill("categories.parent_id", "missing parent", 1_000, 15, limit=1)
NAME_ENTITIES = Ill("categories.name", "HTML entities", 6, 2)


def _rows(sizes: Sizes, seed: int) -> Iterator[bytes]:
    adjectives = rotated(ADJECTIVES, seed)
    for k in range(sizes.categories):
        name = f"{adjectives[k % len(adjectives)]} {k + 1}"
        if NAME_ENTITIES.hits(k):
            name = f"Bars &amp; Buttons {k + 1}"
        yield b"(%d,%d,%s,%d)" % (k + 1, _parent(k), utf8(name), k % 5 - 1)


def _parent(k: int) -> int:
    if PARENT_AFTER.hits(k):
        return 21
    if PARENT_MISSING.hits(k):
        return 50_000
    return 0 if k < _ROOTS else (k - _ROOTS) // 3 + 1


TABLE = Table(
    name="categories",
    create=_CREATE,
    keys=("KEY parent_id (parent_id)",),
    ills=(PARENT_AFTER, PARENT_MISSING, NAME_ENTITIES),
    rows=_rows,
    ordinals=lambda sizes: sizes.categories,
)
