"""settings: a text key and a serialised value, edited by hand more than once."""

from __future__ import annotations

from collections.abc import Iterator

from examples.iconfinder.legacy.ills import Ill
from examples.iconfinder.legacy.literals import quote, utf8
from examples.iconfinder.legacy.php import PhpObject, serialize
from examples.iconfinder.legacy.sizes import Sizes
from examples.iconfinder.legacy.table import Table
from examples.iconfinder.legacy.words import NOUNS

__all__ = ["TABLE"]

_CREATE = """
CREATE TABLE settings (
  name varchar(64) NOT NULL,
  value text NOT NULL,
  PRIMARY KEY (name)
) ENGINE=MyISAM DEFAULT CHARSET=latin1
"""

VALUE_WRONG = Ill("settings.value", "serialised with a wrong length", 12, 7, limit=3)
VALUE_OBJECT = Ill("settings.value", "serialised object", 20, 13)
VALUE_EMPTY = Ill("settings.value", "empty string means NULL", 20, 3)

_VALUES = (
    True,
    42,
    "pixel",
    {"host": "localhost", "ports": [25, 587], "tls": {"on": False, "ca": None}},
    2.5,
    ["png", "svg"],
)


def _rows(sizes: Sizes, seed: int) -> Iterator[bytes]:
    for k in range(sizes.settings):
        yield b"(%s,%s)" % (utf8(f"{NOUNS[k]}.{k:02d}"), _value(k))


def _value(k: int) -> bytes:
    if VALUE_WRONG.hits(k):
        return quote(b's:10:"edited";')
    if VALUE_OBJECT.hits(k):
        return quote(serialize(PhpObject("stdClass", {"width": 16, "name": "small"})))
    return b"''" if VALUE_EMPTY.hits(k) else quote(serialize(_VALUES[k % len(_VALUES)]))


TABLE = Table(
    name="settings",
    create=_CREATE,
    ills=(VALUE_WRONG, VALUE_OBJECT, VALUE_EMPTY),
    rows=_rows,
    ordinals=lambda sizes: sizes.settings,
)
