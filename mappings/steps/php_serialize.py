"""PHP's serialize() format -> values as JSON has them.

    N  null        b  true, false      i  integer       d  float
    s, S  text     a  array            O  object        C  object with a format of its own
    E  enum        R, r  a reference to an earlier value, by its number

An array with the keys 0, 1, 2 … in this order is a list, any other a dict with text keys. An
object is a dict of its properties with its class under "__class__" (but for stdClass, which is
PHP's plain object); of a private or protected property the name alone is kept, and after its
class, `Class::name`, if another has that name already. An enum is its text, `Suit:Hearts`; an
object that serialises itself is its text under "__data__". A reference is a copy.

Lengths count bytes. So the parser works on a text with one character for each byte (latin-1),
where PHP's offsets are Python's, and decodes what it cuts out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NoReturn

from mappings.errors import Reject

__all__ = ["unserialize"]

Decode = Callable[[bytes], str]

_ENTRY = re.compile(
    r"""(?:s:([0-9]{1,18}):"([^"]*)"|i:(0|-?[1-9][0-9]{0,18}));"""
    r"""(?:s:([0-9]{1,18}):"([^"]*)"|i:(-?[0-9]{1,19})|b:([01])|d:(-?[0-9]+\.[0-9]+)|N);"""
)
"""A key and a simple value, as nearly all are: one match for the two is twice as fast as reading
each by itself. A string with a quote in it matches too short, which its length tells."""
_INTEGER = re.compile(r"i:([+-]?[0-9]{1,19});")
_FLOAT = re.compile(r"d:([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|-?INF|NAN);")
_COUNT = re.compile(r":([0-9]{1,18}):\{")
_LENGTH = re.compile(r":([0-9]{1,18}):")
_REFERENCE = re.compile(r"[rR]:([0-9]{1,18});")
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{2})")
_OPEN = object()
"""Stands for a value that is still being read."""


def unserialize(value: bytes, decode: Decode = bytes.decode) -> Any:
    """Return the value. `decode` makes text of a string's bytes, and its error is let through.

    Raises `Reject`: `bad_serialize` with the offset for anything that serialize() does not
    write, `not_json` for INF, NAN and values that contain themselves.
    """
    text = value.decode("latin-1")
    parser = _Parser(text, None if value.isascii() else decode)
    try:
        found, end = parser.value(0)
    except RecursionError as error:
        raise Reject("bad_serialize", "nested too deep") from error
    if end != len(text):
        _bad(end)
    return found


def _bad(offset: int) -> NoReturn:
    raise Reject("bad_serialize", f"at byte {offset}")


