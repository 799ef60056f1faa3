"""Follows the events that wait, and measures its own memory: run in the shop's folder.

slope.py WARM FLAT LEAKING    events to warm up with, to follow, and to follow while it leaks

Prints bytes that memory grew by for each event: traced objects, and the resident set.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import django

Point = tuple[int, int, int]
"""Events, bytes that Python has allocated, bytes of the resident set."""


def main() -> None:
    sys.path.insert(0, ".")
    django.setup()
    from migrate.config import load_config
    from migrate.follow.followed import Followed
    from migrate.follow.following import follow
    from migrate.follow.options import FollowOptions
    from migrate.follow.session import Session

    warm, flat, leaking = map(int, sys.argv[1:])
    stop = threading.Event()
    points: list[Point] = []
    kept: list[Any] = []
    apply = Session.apply

    def leaky(session: Session, changes: Any) -> Any:
        kept.append(changes)
        return apply(session, changes)

    def progress(followed: Followed) -> None:
        if followed.events >= warm:
            gc.collect()
            points.append((followed.events, tracemalloc.get_traced_memory()[0], resident()))
        if followed.events >= warm + flat:
            Session.apply = leaky  # type: ignore[method-assign]
        if followed.events >= warm + flat + leaking:
            stop.set()

    tracemalloc.start()
    follow(load_config(), FollowOptions(batch_keys=200), stop=stop, progress=progress)
    parts = {
        "flat": [point for point in points if point[0] <= warm + flat],
        "leaking": [point for point in points if point[0] > warm + flat],
    }
    said = {name: [slope(part, 1), slope(part, 2)] for name, part in parts.items()}
    print(json.dumps(said | {"batches": len(points), "resident_mb": points[-1][2] >> 20}))


def slope(points: list[Point], column: int) -> float:
    """Bytes for each event: the median of the slopes between all points, which no step bends.

    Python's cache of attributes fills up, to 4,096 names at most, and is emptied now and then.
    """
    found = [
        (later[column] - point[column]) / (later[0] - point[0])
        for n, point in enumerate(points)
        for later in points[n + 1 :]
    ]
    return round(statistics.median(found), 2)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


if __name__ == "__main__":
    main()
