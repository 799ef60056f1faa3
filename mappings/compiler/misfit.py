"""What does not go together, before it has become a problem with a code."""

from __future__ import annotations

__all__ = ["Misfit"]


class Misfit(Exception):
    """A column, its steps and its field do not go together; becomes a `Problem` with a place."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        self.code, self.message, self.hint = code, message, hint
        super().__init__(message)
