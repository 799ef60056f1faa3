"""By which column a watermark resync knows what changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

__all__ = ["Watermark"]


@dataclass(frozen=True)
class Watermark:
    """A column that grows with every change: `resync = Watermark("updated_at")` in class Meta.

    `overlap` is how far before the last value each pass looks again, for transactions that took
    their time to commit: seconds (or a timedelta) of a moment, a number of keys of an id.
    """

    column: str
    overlap: int | dt.timedelta = 600

    @property
    def back(self) -> int:
        """The overlap in seconds, or keys."""
        if isinstance(self.overlap, dt.timedelta):
            return int(self.overlap.total_seconds())
        return self.overlap
