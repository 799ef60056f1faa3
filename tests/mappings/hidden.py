"""Values of rows are people's data: no message of a reject may hold one."""

from __future__ import annotations

import re

from mappings.errors import Reject

__all__ = ["assert_hidden"]

_OWN_WORDS = frozenset({"not", "hex", "digits"})
"""Of messages: a random value may be one of them."""
_SHORTEST = 3
"""Shorter values are in many a message by chance, as a length or a place."""


def assert_hidden(reject: Reject, value: object) -> None:
    """Fail when the detail names the value, as it is, as its repr, or by a part between blanks."""
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    for part in {text, repr(value), *text.split()}:
        if len(part) >= _SHORTEST and part not in _OWN_WORDS:
            named = rf"(?<![\w-]){re.escape(part)}(?!\w)"
            assert not re.search(named, reject.detail), f"{reject} names the value {value!r}"
