"""A column that PHP filled with serialize()."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from typing import Any

from mappings.errors import Reject
from mappings.expr import Kind
from mappings.steps.base import Step, factory
from mappings.steps.php_arrays import plain_array
from mappings.steps.php_forms import plain_form
from mappings.steps.php_serialize import LOOKS_SERIALIZED, Decode, unserialize
from mappings.steps.php_stored import best_text, read_stored, utf8_or_none
from mappings.steps.php_writer import serialize
from mappings.steps.plain import check_plain
from mappings.types.jsonb import JSON_NULL

__all__ = ["php_unserialize"]

_QUOTED = re.compile(r'"(?:N;|[bidaOCEs]:[^"]*[;}])"')
"""A string in an array that may be serialised itself."""


@factory
def php_unserialize(plain: str = "reject", unwrap: bool = False) -> Step:
    """What serialize() wrote -> JSON. The empty text is NULL: there is no such serialisation.

    `plain="text"` is for a column that holds other texts as well: what cannot be read as
    serialised is kept as a JSON string, '' too, or by its bytes where jsonb holds no such string
    (`php_forms.plain_form`); `N;` is then JSON's null. Such a step rejects nothing.

    `unwrap` reads strings that are serialised themselves, at any depth. Raises `ValueError`.
    """
    check_plain("php_unserialize", plain)
    python = partial(_tolerant, unwrap=unwrap) if plain == "text" else partial(_read, unwrap=unwrap)
    return Step(
        name="php_unserialize",
        python=python,
        inverse=_write,
        accepts=frozenset({Kind.TEXT, Kind.BYTES}),
        returns=Kind.JSON,
        options=(plain, unwrap),
    )


def _write(value: Any) -> Iterable[Any]:
    if value is None:
        return (None, "")
    text = serialize(value)
    return text, value, text.encode()


def _tolerant(value: str | bytes, unwrap: bool) -> Any:
    head = value[:512] if isinstance(value, str) else value[:512].decode("latin-1")
    # The shortest forms end within the head or are too long to be any.
    if not LOOKS_SERIALIZED.match(head):
        return plain_form(value)
    try:
        found = _read(value, unwrap, utf8_or_none)
    except Reject:
        return plain_form(value)
    return JSON_NULL if found is None else found


def _read(value: str | bytes, unwrap: bool, binary: Decode = best_text) -> Any:
    if not value:
        return None
    found = _plain_array(value)
    if found is not None and not (unwrap and _may_wrap(value)):
        return found
    parse = partial(unserialize, unwrap=unwrap)
    return read_stored(value, parse, binary)


def _may_wrap(value: str | bytes) -> bool:
    text = value if isinstance(value, str) else value.decode("latin-1")
    return _QUOTED.search(text) is not None


def _plain_array(value: str | bytes) -> list[Any] | dict[str, Any] | None:
    try:
        return plain_array(value if isinstance(value, str) else value.decode())
    except UnicodeError:
        return None
