"""In which order a verification with a budget looks at things: where it tells most, first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from verify.levels import by_cost
from verify.task import Unit

__all__ = ["Past", "telling_first"]


@dataclass(frozen=True, kw_only=True)
class Past:
    """What was made of one level of one table the last time."""

    at: float
    """When it was looked at to its end, in seconds since 1970."""
    found: bool
    """Whether something was found."""


def telling_first(
    units: Iterable[Unit], past: Mapping[tuple[str, str], Past], *, all_rows: bool
) -> list[Unit]:
    """Cheap levels before dear ones; of each level the tables in this order:

    in which something was found the last time; never looked at; looked at longest ago. Among equals
    those with fewer rows, so that more tables are done.
    """
    listed = list(units)
    levels = by_cost(tuple({unit.level: None for unit in listed}), all_rows=all_rows)

    def place(unit: Unit) -> tuple[int, int, float, int]:
        before = past.get(unit.key)
        if before is None:
            return levels.index(unit.level), 1, 0, unit.rows
        return levels.index(unit.level), 0 if before.found else 2, before.at, unit.rows

    return sorted(listed, key=place)
