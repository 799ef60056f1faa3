"""users: every generation of the site left its habits in this table."""

from __future__ import annotations

from collections.abc import Iterator

from examples.iconfinder.legacy import passwords
from examples.iconfinder.legacy.ills import Ill
from examples.iconfinder.legacy.layout import WARMER, layout
from examples.iconfinder.legacy.literals import NULL, latin1, quote, quoted, utf8
from examples.iconfinder.legacy.moments import epoch, wall_clock
from examples.iconfinder.legacy.php import serialize
from examples.iconfinder.legacy.sizes import ICONS, USERS, Sizes, ident
from examples.iconfinder.legacy.table import Table
from examples.iconfinder.legacy.tables.icons import AUTHOR_MISSING
from examples.iconfinder.legacy.words import FIRST, LAST, rotated

__all__ = ["TABLE"]

_CREATE = """
CREATE TABLE users (
  user_id int(10) unsigned NOT NULL AUTO_INCREMENT,
  username varchar(40) NOT NULL,
  email varchar(100) NOT NULL DEFAULT '',
  passwd varchar(60) NOT NULL,
  real_name varchar(100) NOT NULL DEFAULT '',
  country char(2) NOT NULL DEFAULT '',
  bio text,
  homepage varchar(255) NOT NULL DEFAULT '',
  birthday date NOT NULL DEFAULT '0000-00-00',
  is_admin enum('Y','N') NOT NULL DEFAULT 'N',
  active tinyint(1) NOT NULL DEFAULT '1',
  level tinyint(1) NOT NULL DEFAULT '0',
  mailings set('news','offers','weekly','partners') NOT NULL DEFAULT '',
  prefs text NOT NULL,
  balance decimal(10,2) NOT NULL DEFAULT '0.00',
  num_icons int(10) unsigned NOT NULL DEFAULT '0',
  num_downloads int(10) unsigned NOT NULL DEFAULT '0',
  created int(10) unsigned NOT NULL,
  last_login datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  updated timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=latin1
"""

NAME_UTF8 = Ill("users.real_name", "UTF-8 bytes in latin1", 20, 3)
NAME_LATIN1 = Ill("users.real_name", "real latin1", 20, 8)
BIO_ENTITIES = Ill("users.bio", "HTML entities", 20, 1)
BIO_CONTROLS = Ill("users.bio", "tab, newline, backslash", 20, 6)
EMAIL_EMPTY = Ill("users.email", "empty string means NULL", 50, 40)
HOMEPAGE_EMPTY = Ill("users.homepage", "empty string means NULL", 4, 2)
BIRTHDAY_ZERO = Ill("users.birthday", "zero date", 20, 5)
BIRTHDAY_PARTIAL = Ill("users.birthday", "partial date", 50, 9)
LOGIN_ZERO = Ill("users.last_login", "zero date", 10, 7)
LEVEL_TWO = Ill("users.level", "2 in a tinyint(1)", 50, 17)
LEVEL_SEVEN = Ill("users.level", "7 in a tinyint(1)", 50, 31, limit=4)
PREFS_EMPTY = Ill("users.prefs", "empty string means NULL", 10, 4)
PREFS_UTF8 = Ill("users.prefs", "UTF-8 bytes in latin1", 5, 3)
"""PHP counted their bytes, which is what the lengths in the serialised text say."""
ICONS_DRIFT = Ill("users.num_icons", "drifted counter", 25, 6)
DOWNLOADS_DRIFT = Ill("users.num_downloads", "drifted counter", 20, 11)

_UTF8_NAMES = quoted("Søren Kjærgård", "Ángel Íñiguez", "Zoë Müller", "Łukasz Żak", "山田 太郎")
_LATIN1_NAMES = (
    latin1("Søren Kjærgård"),
    latin1("Jörg “Icon” Größe"),
    latin1("François Lefèvre"),
    latin1("Åse €uro"),
)
_COUNTRIES = quoted("DK", "US", "DE", "GB", "FR", "SE", "")
_MAILINGS = quoted("news", "", "news,weekly", "offers,partners", "news,offers,weekly,partners", "")
_ENTITIES = quoted(
    "I draw &amp; code",
    "&quot;Less&quot; is more",
    "Icons &lt;16px",
    "S&oslash;ren&#39;s bio &euro;5",
)
_CONTROLS = quoted("C:\\icons\\new\nand\ttabs", "line one\r\nline two \\N", "back\\slash\\")
_BIOS = (NULL, *quoted("Designer.", "I make icons for a living", "Student", "It's me"))
_PREFS = tuple(
    quote(serialize(value))
    for value in (
        {"theme": "dark", "per_page": 24, "mail": True},
        {
            "theme": "light",
            "per_page": 48,
            "grid": {"cols": 6, "gap": 1.5, "show": ["name", "tags"]},
        },
        ["legacy", 3, None, {"a": {"b": {"c": "deep"}}}],
        {"theme": "Blåbær", "city": "Århus", "recent": [17, 4, 99]},
        {},
    )
)


