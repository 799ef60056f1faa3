"""comments: MyISAM, threaded by parent_id, full of what visitors typed over nine years."""

from __future__ import annotations

from collections.abc import Iterator

from examples.iconfinder.legacy.ills import Ill
from examples.iconfinder.legacy.layout import REPLIES, layout
from examples.iconfinder.legacy.literals import latin1, quote, quoted
from examples.iconfinder.legacy.moments import wall_clock
from examples.iconfinder.legacy.sizes import COMMENTS, ICONS, USERS, Sizes, gone, ident
from examples.iconfinder.legacy.table import Table, interleave

__all__ = ["TABLE"]

_CREATE = """
CREATE TABLE comments (
  comment_id int(10) unsigned NOT NULL AUTO_INCREMENT,
  icon_id int(10) unsigned NOT NULL,
  user_id int(10) unsigned NOT NULL DEFAULT '0',
  parent_id int(10) unsigned NOT NULL DEFAULT '0',
  title varchar(200) NOT NULL DEFAULT '',
  body text NOT NULL,
  ip int(10) unsigned NOT NULL DEFAULT '0',
  approved enum('Y','N') NOT NULL DEFAULT 'N',
  karma smallint(6) NOT NULL DEFAULT '0',
  created datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  PRIMARY KEY (comment_id)
) ENGINE=MyISAM DEFAULT CHARSET=latin1
"""

TITLE_LONG = Ill("comments.title", "longer than the model allows", 48, 2, limit=7)
BODY_UTF8 = Ill("comments.body", "UTF-8 bytes in latin1", 48, 3)
BODY_LATIN1 = Ill("comments.body", "real latin1", 48, 17)
BODY_CONTROLS = Ill("comments.body", "tab, newline, backslash", 24, 6)
BODY_ENTITIES = Ill("comments.body", "HTML entities", 24, 10)
BODY_NUL = Ill("comments.body", "NUL byte", 48, 20, limit=5)
"""Always a comment that has an answer."""
CREATED_ZERO = Ill("comments.created", "zero date", 24, 7)
PARENT_MISSING = Ill("comments.parent_id", "missing parent", 48, 33)
USER_MISSING = Ill("comments.user_id", "missing parent", 48, 44)

_LONG = quote(b"This icon is exactly what I was looking for, " * 3)
_UTF8 = quoted(
    "Rød grød med fløde ÅÆØ", "Très bien, c'était “génial”", "Спасибо! 谢谢", "naïve café"
)
_LATIN1 = tuple(map(latin1, ("Rød grød med fløde ÅÆØ", "Très bien – “génial”", "5 € für Größe")))
_CONTROLS = quoted("first line\nsecond\tline", "path C:\\new\\table", "ends with \\", "\\N\n\\.\n")
_ENTITIES = quoted(
    "I &lt;3 it", "Rock &amp; roll", "&quot;nice&quot; &hellip;", "A&nbsp;B &#x2764;"
)
_NUL = quote(b"cut here\0and the rest")
_BODIES = quoted("Great!", "Thanks for sharing", "Could you make it in blue?", "It's too small")
_TITLES = quoted("Re:", "", "Nice icon", "Question", "Thanks")


def _rows(sizes: Sizes, seed: int) -> Iterator[bytes]:
    commented = layout(seed).commented
    last_regular = 0
    for row, n, stray in interleave(COMMENTS * sizes.shelves, sizes.stray_comments):
        comment_id, shelf, place = row + 1, n // COMMENTS, n % COMMENTS
        if stray:
            icon, user, parent, body, title = gone(n, sizes.icons), 0, 0, b"'gone?'", b"''"
        else:
            icon = ident(shelf * ICONS + commented[place])
            user = _user(n, sizes)
            parent = last_regular if place in REPLIES else 0
            if PARENT_MISSING.hits(n):
                parent = 4_000_000_000 + n % 1_000_000
            body = _body(n)
            title = _LONG if TITLE_LONG.hits(n) else _TITLES[n % 5]
            last_regular = comment_id
        zero = not stray and CREATED_ZERO.hits(n)
        yield b"(%d,%d,%d,%d,%s,%s,%d,%s,%d,%s)" % (
            comment_id,
            icon,
            user,
            parent,
            title,
            body,
            comment_id * 2_654_435_761 & 0xFFFFFFFF,
            b"'N'" if n % 9 == 0 else b"'Y'",
            n % 23 - 11,
            b"'0000-00-00 00:00:00'" if zero else wall_clock(row, sizes.comments),
        )


def _user(n: int, sizes: Sizes) -> int:
    if USER_MISSING.hits(n):
        return gone(n, sizes.users)
    return 0 if n % 3 == 0 else ident(n * 31 % (sizes.shelves * USERS))


def _body(n: int) -> bytes:
    if BODY_UTF8.hits(n):
        return _UTF8[n // 48 % len(_UTF8)]
    if BODY_LATIN1.hits(n):
        return _LATIN1[n // 48 % len(_LATIN1)]
    if BODY_CONTROLS.hits(n):
        return _CONTROLS[n // 24 % len(_CONTROLS)]
    if BODY_ENTITIES.hits(n):
        return _ENTITIES[n // 24 % len(_ENTITIES)]
    return _NUL if BODY_NUL.hits(n) else _BODIES[n % 4]


def _counts(sizes: Sizes, seed: int) -> dict[str, int]:
    return {"comments.icon_id: missing parent": sizes.stray_comments}


TABLE = Table(
    name="comments",
    create=_CREATE,
    keys=("KEY icon_id (icon_id)", "KEY user_id (user_id)", "KEY parent_id (parent_id)"),
    ills=(
        TITLE_LONG,
        BODY_UTF8,
        BODY_LATIN1,
        BODY_CONTROLS,
        BODY_ENTITIES,
        BODY_NUL,
        CREATED_ZERO,
        PARENT_MISSING,
        USER_MISSING,
    ),
    rows=_rows,
    counts=_counts,
    ordinals=lambda sizes: COMMENTS * sizes.shelves,
)
