"""What can be wrong with a mapping, and what can be wrong with one row.

DeclarationError    a mapping does not fit the source or the model: every problem at once
Reject              one row's fate, raised while its values are converted
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["DeclarationError", "Problem", "Reject", "nearest"]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One mistake in a mapping: where it is, what was got and expected, and what to do.

    `code` is stable (`mappings.E012`); each has an entry in docs/errors.md.
    """

    code: str
    where: str
    message: str
    hint: str | None = None
    warning: bool = False

    def __str__(self) -> str:
        lines = f"{self.code} {self.where}: {self.message}"
        return f"{lines}\nhint: {self.hint}" if self.hint else lines


class DeclarationError(Exception):
    """Every problem found while mappings were compiled, in the order of declaration."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class Reject(Exception):
    """The row cannot be loaded as it is; `code` says by which rule (docs/errors.md).

    `detail` is shown and logged: places, lengths and limits, never a value of the row.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}" if detail else code)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return "use 'x'" for the known name most like `name`, or None when nothing is near."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"use {found[0]!r}" if found else None
