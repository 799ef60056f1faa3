"""What every way of freezing the source has in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from migrate.cutover.options import Method
from migrate.cutover.recipe import Recipe
from migrate.source import Source

__all__ = ["Freeze", "Tell"]

Tell: TypeAlias = Callable[[str], None]


class Freeze(Protocol):
    """One way to keep PHP from writing. Undoing needs the recipe only, not this."""

    name: Method

    def why_not(self, source: Source) -> str:
        """Why it cannot be done here, or nothing."""

    def warnings(self, source: Source) -> list[str]:
        """Who could write all the same."""

    def recipe(self, source: Source) -> Recipe:
        """How to undo it. Only reads."""

    def apply(self, source: Source, tell: Tell) -> None:
        """Do it. Raises `SourceError`; what was done by then is undone by the recipe."""

    def holds(self, source: Source) -> bool:
        """Whether it is still in force, as far as the server tells: a restart may have ended it,
        and where nothing is refused, somebody may be writing."""

    def probe(self, source: Source) -> str:
        """Try a write that would write nothing; what was seen, or nothing where none was possible.

        Raises `SourceError` when it is not refused.
        """