def _rows(sizes: Sizes, seed: int) -> Iterator[bytes]:
    first, last = rotated(FIRST, seed), rotated(LAST, seed)
    by_place = _true_counts(seed)
    for k in range(sizes.users):
        user_id = ident(k)
        given, family = first[k % len(first)], last[k * 5 % len(last)]
        icons, downloads = by_place[k % USERS]
        icons -= k % USERS == USERS - 1 and AUTHOR_MISSING.hits(k // USERS * ICONS + WARMER)
        icons += 3 * ICONS_DRIFT.hits(k)
        downloads += (5 if k % 40 < 20 else -1) * DOWNLOADS_DRIFT.hits(k)
        yield (
            b"(%d,%s,%s,%s,%s,%s,%s,%s,%s,%s,%d,%d,%s,%s,%d.%02d,%d,%d,%d,%s,FROM_UNIXTIME(%d))"
            % (
                user_id,
                utf8(f"{given.lower()}{user_id}"),
                b"''" if EMAIL_EMPTY.hits(k) else utf8(f"{given}.{user_id}@example.com"),
                passwords.stored(k),
                _name(k, given, family),
                _COUNTRIES[k % 7],
                _bio(k),
                b"''" if HOMEPAGE_EMPTY.hits(k) else b"'http://example.com/~%d'" % user_id,
                _birthday(k),
                b"'Y'" if k % 250 == 0 else b"'N'",
                k % 17 != 5,
                _level(k),
                _MAILINGS[k % 6],
                b"''" if PREFS_EMPTY.hits(k) else _PREFS[k % 5],
                k * 13 % 500,
                k * 7 % 100,
                icons,
                downloads,
                epoch(k, sizes.users),
                b"'0000-00-00 00:00:00'" if LOGIN_ZERO.hits(k) else wall_clock(k, sizes.users),
                epoch(k, sizes.users) + 86_400,
            )
        )


def _true_counts(seed: int) -> list[tuple[int, int]]:
    places = layout(seed)
    return [(places.author.count(p), places.downloads_by_user(p)) for p in range(USERS)]


def _name(k: int, given: str, family: str) -> bytes:
    if NAME_UTF8.hits(k):
        return _UTF8_NAMES[k // 20 % len(_UTF8_NAMES)]
    if NAME_LATIN1.hits(k):
        return _LATIN1_NAMES[k // 20 % len(_LATIN1_NAMES)]
    return utf8(f"{given} {family}")


def _bio(k: int) -> bytes:
    if BIO_ENTITIES.hits(k):
        return _ENTITIES[k // 20 % len(_ENTITIES)]
    if BIO_CONTROLS.hits(k):
        return _CONTROLS[k // 20 % len(_CONTROLS)]
    return _BIOS[k % len(_BIOS)]


def _birthday(k: int) -> bytes:
    if BIRTHDAY_ZERO.hits(k):
        return b"'0000-00-00'"
    if BIRTHDAY_PARTIAL.hits(k):
        return b"'2009-00-00'" if k % 100 < 50 else b"'1983-06-00'"
    return b"'%d-%02d-%02d'" % (1950 + k % 45, 1 + k % 12, 1 + k % 28)


def _level(k: int) -> int:
    if LEVEL_SEVEN.hits(k):
        return 7
    return 2 if LEVEL_TWO.hits(k) else k % 2


def _counts(sizes: Sizes, seed: int) -> dict[str, int]:
    each = [passwords.generation(k) for k in range(10)]
    whole, rest = divmod(sizes.users, 10)
    return {
        f"users.passwd: {name}": each.count(g) * whole + each[:rest].count(g)
        for g, name in enumerate(passwords.GENERATIONS)
    }


TABLE = Table(
    name="users",
    create=_CREATE,
    keys=("UNIQUE KEY username (username)", "KEY email (email)", "KEY updated (updated)"),
    ills=(
        NAME_UTF8,
        NAME_LATIN1,
        BIO_ENTITIES,
        BIO_CONTROLS,
        EMAIL_EMPTY,
        HOMEPAGE_EMPTY,
        BIRTHDAY_ZERO,
        BIRTHDAY_PARTIAL,
        LOGIN_ZERO,
        LEVEL_TWO,
        LEVEL_SEVEN,
        PREFS_EMPTY,
        PREFS_UTF8,
        ICONS_DRIFT,
        DOWNLOADS_DRIFT,
    ),
    rows=_rows,
    counts=_counts,
    ordinals=lambda sizes: sizes.users,
)
