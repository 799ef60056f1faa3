"""What serialize() mostly wrote, fast: arrays of plain values, by one regular expression.

The parser of php_serialize is the meaning. What is read here is what it reads to the same value;
everything else is left to it: objects, references, strings with a quote in them, what JSON has
no word for, any damage.
"""

from __future__ import annotations

import re
from typing import Any

from mappings.steps.php_forms import RESERVED

__all__ = ["plain_array"]

_LONGEST = 65_536
"""Characters: the tokens of a text take many times its room."""
_DEEPEST = 100

_HEAD = re.compile(r"a:([0-9]{1,18}):\{")
_TOKEN = re.compile(
    r"""(?:s:([0-9]{1,18}):"([^"]*)"|i:(0|-?[1-9][0-9]{0,18}));"""
    r"""(?:s:([0-9]{1,18}):"([^"]*)";|i:(-?[0-9]{1,19});"""
    r"""|d:(-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?);|(N|b:[01]);|a:([0-9]{1,18}):\{)"""
    r"""|(\}|.+)""",
    re.DOTALL,
)
"""A key with its value, or with the opening of an array; a closing brace; or, at the first place
where none of these stands, all the rest."""

_WORDS = {"N": None, "b:0": False, "b:1": True}
_HUGE = 1e16
"""Such floats, and infinite ones, have forms of their own."""
_INDEXES = [str(n) for n in range(_LONGEST // len("i:0;N;"))]


def plain_array(text: str) -> list[Any] | dict[str, Any] | None:
    """Return the value of a serialised array whose lengths are those of UTF-8, or None.

    None says only that the parser of php_serialize must look.
    """
    head = _HEAD.match(text)
    if head is None or len(text) > _LONGEST or "\0" in text:
        return None
    if '__"' in text and RESERVED.search(text):
        return None
    tokens = _TOKEN.findall(text, head.end())
    if not tokens or tokens[-1][-1] != "}":
        return None
    outer: list[tuple[dict[str, Any], str, int]] = []
    found: dict[str, Any] = {}
    value: Any
    announced, seen, ascii_only = int(head[1]), 0, text.isascii()
    for size, name, index, length, string, integer, number, word, count, close in tokens:
        if close:
            if len(found) != announced:
                return None
            seen += announced + 1
            value = _array(found)
            if not outer:
                # All tokens are keys of some array, each another one, or braces.
                return value if seen == len(tokens) else None
            found, key, announced = outer.pop()
            found[key] = value
            continue
        key = name if size else index
        if size and int(size) != len(name if ascii_only else name.encode()):
            return None
        if integer:
            found[key] = int(integer)
        elif length:
            if int(length) != len(string if ascii_only else string.encode()):
                return None
            found[key] = string
        elif number:
            value = float(number)
            if not -_HUGE < value < _HUGE:
                return None
            found[key] = value
        elif word:
            found[key] = _WORDS[word]
        elif len(outer) == _DEEPEST:
            return None
        else:
            outer.append((found, key, announced))
            found, announced = {}, int(count)
    return None


def _array(found: dict[str, Any]) -> list[Any] | dict[str, Any]:
    if not found or ("0" in found and list(found) == _INDEXES[: len(found)]):
        return list(found.values())
    return found
