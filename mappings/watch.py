"""What a dry run tells of a column beside what is refused: the values that its steps alter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

__all__ = ["EMPTIED", "Noticed", "Watch", "WatchedStep"]

EMPTIED: Final = -1

Noticed: TypeAlias = "int | str"
"""Of one value: the number of a watched step that altered it, `EMPTIED` when the steps made NULL
of it, or the code of a warning."""


@dataclass(frozen=True, kw_only=True)
class WatchedStep:
    """A step that gives a value of the kind that it takes: so it can be said to alter one."""

    step: str
    """As declared."""
    sql: str | None
    """Predicate over the source row: it alters the value. Rows that a guard or a refusal of the
    column names are not to be asked. None: only Python can say, as of all steps of the column."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """How to find the values of one column that its steps alter, by SQL or in Python."""

    steps: tuple[WatchedStep, ...]
    changed: str | None
    """Predicate, like those of the steps: one of them alters the value, and it is not NULL then."""
    emptied: str | None
    """Predicate, likewise: a value becomes NULL."""
    damaged: str | None
    """Predicate, likewise: the text looks as if it had been read in a wrong charset."""
    trace: Callable[[bytes | None, list[Noticed]], bytes]
    """`ColumnPlan.finish`, which also adds to the list what there is to tell of the value."""
