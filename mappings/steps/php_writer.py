"""JSON values -> what PHP's serialize() writes of the arrays and scalars that they stand for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

__all__ = ["serialize"]


def serialize(value: Any) -> str:
    """The serialized form, lengths in bytes of UTF-8. Raises `TypeError` for what JSON has not."""
    match value:
        case None:
            return "N;"
        case bool():
            return f"b:{int(value)};"
        case int():
            return f"i:{value};"
        case float() | Decimal():
            return f"d:{value};"
        case str():
            return f's:{len(value.encode())}:"{value}";'
        case list() | tuple():
            return _array((_key(n), v) for n, v in enumerate(value))
        case dict():
            return _array((_key(name), v) for name, v in value.items())
        case _:
            raise TypeError(f"no value of JSON, got {type(value).__name__}")


def _array(items: Any) -> str:
    pairs = [key + serialize(value) for key, value in items]
    return f"a:{len(pairs)}:{{{''.join(pairs)}}}"


def _key(name: str | int) -> str:
    """PHP keeps a key that is a whole number as one."""
    whole = isinstance(name, int) or (name.lstrip("-").isdigit() and str(int(name)) == name)
    return f"i:{int(name)};" if whole else serialize(name)
