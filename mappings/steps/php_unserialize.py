"""A column that PHP filled with serialize()."""

from __future__ import annotations

from typing import Any

from mappings.errors import Reject
from mappings.expr import Kind
from mappings.steps.base import Step
from mappings.steps.php_arrays import plain_array
from mappings.steps.php_serialize import unserialize
from mappings.steps.repair_charset import latin1_bytes, latin1_text

__all__ = ["php_unserialize"]


def _php_unserialize(value: str | bytes) -> Any:
    """PHP counted the bytes that it had, which a text does not tell: when the lengths are not
    those of UTF-8, the text is tried in latin1.
    """
    if not value:
        return None
    found = _plain_array(value)
    if found is not None:
        return found
    if isinstance(value, bytes):
        return unserialize(value, _best_text)
    try:
        return unserialize(value.encode())
    except UnicodeDecodeError as error:
        failure = Reject("bad_serialize", f"a length that cuts a character ({error.reason})")
    except Reject as reject:
        failure = reject
    stored = None if value.isascii() else latin1_bytes(value)
    if stored is None or failure.code != "bad_serialize":
        raise failure
    try:
        return unserialize(stored, _best_text)
    except Reject as reject:
        raise (failure if reject.code == "bad_serialize" else reject) from reject


def _plain_array(value: str | bytes) -> list[Any] | dict[str, Any] | None:
    try:
        return plain_array(value if isinstance(value, str) else value.decode())
    except UnicodeError:
        return None


def _best_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return latin1_text(value)


php_unserialize = Step(
    name="php_unserialize",
    python=_php_unserialize,
    accepts=frozenset({Kind.TEXT, Kind.BYTES}),
    returns=Kind.JSON,
)
"""What serialize() wrote -> JSON. The empty text is NULL: there is no such serialisation."""
