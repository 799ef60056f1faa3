"""What can go wrong in a run, each kind with its exit code.

    DelampError            1
    +-- ConfigError        3   settings are wrong or missing
    +-- SourceError        4   MySQL cannot be reached, refuses, or is not what was expected
    +-- TargetError        5   PostgreSQL, likewise
    +-- RunError           1   the state of things forbids it: another run is active, totals differ
    +-- Interrupted        7   stopped on request; what is committed stays, a resume goes on

A mapping that does not compile is `mappings.DeclarationError` (3), a usage error click's own (2),
findings are values and not exceptions (6).
"""

from __future__ import annotations

from typing import ClassVar

__all__ = ["ConfigError", "DelampError", "Interrupted", "RunError", "SourceError", "TargetError"]


class DelampError(Exception):
    """One line: where, what, got and expected; a hint apart, starting with a verb."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class ConfigError(DelampError):
    exit_code = 3


class SourceError(DelampError):
    exit_code = 4


class TargetError(DelampError):
    exit_code = 5


class RunError(DelampError):
    exit_code = 1


class Interrupted(DelampError):
    exit_code = 7
