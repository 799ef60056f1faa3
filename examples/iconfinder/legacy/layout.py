"""Which child belongs to which parent, within a shelf and across shelves.

The seed shuffles the places on a shelf; how many children each rank has never changes. The last
icon of a shelf is a shelf-warmer: in no set, without a tag, never bought, downloaded by nobody
who was logged in. Icons whose author is missing are always such ones, so that what happens to
them touches no other counter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

from examples.iconfinder.legacy.sizes import ICON_TAGS, ICONS, USERS, Sizes

__all__ = ["REPLIES", "WARMER", "Layout", "TagPicker", "layout", "tag_picker"]

WARMER = ICONS - 1
REPLIES = {5: 4, 9: 8, 14: 13}
"""Comments of a shelf that answer the comment before them."""

_AUTHORS = (7, 5, 3, 2, 1, 1, 0, 0, 0)
_TAGS = (4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0)
_DOWNLOADS = (60, 40, 28, 20, 16, 12, 10, 9, 8, 7, 6, 5, 5, 4, 3, 3, 2, 1, 1)
_WARMER_DOWNLOADS = 3
_FAVOURITES = (4, 3, 3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1)
_PURCHASES = (5, 3, 2, 1, 1, 1, 1)
_OFFSETS = 25

_POPULAR_TAGS = 40
_TAG_CYCLE = 1_000


@dataclass(frozen=True, kw_only=True)
class Layout:
    """For each child's place on a shelf, the place of its parent."""

    author: tuple[int, ...]
    """icon -> user"""
    in_set: tuple[int | None, ...]
    """icon -> set, or None"""
    tagged: tuple[int, ...]
    """icon_tags row -> icon; rows of one icon stand together"""
    tag_rows: tuple[tuple[int, int], ...]
    """icon -> first row and number of rows of `tagged`"""
    downloaded: tuple[int, ...]
    """download -> icon"""
    downloader: tuple[tuple[int, int] | None, ...]
    """download -> (user, how many shelves further on), or None for an anonymous one"""
    deleted_downloader: int
    """The download whose user is missing on every fourth shelf."""
    favoured: tuple[int, ...]
    commented: tuple[int, ...]
    bought: tuple[int, ...]

    def downloads_of_icon(self, place: int) -> int:
        return self.downloaded.count(place)

    def downloads_by_user(self, place: int) -> int:
        return sum(1 for d in self.downloader if d and d[0] == place)


def _places(random: Random, weights: tuple[int, ...]) -> list[int]:
    """Deal ranks out to places 0 … 18, then name each place as often as its rank weighs."""
    places = random.sample(range(WARMER), len(weights))
    return [p for p, weight in zip(places, weights, strict=True) for _ in range(weight)]


@cache
def layout(seed: int) -> Layout:
    """The layout of a seed: the same on every machine."""
    random = Random(seed)
    authors = [u for u, weight in enumerate(_AUTHORS) for _ in range(weight)]
    random.shuffle(authors)
    sets: list[int | None] = [0] * 10 + [1] * 7 + [None, None]
    random.shuffle(sets)
    tags = list(_TAGS)
    random.shuffle(tags)
    starts = [sum(tags[:place]) for place in range(WARMER)]
    downloaded = _places(random, _DOWNLOADS) + [WARMER] * _WARMER_DOWNLOADS
    random.shuffle(downloaded)
    downloader = tuple(
        None
        if place == WARMER or random.random() < 0.5
        else (random.randrange(USERS), random.randrange(_OFFSETS))
        for place in downloaded
    )
    anonymous = [t for t, who in enumerate(downloader) if who is None and downloaded[t] != WARMER]
    commented = random.sample(range(WARMER), 15)
    for reply, parent in REPLIES.items():
        commented[reply] = commented[parent]
    return Layout(
        author=(*authors, USERS - 1),
        in_set=(*sets, None),
        tagged=tuple(p for p, weight in enumerate(tags) for _ in range(weight)),
        tag_rows=(*zip(starts, tags, strict=True), (ICON_TAGS, 0)),
        downloaded=tuple(downloaded),
        downloader=downloader,
        deleted_downloader=anonymous[0],
        favoured=(*_places(random, _FAVOURITES), WARMER),
        commented=(*commented, WARMER),
        bought=tuple(_places(random, _PURCHASES)),
    )


class TagPicker:
    """Which tag stands in the n-th regular row of icon_tags: some forty are popular."""

    def __init__(self, sizes: Sizes, seed: int) -> None:
        random = Random(seed + 1)
        weights = [_POPULAR_TAGS - rank for rank in range(_POPULAR_TAGS)]
        cycle: list[int | None] = []
        while len(cycle) < _TAG_CYCLE:
            tag = random.choices(range(_POPULAR_TAGS), weights)[0]
            # Never twice within four rows, so never twice on one icon; the end meets the start.
            near = cycle[-3:] + (cycle[:3] if len(cycle) >= _TAG_CYCLE - 3 else [])
            if random.random() < 0.25:
                cycle.append(None)
            elif tag not in near:
                cycle.append(tag)
        self._cycle = cycle
        self._rare_before = [cycle[:n].count(None) for n in range(_TAG_CYCLE + 1)]
        self._rows = ICON_TAGS * sizes.shelves
        self._rare_tags = sizes.tags - _POPULAR_TAGS

    def tag(self, row: int) -> int:
        """Ordinal of the tag in the regular row `row`."""
        turn, place = divmod(row, _TAG_CYCLE)
        tag = self._cycle[place]
        return tag if tag is not None else _POPULAR_TAGS + self._rare(turn, place) % self._rare_tags

    def icons_of(self) -> list[int]:
        """For each tag, how many icons have it."""
        turns, places = divmod(self._rows, _TAG_CYCLE)
        first = self._cycle[:places]
        popular = [self._cycle.count(t) * turns + first.count(t) for t in range(_POPULAR_TAGS)]
        each, more = divmod(self._rare(turns, places), self._rare_tags)
        return popular + [each + (n < more) for n in range(self._rare_tags)]

    def _rare(self, turns: int, places: int) -> int:
        return turns * self._rare_before[-1] + self._rare_before[places]


@cache
def tag_picker(sizes: Sizes, seed: int) -> TagPicker:
    return TagPicker(sizes, seed)
