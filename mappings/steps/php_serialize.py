"""PHP's serialize() format -> values as JSON has them.

    N  null        b  true, false      i  integer       d  float
    s, S  text     a  array            O  object        C  object with a format of its own
    E  enum        R, r  a reference to an earlier value, by its number

An array with the keys 0, 1, 2 … in this order is a list, any other a dict with text keys. An
object is a dict of its properties with its class under "__class__" (but for stdClass, which is
PHP's plain object). An enum is its text, `Suit:Hearts`. A reference is a copy. What JSON cannot
say has a form of its own in php_forms.

Lengths count bytes. So the parser works on a text with one character for each byte (latin-1),
where PHP's offsets are Python's, and decodes what it cuts out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn

from mappings.errors import Reject
from mappings.steps.php_forms import RESERVED, bytes_form, bytes_key, float_form, property_key
from mappings.steps.php_references import References
from mappings.types.jsonb import JsonNumber

__all__ = ["LOOKS_SERIALIZED", "Decode", "Parser", "unserialize"]

Decode = Callable[[bytes], str | None]
"""Text of a string's bytes; None says that they are none, and an error that the lengths lie."""

LOOKS_SERIALIZED = re.compile(r"(?:N;\Z|[bidrR]:[^;]{1,400};\Z|(?:[sSaOCE]):[0-9]{1,18}:[\"{])")
"""How all that serialize() writes begins, and how the shortest of it ends."""

_ENTRY = re.compile(
    r"""(?:s:([0-9]{1,18}):"([^"]*)"|i:(0|-?[1-9][0-9]{0,18}));"""
    r"""(?:s:([0-9]{1,18}):"([^"]*)"|i:(-?[0-9]{1,19})|b:([01])|d:(-?[0-9]{1,15}\.[0-9]+)|N);"""
)
"""A key and a simple value, as nearly all are: one match for the two is twice as fast as reading
each by itself. A string with a quote in it matches too short, which its length tells."""
_INTEGER = re.compile(r"i:([+-]?[0-9]{1,19});")
_FLOAT = re.compile(r"d:([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|-?INF|NAN);")
_COUNT = re.compile(r":([0-9]{1,18}):\{")
_LENGTH = re.compile(r":([0-9]{1,18}):")
_REFERENCE = re.compile(r"[rR]:([0-9]{1,18});")
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{2})")
_HUGE = 1e16
"""From here on Python writes a float with an exponent."""
_DEEPEST = 200
"""The same for every caller: Python's own limit counts the frames around us, too."""


def unserialize(value: bytes, decode: Decode = bytes.decode, unwrap: bool = False) -> Any:
    """Return the value. `decode` makes text of a string's bytes, and its error is let through.

    With `unwrap`, a string that is a serialised value itself is read as well, at any depth.
    Raises `Reject`: `bad_serialize` with the offset for anything that serialize() does not
    write, `not_json` for what no JSON can hold.
    """
    return _whole(Parser(value, decode, unwrap))


def _whole(parser: Parser) -> Any:
    found, end = parser.value(0)
    if end != len(parser.text):
        _bad(end)
    return found


def _bad(offset: int) -> NoReturn:
    raise Reject("bad_serialize", f"at byte {offset}")


