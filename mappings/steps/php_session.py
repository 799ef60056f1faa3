"""A column that PHP keeps its sessions in.

    php          cart|a:1:{i:0;i:7;}user|i:5;
    php_binary   the name after one byte with its length, then the value; the same without `|`

The third handler, php_serialize, writes one array: that is for `php_unserialize`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from mappings.errors import Reject
from mappings.expr import Kind
from mappings.steps.base import Step, factory
from mappings.steps.php_forms import plain_form
from mappings.steps.php_serialize import Decode, Parser
from mappings.steps.php_stored import best_text, read_stored, utf8_or_none
from mappings.steps.plain import check_plain

__all__ = ["php_session"]

_UNDEFINED = 0x80
"""In the byte before a name: a variable that was registered and never set."""


@factory
def php_session(handler: str = "php", plain: str = "reject", unwrap: bool = False) -> Step:
    """A session's variables -> a JSON object. The empty text is a session without any.

    `handler` is PHP's session.serialize_handler, `php` or `php_binary`; `plain` and `unwrap` are
    those of `php_unserialize`. Raises `ValueError`.
    """
    if handler not in ("php", "php_binary"):
        raise ValueError(
            f"php_session: handler, got {handler!r} (expected php, php_binary)\n"
            "hint: use php_unserialize for php_serialize"
        )
    check_plain("php_session", plain)
    read = partial(_variables, named=_named if handler == "php" else _counted, unwrap=unwrap)

    def python(value: str | bytes) -> Any:
        return read_stored(value, read, best_text)

    def tolerant(value: str | bytes) -> Any:
        try:
            return read_stored(value, read, utf8_or_none)
        except Reject:
            return plain_form(value)

    return Step(
        name="php_session",
        python=tolerant if plain == "text" else python,
        accepts=frozenset({Kind.TEXT, Kind.BYTES}),
        returns=Kind.JSON,
        options=(handler, plain, unwrap),
    )


def _variables(value: bytes, decode: Decode, named: Any, unwrap: bool) -> dict[str, Any]:
    """One numbering of values goes through all variables, as PHP has it for references."""
    parser = Parser(value, decode, unwrap)
    found: dict[str, Any] = {}
    at = 0
    while at < len(parser.text):
        name, is_set, at = named(parser.text, at)
        if is_set:
            key = parser.named(name, of_object=False)
            found[key], at = parser.value(at)
    return found


def _named(text: str, at: int) -> tuple[str, bool, int]:
    """`name|`, or `!name|` for a variable without value."""
    end = text.find("|", at)
    if end < 0:
        raise Reject("bad_serialize", f"at byte {at}")
    if text[at] == "!":
        return text[at + 1 : end], False, end + 1
    return text[at:end], True, end + 1


def _counted(text: str, at: int) -> tuple[str, bool, int]:
    length = ord(text[at])
    end = at + 1 + length % _UNDEFINED
    if end > len(text):
        raise Reject("bad_serialize", f"at byte {at}")
    return text[at + 1 : end], length < _UNDEFINED, end
