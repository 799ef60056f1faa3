"""When a verification ends before its end: its time is up, or it was asked to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["NO_LIMITS", "Limits", "Stopped"]


class Stopped(Exception):
    """Raised out of a level that cannot be taken up again in its middle: it begins anew."""


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Asked between two tables, two key ranges and two batches of rows; never within a query."""

    seconds: float | None = None
    """The budget; None: as long as it takes."""
    stop: Callable[[], bool] = _never
    """Whether somebody wants it to stop."""

    def started(self) -> Running:
        """The limits of a verification that begins now."""
        until = None if self.seconds is None else time.monotonic() + self.seconds
        return Running(until, self.stop)


@dataclass(frozen=True)
class Running:
    """The limits of a verification under way."""

    _until: float | None
    _stop: Callable[[], bool]

    def stopped(self) -> bool:
        """Whether somebody has stopped it by now."""
        return self._stop()

    @property
    def over(self) -> bool:
        return self.stopped() or (self._until is not None and time.monotonic() >= self._until)

    @property
    def why(self) -> str:
        """Why it is over, for people."""
        return "it was stopped" if self.stopped() else "the budget was spent"


NO_LIMITS = Limits()
