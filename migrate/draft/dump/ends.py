"""The first and the last bytes of a dump, by which mysqldump's tell whether they are whole."""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["Ends"]

_KEPT = 4096
_HEADER = re.compile(rb"^-- (?:MySQL|MariaDB) dump 10\.\d", re.MULTILINE)
"""Of mysqldump since 4.1; what was before wrote nothing at the end."""
_TRAILER = re.compile(
    rb"^-- Dump completed\b|SET (?:SQL_NOTES=@OLD_SQL_NOTES|NOTE_VERBOSITY=@OLD_NOTE_VERBOSITY)\b",
    re.MULTILINE,
)
"""The last line, which came with 5.0; before it the last setting is given back."""


class Ends:
    """Hands the bytes of a dump on, and remembers the first and the last of them."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._head = self._tail = b""

    def read(self, size: int) -> bytes:
        data = self._read(size)
        if len(self._head) < _KEPT:
            self._head += data[: _KEPT - len(self._head)]
        self._tail = (self._tail + data[-_KEPT:])[-_KEPT:]
        return data

    @property
    def cut_off(self) -> bool:
        """Whether mysqldump began what is read, and did not end it."""
        return bool(_HEADER.search(self._head)) and not _TRAILER.search(self._tail)
