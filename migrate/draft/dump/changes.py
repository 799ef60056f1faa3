"""Values of a dump that the server did not take as they are: which, and where."""

from __future__ import annotations

import re

__all__ = ["Changes"]

_ROW = re.compile(r" at row \d+$")
_MOST = 20


class Changes:
    """The server's warnings about rows, one for each table, code and column."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str, str], str] = {}
        self._count: dict[tuple[str, str, str], int] = {}

    def add(self, line: int, table: str, code: str, text: str) -> None:
        """A warning that the statement in a line of the dump raised about rows of a table."""
        about = _ROW.sub("", text)
        # Without the value, which is another in every row.
        key = (table, code, about[about.rfind(" for column") :])
        self._first.setdefault(key, f"line {line}: {code} {text}")
        self._count[key] = self._count.get(key, 0) + 1

    def notes(self) -> list[str]:
        """For people: the first of each kind, with line, code and the server's own words."""
        notes = []
        for key, first in list(self._first.items())[:_MOST]:
            more = self._count[key] - 1
            notes.append(
                f"rows of {key[0]} are not loaded as they stand in the dump, {first}"
                + (f", and {more:,} more like it" if more else "")
            )
        if (others := len(self._first) - _MOST) > 0:
            notes.append(f"rows are not loaded as they stand in the dump, in {others} more columns")
        return notes
