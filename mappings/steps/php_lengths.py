"""Lengths that a charset conversion made wrong: `s:4:"café"` in UTF-8 has five bytes.

A conversion changes strings and never the numbers in front of them. Where each string ends is then
found by trying: at a quote, after as many characters as the announced bytes may have become, and
so that all the rest reads as well. Only when there is one such reading is it taken for what PHP
wrote. ASCII is the same in every charset, so lengths of ASCII strings are still right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mappings.errors import Reject

__all__ = ["with_right_lengths"]

_SIMPLE = re.compile(r"N;|b:[01];|i:[+-]?[0-9]{1,19};|d:[^;\"]{1,400};|[rR]:[0-9]{1,18};")
_ARRAY = re.compile(r"a:([0-9]{1,9}):\{")
_OBJECT = re.compile(r'O:[0-9]{1,9}:("[^"\s]{1,255}"):([0-9]{1,9}):\{')
_STRING = re.compile(r'[sE]:([0-9]{1,9}):"')
_WIDEST = 4
"""Bytes of a character, in any charset that PHP was run with."""
_BRANCHES = 2_000
"""Second and further places where a string may end, before a text is given up."""

_Frames = tuple[int, "_Frames"] | None
"""How many keys and values are still to come, for each array around a place."""
_Edits = tuple[int, int, int, int, "_Edits"] | None
"""Where a number stands, up to where, and likewise the string it counts; then those before it."""


def with_right_lengths(text: str) -> str:
    """The same with the lengths of its strings in UTF-8, if there is one way to read it.

    Raises `Reject`: `bad_serialize` when there is none, `ambiguous_lengths` when there are more.
    """
    readings: list[_Edits] = []
    branches, left = 0, _BRANCHES + 2 * text.count(";")
    # Each: a place, what is to come there, and the numbers changed before it.
    open_: list[tuple[int, _Frames, _Edits]] = [(0, (1, None), None)]
    while open_:
        at, frames, edits = open_.pop()
        while frames is not None and frames[0] == 0 and frames[1] is not None:
            if text[at : at + 1] != "}":
                break
            at, frames = at + 1, frames[1]
        else:
            if frames == (0, None):
                if at == len(text):
                    readings.append(edits)
                    if len(readings) > 1:
                        raise Reject("ambiguous_lengths", "its strings can end in several ways")
                continue
            left -= 1
            for number, follows in enumerate(_next(text, at, frames, edits)):
                branches += number > 0
                if branches > _BRANCHES or not left:
                    raise Reject("bad_serialize", "lengths that fit nothing, as far as was tried")
                open_.append(follows)
    if not readings:
        raise Reject("bad_serialize", "lengths that fit no charset")
    return _edited(text, readings[0])


def _next(
    text: str, at: int, frames: _Frames, edits: _Edits
) -> Iterator[tuple[int, _Frames, _Edits]]:
    """What may stand at this place, each with the place after it."""
    assert frames is not None
    left, outer = frames
    rest: _Frames = (left - 1, outer)
    is_key = left % 2 == 0
    if match := _STRING.match(text, at):
        for end in _ends(text, match.end(), int(match[1])):
            yield end + 2, rest, (*match.span(1), match.end(), end, edits)
    elif match := _SIMPLE.match(text, at):
        if not is_key or text[at] == "i":
            yield match.end(), rest, edits
    elif is_key:
        return
    elif match := _ARRAY.match(text, at):
        yield match.end(), (2 * int(match[1]), rest), edits
    elif match := _OBJECT.match(text, at):
        # A class name is between the only two quotes, so its length is no question.
        start, end = match.span(1)
        edit = (at + 2, start - 1, start + 1, end - 1, edits)
        yield match.end(), (2 * int(match[2]), rest), edit


def _ends(text: str, start: int, length: int) -> Iterator[int]:
    """Where a string of so many bytes, in whatever charset, may end."""
    ascii_, wide, at = 0, 0, start
    while ascii_ <= length:
        end = text.find('";', at)
        if end < 0:
            return
        plain = len(text[at:end].encode("ascii", "ignore"))
        ascii_ += plain
        wide += end - at - plain
        # Twice encoded, many characters stand for the bytes of one.
        if ascii_ + (wide > 0) <= length <= ascii_ + _WIDEST * wide:
            yield end
        at, ascii_ = end + 1, ascii_ + 1


def _edited(text: str, edits: _Edits) -> str:
    parts, end = [], len(text)
    while edits is not None:
        start, after, opened, closed, edits = edits
        parts += [text[after:end], str(len(text[opened:closed].encode()))]
        end = start
    return "".join([text[:end], *reversed(parts)])
