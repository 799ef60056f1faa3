"""Rows over time, from the chunks in the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from verify.reports.document import Throughput

__all__ = ["throughput"]

_SLICES = 80
_PAUSE = 60.0
"""Seconds without a chunk after which a run is taken to have stood still."""


def throughput(begun: dt.datetime, chunks: Iterable[tuple[dt.datetime, int]]) -> Throughput | None:
    """Chunks by (committed at, rows read), in that order; None when nothing can be said."""
    places: list[tuple[float, int]] = []
    pauses, active, last = 0, 0.0, begun
    for at, rows in chunks:
        gap = max(0.0, (at - last).total_seconds())
        if gap > _PAUSE and places:
            pauses, gap = pauses + 1, 0.0
        active, last = active + gap, max(last, at)
        places.append((active, rows))
    if not places or active <= 0:
        return None
    size = min(_SLICES, len(places))
    width = active / size
    slices = [0] * size
    for place, rows in places:
        slices[min(size - 1, int(place / width))] += rows
    return Throughput(slice_seconds=round(width, 6), rows=tuple(slices), pauses=pauses)
