"""Takes the rows of all findings, one by one: memory stays flat with a million of them.

Of each finding the first rows are kept, of each table where they lie; every row goes to the JSON
lines as it comes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from mappings.keys import KeyValue
from verify.reports.axes import Axis, Places
from verify.reports.document import FORMAT, SCHEMA_VERSION, Document, FoundRow, Kind, Strip

__all__ = ["SHOWN", "Gathering", "Group"]

SHOWN = 10
"""Rows of each finding that a report shows."""


@dataclass(frozen=True)
class Group:
    """What the rows of one finding have in common."""

    table: str
    column: str
    code: str
    level: str


class Gathering:
    """The rows of one report."""

    def __init__(
        self, kind: Kind, axes: Mapping[str, Axis] | None = None, lines: TextIO | None = None
    ) -> None:
        """`axes`: the key range of each table whose strip is wanted. `lines`: where JSON lines
        go; it must not mind lone surrogates (`errors="backslashreplace"`)."""
        self._axes: Mapping[str, Axis] = {} if axes is None else axes
        self._lines = lines
        self._places: dict[str, Places] = {}
        self._kept: dict[Group, list[FoundRow]] = {}
        self._counts: Counter[Group] = Counter()
        self._write({"is": "header", "format": FORMAT, "schema": SCHEMA_VERSION, "kind": kind})

    def add(
        self,
        group: Group,
        row: FoundRow,
        key: Sequence[Any] | None = None,
        *,
        place: KeyValue | None = None,
        problem: bool = True,
    ) -> None:
        """Take one row. `key` goes to the JSON lines; `place`, the same in the ledger's form, to
        the strip, if it is a problem there."""
        self._counts[group] += 1
        kept = self._kept.setdefault(group, [])
        if len(kept) < SHOWN:
            kept.append(row)
        if problem:
            places = self._places.get(group.table)
            if places is None:
                places = self._places[group.table] = Places(self._axes.get(group.table))
            places.add(place)
        if self._lines is not None:
            found = {"is": "row", **vars(group), "key": None if key is None else list(key)}
            found |= {"text": row.text, "detail": row.detail}
            self._write(found | ({"values": dict(row.values)} if row.values else {}))

    def groups(self) -> list[Group]:
        """All findings that have a row, sorted."""
        return sorted(self._counts, key=lambda g: (g.table, g.level, g.code, g.column))

    def count(self, group: Group) -> int:
        """How many rows of a finding were taken."""
        return self._counts[group]

    def rows(self, group: Group) -> tuple[FoundRow, ...]:
        """The first rows of a finding."""
        return tuple(self._kept.get(group, ()))

    def strip(self, table: str) -> Strip | None:
        """Where the problems of a table are; None when its key range is not known."""
        if table in self._places:
            return self._places[table].strip
        axis = self._axes.get(table)
        return axis.strip(()) if axis else None

    def close(self, document: Document) -> None:
        """Write the document as the last of the JSON lines."""
        self._write({"is": "document", **document.to_json()})

    def _write(self, found: Mapping[str, Any]) -> None:
        if self._lines is not None:
            self._lines.write(json.dumps(found, ensure_ascii=False) + "\n")
