"""A format of fixed width for dates in text, `%Y%m%d%H%M%S`, as a regular expression and as SQL."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from mappings.sqltext import all_of, matches

__all__ = ["DateFormat"]

_WIDTHS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_PIECE = re.compile(r"%([A-Za-z%])|([^%])", re.DOTALL)
_SPECIAL = set("^]\\['")
_OPERATORS = set(".?*+|(){}$")
_PIVOT = 70
"""Two digits from here on are of the years 1900: PHP's and MySQL's rule."""


@dataclass(frozen=True)
class DateFormat:
    """Where the parts of a date stand in a text of that format.

    Knows %Y, %y, %m, %d, %H, %M, %S; every other character stands for itself.
    """

    format: str
    """As it was given."""
    places: dict[str, tuple[int, int]]
    """Directive: its first character, from 0, and its width."""
    pattern: str
    """A regular expression that Python's and all of MySQL's engines read alike."""
    width: int

    @classmethod
    def parse(cls, text: str) -> DateFormat:
        """Raise `ValueError` for a format without a date, or one that cannot be told apart."""
        places: dict[str, tuple[int, int]] = {}
        pattern, at = "", 0
        for directive, character in _PIECE.findall(text):
            width = _WIDTHS.get(directive, 0)
            if (directive and not width) or directive in places:
                raise ValueError(f"format, got {text!r} (expected each of {_known()} once at most)")
            if not directive and (not character.isascii() or character in _SPECIAL):
                raise ValueError(f"format, got {text!r} (expected ASCII between the directives)")
            if directive:
                places[directive] = at, width
            # Not all of them in brackets: "[:" begins a class of characters for one engine.
            stands = f"[{character}]" if character in _OPERATORS else character
            pattern += f"[0-9]{{{width}}}" if width else stands
            at += width or 1
        if ("Y" in places) == ("y" in places) or not places.keys() >= {"m", "d"}:
            raise ValueError(f"format, got {text!r} (expected a year, %m and %d)")
        return cls(text, places, pattern, at)

    def read(self, text: str) -> datetime.datetime | None:
        """The wall clock that the text says, or None."""
        if not re.fullmatch(self.pattern, text):
            return None
        part = {d: int(text[at : at + width]) for d, (at, width) in self.places.items()}
        if "y" in part:
            part["Y"] = part["y"] + (1900 if part["y"] >= _PIVOT else 2000)
        hour, minute, second = (part.get(d, 0) for d in "HMS")
        try:
            date = datetime.date(part["Y"], part["m"], part["d"])
            return datetime.datetime.combine(date, datetime.time(hour, minute, second))
        except ValueError:
            return None

    def write(self, moment: datetime.date) -> str:
        """The text of that format."""
        # strftime() writes years before 1000 with fewer than four digits on some systems.
        return moment.strftime(self.format.replace("%Y", f"{moment.year:04}"))

    def wall(self, sql: str) -> str:
        """SQL: `2009-05-01 12:00:00` of the bytes `sql`, which are of this format."""
        month, day = self._part(sql, "m"), self._part(sql, "d")
        clock = ", ':', ".join(self._part(sql, d) for d in "HMS")
        return f"CONCAT({self._year(sql)}, '-', {month}, '-', {day}, ' ', {clock})"

    def is_of_it(self, sql: str) -> str:
        """Predicate: the bytes `sql` are of this format, and a time that the calendar has."""
        year, month, day = self._year(sql), self._part(sql, "m"), self._part(sql, "d")
        last = f"DAYOFMONTH(LAST_DAY(CONCAT({year}, '-', {month}, '-01')))"
        clock = (("H", "23"), ("M", "59"), ("S", "59"))
        return all_of(
            [
                f"LENGTH({sql}) = {self.width}",
                matches(sql, f"^{self.pattern}"),
                f"{year} > '0000'",
                f"{month} BETWEEN '01' AND '12'",
                *(f"{self._part(sql, d)} <= '{most}'" for d, most in clock if d in self.places),
                f"{day} BETWEEN '01' AND IF({month} BETWEEN '01' AND '12', {last}, '00')",
            ]
        )

    def _year(self, sql: str) -> str:
        if "Y" in self.places:
            return self._part(sql, "Y")
        short = self._part(sql, "y")
        return f"CONCAT(IF({short} >= '{_PIVOT}', '19', '20'), {short})"

    def _part(self, sql: str, directive: str) -> str:
        if directive not in self.places:
            return "'00'"
        at, width = self.places[directive]
        return f"SUBSTRING({sql}, {at + 1}, {width})"


def _known() -> str:
    return ", ".join(f"%{d}" for d in _WIDTHS)
