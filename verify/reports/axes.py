"""The range of a table's key, and where in it a key lies.

A strip has as many slices as there are keys, or eighty. Only the first column of a key counts.
Whole numbers, decimals and dates are placed exactly; texts and binaries by their first bytes, which
is near enough for a picture.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mappings.keys import KeyValue
from verify.reports.document import Strip
from verify.reports.wording import brief

__all__ = ["CELLS", "Axis", "AxisKind", "Places"]

CELLS = 80
_BYTES = 6
_LABEL = 24

AxisKind = Literal["int", "decimal", "temporal", "text", "binary"]


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The range of one table's key; `first` and `last` in the form that the ledger keeps."""

    column: str
    kind: AxisKind
    first: int | str
    last: int | str

    def place(self, part: int | str) -> float | None:
        """A number that grows with the key; None where the part is not of the kind."""
        try:
            match self.kind:
                case "int" | "decimal":
                    return float(part)
                case "temporal":
                    return _seconds(str(part))
                case "text":
                    return _of_bytes(bytes.fromhex(str(part)).lower())
                case "binary":
                    return _of_bytes(bytes.fromhex(str(part)))
        except ValueError:
            return None

    def strip(self, places: Iterable[float], unplaced: int = 0) -> Strip | None:
        """How many places are in each slice. Beyond the ends is in the outermost slice."""
        first, last = self.place(self.first), self.place(self.last)
        if first is None or last is None or last < first:
            return None
        width = last - first
        size = CELLS
        if self.kind == "int":
            width += 1
            size = int(min(CELLS, width))
        cells = [0] * size
        for place in places:
            slot = int((place - first) / width * size) if width else 0
            cells[max(0, min(size - 1, slot))] += 1
        return Strip(
            column=self.column,
            first=self._label(self.first),
            last=self._label(self.last),
            cells=tuple(cells),
            unplaced=unplaced,
        )

    def _label(self, part: int | str) -> str:
        if self.kind == "int":
            return f"{int(part):,}"
        if self.kind == "text":
            return brief(bytes.fromhex(str(part)).decode("utf-8", "replace"), _LABEL)
        return brief(str(part), _LABEL)


class Places:
    """The places of one table's problems, eight bytes each."""

    def __init__(self, axis: Axis | None) -> None:
        self._axis = axis
        self._places = array("d")
        self._unplaced = 0

    def add(self, key: KeyValue | None) -> None:
        """Take one more row."""
        place = self._axis.place(key[0]) if self._axis and key else None
        if place is None:
            self._unplaced += 1
        else:
            self._places.append(place)

    @property
    def strip(self) -> Strip | None:
        """None of a table whose range is not known."""
        return self._axis.strip(self._places, self._unplaced) if self._axis else None


def _seconds(text: str) -> float:
    """Seconds since the year 0, about: MySQL's zero dates have a place, too."""
    day, _, time = text.partition(" ")
    year, month, date = (int(part) for part in day.split("-"))
    try:
        days = dt.date(year, month, date).toordinal() + 366
    except ValueError:
        days = year * 365 + month * 30 + date
    hours, minutes, seconds = (float(part) for part in (time or "0:0:0").split(":"))
    return days * 86400.0 + hours * 3600 + minutes * 60 + seconds


def _of_bytes(text: bytes) -> float:
    return float(int.from_bytes(text[:_BYTES].ljust(_BYTES, b"\0"), "big"))
