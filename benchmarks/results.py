"""What a measure found: flat figures, details, and lines for people."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Result", "spread", "timing_lines"]


@dataclass
class Result:
    """What one measure found."""

    title: str
    figures: dict[str, float] = field(default_factory=dict)
    """Flat: names that later runs are compared by."""
    details: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    """For people."""

    def render(self) -> str:
        return "\n".join([f"\n{self.title}", *(f"  {line}" for line in self.lines)])


def spread(seconds: Sequence[float]) -> dict[str, Any]:
    """The timings with their least and middle one."""
    return {
        "min": round(min(seconds), 3),
        "median": round(statistics.median(seconds), 3),
        "all": [round(value, 3) for value in seconds],
    }


def timing_lines(rows: int, timings: dict[str, Sequence[float]]) -> list[str]:
    """A table of timings: least, middle, rows per second."""
    width = max(map(len, timings))
    lines = [f"{'':{width}}  {'min s':>8}  {'median s':>8}  {'rows/s':>10}"]
    for name, seconds in timings.items():
        middle = statistics.median(seconds)
        lines.append(f"{name:{width}}  {min(seconds):8.2f}  {middle:8.2f}  {rows / middle:10,.0f}")
    return lines
