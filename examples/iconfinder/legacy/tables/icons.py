"""icons: what the shop sells."""

from __future__ import annotations

from collections.abc import Iterator

from examples.iconfinder.legacy.ills import Ill
from examples.iconfinder.legacy.layout import TagPicker, layout, tag_picker
from examples.iconfinder.legacy.literals import quote, quoted, utf8
from examples.iconfinder.legacy.moments import epoch, wall_clock
from examples.iconfinder.legacy.php import serialize
from examples.iconfinder.legacy.sizes import ICON_TAGS, ICONS, SETS, USERS, Sizes, gone, ident
from examples.iconfinder.legacy.table import Table
from examples.iconfinder.legacy.tables.tags import tag_name
from examples.iconfinder.legacy.words import ADJECTIVES, NOUNS, rotated

__all__ = ["AUTHOR_MISSING", "TABLE"]

_CREATE = """
CREATE TABLE icons (
  icon_id int(10) unsigned NOT NULL AUTO_INCREMENT,
  set_id int(10) unsigned NOT NULL DEFAULT '0',
  user_id int(10) unsigned NOT NULL,
  category_id int(10) unsigned NOT NULL DEFAULT '0',
  name varchar(255) NOT NULL,
  file varchar(120) NOT NULL,
  tags varchar(255) NOT NULL DEFAULT '',
  formats set('png','svg','ico','icns') NOT NULL DEFAULT 'png',
  width smallint(5) unsigned NOT NULL DEFAULT '128',
  filesize bigint(20) unsigned NOT NULL DEFAULT '0',
  phash bigint(20) unsigned NOT NULL DEFAULT '0',
  is_free tinyint(1) NOT NULL DEFAULT '0',
  rating float DEFAULT NULL,
  meta text,
  description text CHARACTER SET utf8mb4 NOT NULL,
  num_downloads int(10) unsigned NOT NULL DEFAULT '0',
  created int(10) unsigned NOT NULL,
  modified datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  PRIMARY KEY (icon_id)
) ENGINE=InnoDB DEFAULT CHARSET=latin1
"""

AUTHOR_MISSING = Ill("icons.user_id", "missing parent", 100, 19, limit=6)
CATEGORY_MISSING = Ill("icons.category_id", "missing parent", 50, 33)
NAME_PADDED = Ill("icons.name", "surrounded by spaces", 25, 2)
NAME_ENTITIES = Ill("icons.name", "HTML entities", 20, 8)
TAGS_UNTIDY = Ill("icons.tags", "untidy comma list", 10, 9)
PHASH_HUGE = Ill("icons.phash", "above the signed bigint", 8, 3)
DESCRIPTION_EMOJI = Ill("icons.description", "emoji", 20, 4)
DESCRIPTION_EMPTY = Ill("icons.description", "empty string means NULL", 10, 5)
MODIFIED_ZERO = Ill("icons.modified", "zero date", 10, 1)
DOWNLOADS_DRIFT = Ill("icons.num_downloads", "drifted counter", 40, 13)

_EMOJI = quoted("To the moon 🚀", "❤️ love it 👩‍👩‍👧", "🇩🇰 flag, and 𝒇ancy text")
_DESCRIPTIONS = quoted("A clean icon", "Drawn by hand", "Pixel perfect at 16px", "Part of a family")
_FORMATS = quoted("png", "png,svg", "png,svg,ico", "png,svg,ico,icns", "svg")
_RATINGS = (b"NULL", b"4.5", b"3.7", b"5", b"0.1")
_ENTITIES = ("Ying &amp; Yang", "&lt;br&gt;", "Don&#039;t")
_META = (
    b"NULL",
    *(
        quote(serialize(value))
        for value in (
            {"colours": ["#ff0000", "#00ff00"], "dpi": 72},
            {
                "colours": ["#336699"],
                "dpi": 144,
                "layers": {"front": 3, "back": {"n": 1, "on": False}},
            },
            {"exif": None, "ratio": 1.25},
        )
    ),
)
_GOLDEN = 0x9E3779B97F4A7C15


