"""How small PostgreSQL packs a value: the size that its own compression gives, and nothing else.

The format: a control byte before every eight items, each of which is a literal byte or a reference
of two bytes, or of three where more than 17 bytes are alike. A reference reaches 4,094 bytes back.
Which of several earlier places is referred to decides the size, so the search is PostgreSQL's, step
by step: places are listed by a hash of their next four bytes, latest first, and with every place
that is looked at a shorter match is good enough.
"""

from __future__ import annotations

from collections import defaultdict

__all__ = ["packed_size"]

_LEAST = 32
"""Bytes below which nothing is packed."""
_SAVED = 25
"""Per cent that must be saved."""
_FIRST_MATCH_BY = 1024
_REACH = 0x0FFF
_LONGEST = 273
_SHORT = 17
"""Bytes that a reference of two bytes stands for at most."""
_GOOD = 128
"""A match of so many bytes ends the search."""
_STEP = 16


def packed_size(value: bytes, most: int, *, signed: bool = True) -> int | None:
    """Bytes of the packed value without its header; None if it stays as it is, or exceeds `most`.

    `signed`: how the machine's C takes bytes over 127, as it does on x86; seldom it matters.
    """
    length = len(value)
    if length < _LEAST:
        return None
    limit = min(length * (100 - _SAVED) // 100, most + 1)
    hashes = _Hashes(value, signed)
    places: defaultdict[int, list[int]] = defaultdict(list)
    at = size = items = 0
    found = False
    while at < length:
        if size >= limit or (not found and size >= _FIRST_MATCH_BY):
            return None
        size += items % 8 == 0
        items += 1
        alike = _match(value, at, places[hashes.of(at)])
        if alike > 2:
            size += 3 if alike > _SHORT else 2
            found = True
        else:
            size += 1
            alike = 1
        for place in range(at, at + alike):
            places[hashes.of(place)].append(place)
        at += alike
    return size if size < limit else None


class _Hashes:
    """In which list a place is."""

    def __init__(self, value: bytes, signed: bool) -> None:
        self._value, self._signed = value, signed
        length = len(value)
        self._mask = next((n for n in (512, 1024, 2048, 4096) if length < n // 4), 8192) - 1

    def of(self, at: int) -> int:
        four = self._value[at : at + 4]
        if self._signed:
            four_numbers = [byte - 256 if byte > 127 else byte for byte in four]
        else:
            four_numbers = list(four)
        if len(four_numbers) < 4:
            return four_numbers[0] & self._mask
        a, b, c, d = four_numbers
        return ((a << 6) ^ (b << 4) ^ (c << 2) ^ d) & self._mask


def _match(value: bytes, at: int, places: list[int]) -> int:
    """How many bytes from `at` on are those of an earlier place, the first that is good enough."""
    best, good = 0, _GOOD
    for n in range(len(places) - 1, -1, -1):
        place = places[n]
        if at - place >= _REACH:
            break
        if best < _STEP or value[at : at + best] == value[place : place + best]:
            best = max(best, _alike(value, at, place))
        if n:
            if best >= good:
                break
            good -= good * 10 // 100
    return best


def _alike(value: bytes, at: int, place: int) -> int:
    """How many bytes are the same, up to the longest that a reference can stand for."""
    most = min(_LONGEST, len(value) - at)
    found = 0
    while found < most:
        step = min(_STEP, most - found)
        one, other = (
            value[at + found : at + found + step],
            value[place + found : place + found + step],
        )
        if one == other:
            found += step
            continue
        return found + next(n for n in range(step) if one[n] != other[n])
    return found
