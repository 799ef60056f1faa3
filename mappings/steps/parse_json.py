"""Text that holds JSON, mostly.

A JSONField takes such text without a step, and refuses the rest as `bad_json`. This step is for
columns in which an empty text means nothing, or other texts are to be kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from mappings.errors import Reject
from mappings.expr import Kind
from mappings.steps.base import Step, factory
from mappings.steps.php_forms import plain_form
from mappings.steps.plain import check_plain
from mappings.types.jsonb import jsonb_text, parse

__all__ = ["parse_json"]

_DEEPEST = 200
_LONGEST = 4_300
"""Digits that Python makes an int of, so that Django can read the value again."""
_NUMBER = re.compile(r"[0-9]{2000}|[eE][+-]?[0-9]{4}")
"""What a number must have in it to be too long, or come out so."""


@factory
def parse_json(plain: str = "reject") -> Step:
    """Text -> the JSON value that it holds. An empty text is NULL.

    `plain="text"` keeps what is no JSON as a JSON string, '' too; so it does with JSON that jsonb
    or Django's field could not hold. Such a step rejects nothing. Raises `ValueError`.
    """
    check_plain("parse_json", plain)
    return Step(
        name="parse_json",
        python=_tolerant if plain == "text" else _read,
        inverse=_write,
        accepts=frozenset({Kind.TEXT, Kind.BYTES}),
        returns=Kind.JSON,
        options=(plain,),
    )


def _write(value: Any) -> Iterable[Any]:
    if value is None:
        return (None, "")
    text = jsonb_text(value)
    return text, value, text.encode()


def _read(value: str | bytes) -> Any:
    try:
        text = value if isinstance(value, str) else value.decode()
    except UnicodeDecodeError as error:
        raise Reject("bad_json", "bytes that are no UTF-8") from error
    return parse(text) if text.strip() else None


def _tolerant(value: str | bytes) -> Any:
    text = plain_form(value)
    if isinstance(text, dict) or not text.strip():
        return text
    try:
        found = parse(text)
        # Such a text would look as if this step had kept some bytes; as a string it does not.
        if isinstance(found, dict) and "__bytes__" in found:
            return text
        _check(found, text)
    except Reject:
        return text
    return found


def _check(found: Any, text: str) -> None:
    """Raise `Reject` for what jsonb does not take, or Django could not read again."""
    numbers = _NUMBER.search(text) is not None
    if numbers or text.count("[") + text.count("{") > _DEEPEST:
        for value, depth in _all_values(found):
            if depth > _DEEPEST:
                raise Reject("not_json", f"nested deeper than {_DEEPEST} levels")
            if isinstance(value, int | Decimal) and Decimal(value).adjusted() >= _LONGEST:
                raise Reject("out_of_range", f"a number of more than {_LONGEST} digits")
    if numbers or "\\u" in text:
        jsonb_text(found)


def _all_values(found: Any) -> Iterator[tuple[Any, int]]:
    """Each value with the number of lists and objects that it is in, or is itself the last of."""
    open_ = [(found, 0)]
    while open_:
        value, depth = open_.pop()
        if isinstance(value, dict | list):
            depth += 1
            members = value.values() if isinstance(value, dict) else value
            open_ += [(member, depth) for member in members]
        yield value, depth
