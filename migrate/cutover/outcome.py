"""What a cutover amounted to, and what it tells while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from migrate.errors import DelampError

__all__ = ["FindingsRemain", "Listener", "Outcome", "Said"]


class FindingsRemain(DelampError):
    """What was verified differs: the cutover must not go on."""

    exit_code = 6


@dataclass(frozen=True, kw_only=True)
class Said:
    """Something to tell: a state that was entered, or a line about what is done in it."""

    state: str
    text: str = ""
    warning: bool = False


Listener: TypeAlias = Callable[[Said], None]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The end of a cutover."""

    number: int
    state: str
    method: str
    write_pause_seconds: float | None
    report: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    """By state, of the last attempt."""
