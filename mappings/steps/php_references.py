"""References of serialize(): every value has a number, and `R:2;` is the second one again.

PHP keeps one value with two names; JSON holds it twice. So a short text can stand for a huge one
(each level referring twice to the one below), and a value within itself has no end.
"""

from __future__ import annotations

from typing import Any

from mappings.errors import Reject

__all__ = ["References"]

_MOST = 64 * 1024 * 1024
"""Bytes of serialised text that the references of one value may stand for."""
_OPEN = object()
"""Stands for a value that is still being read."""


class References:
    """The numbered values of one text, in the order in which they begin."""

    def __init__(self) -> None:
        self._values: list[Any] = []
        self._sizes: list[int] = []
        self._repeated = 0
        self._known: int | None = None

    def open(self) -> tuple[int, int]:
        """Number the value that begins here; what comes back is for `close`."""
        self._values.append(_OPEN)
        self._sizes.append(0)
        return len(self._values) - 1, self._repeated

    def close(self, opened: tuple[int, int], found: Any, size: int) -> None:
        """The value has been read: `size` is its own length, without what references stand for."""
        number, repeated = opened
        self._values[number] = found
        self._sizes[number] = size + self._repeated - repeated

    def unsure(self) -> None:
        """From here on numbers may be others: a class that serialises itself took some or none."""
        if self._known is None:
            self._known = len(self._values)

    def follow(self, number: int, at: int) -> Any:
        """The value with this number. Raises `Reject`."""
        if self._known is not None and number > self._known:
            raise Reject("not_json", f"a reference past an object of its own format at byte {at}")
        if not 1 <= number <= len(self._values):
            raise Reject("bad_serialize", f"at byte {at}")
        found = self._values[number - 1]
        if found is _OPEN:
            raise Reject("not_json", f"a value that contains itself at byte {at}")
        self._repeated += self._sizes[number - 1]
        if self._repeated > _MOST:
            raise Reject("not_json", f"references that stand for more than {_MOST} bytes")
        return found
