"""What tables are called without the prefixes of their application, as words.

A prefix is what at least half of the tables begin with (`shop_`), or what the tables of a second
installation begin with (`shop_2_`, `old_`): most of them have a namesake in the first.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from migrate.draft.reading.words import singular, words

__all__ = ["Names"]

_FEWEST = 3
"""Tables that make a prefix."""
_NAMESAKES = 0.6
_TABLE_WORDS = frozenset({"tbl", "tb"})


class Names:
    """The names of a database's tables, and who is called what."""

    def __init__(self, names: Sequence[str]) -> None:
        self._prefixes = _prefixes(names)
        self._words = {name: self._cut(name) for name in names}
        self._called: dict[str, list[str]] = defaultdict(list)
        for name, its in self._words.items():
            self._called["".join(its)].append(name)

    def prefix(self, name: str) -> str:
        """The prefix of the table's installation, or ''."""
        return next((p for p in self._prefixes if name.startswith(p) and name != p), "")

    def words(self, name: str) -> tuple[str, ...]:
        """Words of the name without prefix, the last in the singular: `shop_2_items` is item."""
        return self._words[name]

    def _cut(self, name: str) -> tuple[str, ...]:
        found = words(name[len(self.prefix(name)) :]) or (name.lower(),)
        if len(found) > 1 and found[0] in _TABLE_WORDS:
            found = found[1:]
        return (*found[:-1], singular(found[-1]))

    def called(self, together: str) -> Sequence[str]:
        """Tables whose words, run together, are these: `shelfitem` for `shelf_items`."""
        return self._called.get(together, ())

    def near(self, name: str, others: Sequence[str]) -> list[str]:
        """Those of the same installation as `name`; when there is none, of the first one."""
        for prefix in (self.prefix(name), *self._prefixes[-1:], ""):
            if same := [other for other in others if self.prefix(other) == prefix]:
                return same
        return list(others)


def _prefixes(names: Sequence[str]) -> list[str]:
    """Longest first, the first installation's last."""
    begun: dict[str, list[str]] = defaultdict(list)
    for name in names:
        for at in re.finditer("_", name):
            if 0 < at.start() < len(name) - 1:
                begun[name[: at.end()]].append(name)
    # `customer_` of `customer_address` is a word and no prefix where `customer` is a table.
    folded = {name.lower() for name in names}
    begun = {
        prefix: some
        for prefix, some in begun.items()
        if len(some) >= _FEWEST and not {prefix[:-1].lower(), f"{prefix[:-1].lower()}s"} & folded
    }
    most = [prefix for prefix, some in begun.items() if 2 * len(some) >= len(names)]
    main = max(most, key=len, default="")
    stems = {name[len(main) :] for name in names if name.startswith(main)}
    again = [
        prefix
        for prefix, some in begun.items()
        if prefix != main and _share(some, prefix, stems) >= _NAMESAKES
    ]
    return [*sorted(again, key=len, reverse=True), main]


def _share(names: Sequence[str], prefix: str, stems: set[str]) -> float:
    return sum(name[len(prefix) :] in stems for name in names) / len(names)