def _rows(sizes: Sizes, seed: int) -> Iterator[bytes]:
    adjectives, nouns = rotated(ADJECTIVES, seed), rotated(NOUNS, seed)
    places = layout(seed)
    picker = tag_picker(sizes, seed)
    downloads = [places.downloads_of_icon(p) for p in range(ICONS)]
    for k in range(sizes.icons):
        shelf, place = divmod(k, ICONS)
        icon_id = ident(k)
        in_set = places.in_set[place]
        author = ident(shelf * USERS + places.author[place])
        # The top bit is what tells the huge ones; the other bits are noise.
        phash = (k + seed) * _GOLDEN & 0x7FFFFFFFFFFFFFFF | PHASH_HUGE.hits(k) << 63
        counted = downloads[place] + (sizes.front_page_downloads if k == 0 else 0)
        yield b"(%d,%d,%d,%d,%s,%s,%s,%s,%d,%d,%d,%d,%s,%s,%s,%d,%d,%s)" % (
            icon_id,
            0 if in_set is None else shelf * SETS + in_set + 1,
            gone(k, sizes.users) if AUTHOR_MISSING.hits(k) else author,
            _category(k, sizes),
            _name(k, f"{adjectives[k % len(adjectives)]} {nouns[k * 7 % len(nouns)]}"),
            b"'%02x/%d.png'" % (icon_id & 255, icon_id),
            _comma_list(k, places.tag_rows[place], picker, seed),
            _FORMATS[k % 5],
            (16, 32, 48, 64, 128, 256, 512)[k % 7],
            1_000 + k * 7_919 % 3_000_000,
            phash,
            k % 3 == 0,
            _RATINGS[k % 5],
            _META[k % 4],
            _description(k),
            counted + 7 * DOWNLOADS_DRIFT.hits(k),
            epoch(k, sizes.icons),
            b"'0000-00-00 00:00:00'" if MODIFIED_ZERO.hits(k) else wall_clock(k, sizes.icons),
        )


def _category(k: int, sizes: Sizes) -> int:
    if CATEGORY_MISSING.hits(k):
        return 60_000
    return 0 if k % 11 == 0 else 1 + k % sizes.categories


def _name(k: int, name: str) -> bytes:
    if NAME_PADDED.hits(k):
        return utf8(f"  {name} ")
    if NAME_ENTITIES.hits(k):
        return utf8(_ENTITIES[k // 20 % len(_ENTITIES)])
    return utf8(name)


def _comma_list(k: int, rows: tuple[int, int], picker: TagPicker, seed: int) -> bytes:
    """The same tags as in icon_tags, as PHP kept them; untidy ones with what users typed."""
    first = k // ICONS * ICON_TAGS + rows[0]
    names = [tag_name(picker.tag(row), seed) for row in range(first, first + rows[1])]
    if TAGS_UNTIDY.hits(k):
        return utf8(" , ".join([*names, "New", ""]))
    return utf8(",".join(names))


def _description(k: int) -> bytes:
    if DESCRIPTION_EMOJI.hits(k):
        return _EMOJI[k // 20 % len(_EMOJI)]
    return b"''" if DESCRIPTION_EMPTY.hits(k) else _DESCRIPTIONS[k % len(_DESCRIPTIONS)]


TABLE = Table(
    name="icons",
    create=_CREATE,
    keys=(
        "KEY set_id (set_id)",
        "KEY user_id (user_id)",
        "KEY category_id (category_id)",
        "KEY name (name(40))",
    ),
    ills=(
        AUTHOR_MISSING,
        CATEGORY_MISSING,
        NAME_PADDED,
        NAME_ENTITIES,
        TAGS_UNTIDY,
        PHASH_HUGE,
        DESCRIPTION_EMOJI,
        DESCRIPTION_EMPTY,
        MODIFIED_ZERO,
        DOWNLOADS_DRIFT,
    ),
    rows=_rows,
    ordinals=lambda sizes: sizes.icons,
)