class _Parser:
    """Methods take the offset of what they read and return it with the offset after it."""

    def __init__(self, text: str, decode: Decode | None) -> None:
        self.text = text
        self.decode = decode
        # Values are numbered for references only: nearly all texts have none.
        self.numbered: list[Any] | None = [] if _REFERENCE.search(text) else None

    def value(self, at: int) -> tuple[Any, int]:
        tag = self.text[at : at + 1]
        read = _READ.get(tag)
        if read is None:
            _bad(at)
        if self.numbered is None or tag == "R":
            return read(self, at)
        number = len(self.numbered)
        self.numbered.append(_OPEN)
        found, end = read(self, at)
        self.numbered[number] = found
        return found, end

    def null(self, at: int) -> tuple[None, int]:
        if self.text[at : at + 2] != "N;":
            _bad(at)
        return None, at + 2

    def boolean(self, at: int) -> tuple[bool, int]:
        written = self.text[at : at + 4]
        if written not in ("b:0;", "b:1;"):
            _bad(at)
        return written == "b:1;", at + 4

    def integer(self, at: int) -> tuple[int, int]:
        match = _INTEGER.match(self.text, at) or _bad(at)
        return int(match[1]), match.end()

    def double(self, at: int) -> tuple[float, int]:
        match = _FLOAT.match(self.text, at) or _bad(at)
        if match[1].endswith(("INF", "NAN")):
            raise Reject("not_json", f"INF or NAN at byte {at}")
        return float(match[1]), match.end()

    def string(self, at: int) -> tuple[str, int]:
        raw, end = self.quoted(at)
        if self.text[end : end + 1] != ";":
            _bad(end)
        return self.decoded(raw), end + 1

    def escaped(self, at: int) -> tuple[str, int]:
        """`S:3:"a\\62c";`: the length counts what the escapes stand for."""
        length, start = self.length(at)
        if self.text[start : start + 1] != '"':
            _bad(start)
        if length > len(self.text):
            _bad(len(self.text))
        end = start + 1
        for _ in range(length):
            end += 3 if _ESCAPE.match(self.text, end) else 1
        if self.text[end : end + 2] != '";':
            _bad(end)
        raw = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), self.text[start + 1 : end])
        return self.decoded(raw), end + 2

    def array(self, at: int) -> tuple[list[Any] | dict[str, Any], int]:
        match = _COUNT.match(self.text, at + 1) or _bad(at)
        found, end = self.entries(match.end(), int(match[1]))
        if not found:
            return [], end
        # PHP makes integers of keys such as "7", so both spell the same key.
        if "0" in found and all(map(str.__eq__, found, map(str, range(len(found))))):
            return list(found.values()), end
        return found, end

    def object(self, at: int) -> tuple[dict[str, Any], int]:
        name, end = self.quoted(at)
        match = _COUNT.match(self.text, end) or _bad(end)
        found, end = self.entries(match.end(), int(match[1]))
        properties = {} if name == "stdClass" else {"__class__": self.decoded(name)}
        for key, value in found.items():
            owner, _, own = key[1:].partition("\0") if key.startswith("\0") else ("", "", key)
            properties[f"{owner}::{own}" if own in properties else own] = value
        return properties, end

    def custom(self, at: int) -> tuple[dict[str, Any], int]:
        """`C:3:"Set":4:{…}`: the class alone knows what the four bytes mean."""
        name, end = self.quoted(at)
        match = _COUNT.match(self.text, end) or _bad(end)
        close = match.end() + int(match[1])
        if self.text[close : close + 1] != "}":
            _bad(close)
        data = self.decoded(self.text[match.end() : close])
        return {"__class__": self.decoded(name), "__data__": data}, close + 1

    def reference(self, at: int) -> tuple[Any, int]:
        match = _REFERENCE.match(self.text, at) or _bad(at)
        number = int(match[1])
        numbered = self.numbered or []
        if not 1 <= number <= len(numbered):
            _bad(at)
        if numbered[number - 1] is _OPEN:
            raise Reject("not_json", f"a value that contains itself at byte {at}")
        return numbered[number - 1], match.end()

    def entries(self, at: int, count: int) -> tuple[dict[str, Any], int]:
        """Keys and values up to the brace; a key that comes again keeps the last value."""
        found: dict[str, Any] = {}
        text, decode, simple = self.text, self.decode, self.numbered is None
        for _ in range(count):
            match = _ENTRY.match(text, at) if simple else None
            if match is None:
                key, at = self.key(at)
                found[key], at = self.value(at)
                continue
            length, key, index, size, string, integer, truth, number = match.groups()
            if (key is not None and len(key) != int(length)) or (
                string is not None and len(string) != int(size)
            ):
                key, at = self.key(at)
                found[key], at = self.value(at)
                continue
            at = match.end()
            if key is None:
                key = index
            elif decode is not None:
                key = self.decoded(key)
            if string is not None:
                found[key] = string if decode is None else self.decoded(string)
            elif integer is not None:
                found[key] = int(integer)
            elif truth is not None:
                found[key] = truth == "1"
            else:
                found[key] = None if number is None else float(number)
        if text[at : at + 1] != "}":
            _bad(at)
        return found, at + 1

    def key(self, at: int) -> tuple[str, int]:
        tag = self.text[at : at + 1]
        if tag == "i":
            number, at = self.integer(at)
            return str(number), at
        if tag == "s":
            return self.string(at)
        if tag == "S":
            return self.escaped(at)
        _bad(at)

    def quoted(self, at: int) -> tuple[str, int]:
        """What stands between the quotes of `s:5:"hello"`, and the offset after the last one."""
        length, start = self.length(at)
        end = start + 1 + length
        if self.text[start : start + 1] != '"' or self.text[end : end + 1] != '"':
            _bad(at)
        return self.text[start + 1 : end], end + 1

    def length(self, at: int) -> tuple[int, int]:
        match = _LENGTH.match(self.text, at + 1) or _bad(at)
        return int(match[1]), match.end()

    def decoded(self, raw: str) -> str:
        return raw if self.decode is None else self.decode(raw.encode("latin-1"))


_READ: dict[str, Callable[[_Parser, int], tuple[Any, int]]] = {
    "N": _Parser.null,
    "b": _Parser.boolean,
    "i": _Parser.integer,
    "d": _Parser.double,
    "s": _Parser.string,
    "S": _Parser.escaped,
    "a": _Parser.array,
    "O": _Parser.object,
    "C": _Parser.custom,
    "E": _Parser.string,
    "r": _Parser.reference,
    "R": _Parser.reference,
}