class Parser:
    """Methods take the offset of what they read and return it with the offset after it."""

    def __init__(self, value: bytes, decode: Decode, unwrap: bool = False, depth: int = 0) -> None:
        self.text = text = value.decode("latin-1")
        self.decode = decode
        self.unwrap = unwrap
        self.depth = depth
        self.plain = value.isascii() and "\0" not in text
        self.plain_keys = self.plain and "::" not in text and not RESERVED.search(text)
        # Values are numbered for references only: nearly all texts have none.
        self.references = References() if _REFERENCE.search(text) else None

    def value(self, at: int) -> tuple[Any, int]:
        tag = self.text[at : at + 1]
        read = _READ.get(tag)
        if read is None:
            _bad(at)
        if self.references is None or tag == "R":
            return read(self, at)
        opened = self.references.open()
        found, end = read(self, at)
        self.references.close(opened, found, end - at)
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

    def double(self, at: int) -> tuple[float | Decimal | dict[str, str], int]:
        match = _FLOAT.match(self.text, at) or _bad(at)
        number = float(match[1])
        if not math.isfinite(number):
            return float_form("NAN" if math.isnan(number) else str(number).upper()), match.end()
        # Numeric has no exponent: Django reads an int, which is equal to its digits only.
        huge = abs(number) >= _HUGE
        return JsonNumber(repr(number)) if huge else number, match.end()

    def string(self, at: int) -> tuple[Any, int]:
        raw, end = self.quoted(at)
        if self.text[end : end + 1] != ";":
            _bad(end)
        return self.held(raw), end + 1

    def escaped(self, at: int) -> tuple[Any, int]:
        raw, end = self.unescaped(at)
        return self.held(raw), end

    def enum(self, at: int) -> tuple[Any, int]:
        raw, end = self.quoted(at)
        if self.text[end : end + 1] != ";":
            _bad(end)
        return self.decoded(raw), end + 1

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
        properties, end = self.entries(match.end(), int(match[1]), of_object=True)
        named = {} if name == "stdClass" else {"__class__": self.decoded(name)}
        return named | properties, end

    def custom(self, at: int) -> tuple[dict[str, Any], int]:
        """`C:3:"Set":4:{…}`: the class alone knows what the four bytes mean."""
        name, end = self.quoted(at)
        match = _COUNT.match(self.text, end) or _bad(end)
        close = match.end() + int(match[1])
        if self.text[close : close + 1] != "}":
            _bad(close)
        if self.references is not None:
            self.references.unsure()
        data = self.decoded(self.text[match.end() : close])
        return {"__class__": self.decoded(name), "__data__": data}, close + 1

    def reference(self, at: int) -> tuple[Any, int]:
        match = _REFERENCE.match(self.text, at) or _bad(at)
        references = self.references or _bad(at)
        return references.follow(int(match[1]), at), match.end()

    def entries(self, at: int, count: int, of_object: bool = False) -> tuple[dict[str, Any], int]:
        """Keys and values up to the brace; a key that comes again keeps the last value."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Reject("not_json", f"nested deeper than {_DEEPEST} levels")
        found: dict[str, Any] = {}
        text, plain, simple = self.text, self.plain, self.references is None
        for _ in range(count):
            match = _ENTRY.match(text, at) if simple else None
            if match is None:
                key, at = self.key(at, of_object)
                found[key], at = self.value(at)
                continue
            length, key, index, size, string, integer, truth, number = match.groups()
            if (key is not None and len(key) != int(length)) or (
                string is not None and len(string) != int(size)
            ):
                key, at = self.key(at, of_object)
                found[key], at = self.value(at)
                continue
            at = match.end()
            if key is None:
                key = index
            elif not self.plain_keys:
                key = self.named(key, of_object)
            if string is not None:
                found[key] = string if plain and not self.unwrap else self.held(string)
            elif integer is not None:
                found[key] = int(integer)
            elif truth is not None:
                found[key] = truth == "1"
            else:
                found[key] = None if number is None else float(number)
        if text[at : at + 1] != "}":
            _bad(at)
        self.depth -= 1
        return found, at + 1

    def key(self, at: int, of_object: bool) -> tuple[str, int]:
        tag = self.text[at : at + 1]
        if tag == "i":
            number, at = self.integer(at)
            return str(number), at
        if tag not in ("s", "S"):
            _bad(at)
        raw, end = self.quoted(at) if tag == "s" else self.unescaped(at)
        if tag == "s":
            if self.text[end : end + 1] != ";":
                _bad(end)
            end += 1
        return self.named(raw, of_object), end

    def named(self, raw: str, of_object: bool) -> str:
        """A key as JSON has it."""
        before, own = property_key(raw) if of_object else ("", raw)
        text = self.text_of(own)
        if text is None:
            return bytes_key(raw.encode("latin-1"))
        if before:
            owner = self.text_of(before)
            return bytes_key(raw.encode("latin-1")) if owner is None else owner + text
        return f"_{text}" if RESERVED.match(text) else text

    def quoted(self, at: int) -> tuple[str, int]:
        """What stands between the quotes of `s:5:"hello"`, and the offset after the last one."""
        length, start = self.length(at)
        end = start + 1 + length
        if self.text[start : start + 1] != '"' or self.text[end : end + 1] != '"':
            _bad(at)
        return self.text[start + 1 : end], end + 1

    def unescaped(self, at: int) -> tuple[str, int]:
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
        return _ESCAPE.sub(lambda m: chr(int(m[1], 16)), self.text[start + 1 : end]), end + 2

    def length(self, at: int) -> tuple[int, int]:
        match = _LENGTH.match(self.text, at + 1) or _bad(at)
        return int(match[1]), match.end()

    def held(self, raw: str) -> Any:
        """A string: what it holds, if that is wanted and it is serialised; or its text."""
        if self.unwrap and self.depth < _DEEPEST and LOOKS_SERIALIZED.match(raw):
            try:
                return _whole(Parser(raw.encode("latin-1"), self.decode, True, self.depth + 2))
            except (Reject, UnicodeDecodeError):
                return self.decoded(raw)
        return self.decoded(raw)

    def decoded(self, raw: str) -> str | dict[str, str]:
        text = self.text_of(raw)
        return bytes_form(raw.encode("latin-1")) if text is None else text

    def text_of(self, raw: str) -> str | None:
        """None for what jsonb takes for no text."""
        if self.plain and raw.isascii() and "\0" not in raw:
            return raw
        text = self.decode(raw.encode("latin-1"))
        return None if text is None or "\0" in text else text


_READ: dict[str, Callable[[Parser, int], tuple[Any, int]]] = {
    "N": Parser.null,
    "b": Parser.boolean,
    "i": Parser.integer,
    "d": Parser.double,
    "s": Parser.string,
    "S": Parser.escaped,
    "a": Parser.array,
    "O": Parser.object,
    "C": Parser.custom,
    "E": Parser.enum,
    "r": Parser.reference,
    "R": Parser.reference,
}
