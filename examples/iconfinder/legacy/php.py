"""PHP's serialize(), as far as the marketplace used it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["PhpObject", "serialize"]


@dataclass(frozen=True)
class PhpObject:
    """An object: `private` properties are stored under `NUL class NUL name`, as PHP does."""

    name: str
    public: Mapping[str, Any] = field(default_factory=dict)
    private: Mapping[str, Any] = field(default_factory=dict)


def serialize(value: Any) -> bytes:
    """Return what PHP 5 would have written for the value, text being UTF-8.

    Raises `TypeError` for a value that PHP would not have.
    """
    match value:
        case None:
            return b"N;"
        case bool():
            return b"b:%d;" % value
        case int():
            return b"i:%d;" % value
        case float():
            return b"d:%s;" % repr(value).encode()
        case str():
            raw = value.encode()
            return b's:%d:"%s";' % (len(raw), raw)
        case list():
            return _array(b"a", [(serialize(i), v) for i, v in enumerate(value)])
        case dict():
            return _array(b"a", [(serialize(k), v) for k, v in value.items()])
        case PhpObject():
            pairs = [(serialize(k), v) for k, v in value.public.items()]
            pairs += [(serialize(f"\0{value.name}\0{k}"), v) for k, v in value.private.items()]
            return _array(b'O:%d:"%s"' % (len(value.name), value.name.encode()), pairs)
    raise TypeError(f"cannot serialise {value!r}")


def _array(head: bytes, pairs: list[tuple[bytes, Any]]) -> bytes:
    body = b"".join(key + serialize(value) for key, value in pairs)
    return b"%s:%d:{%s}" % (head, len(pairs), body)
