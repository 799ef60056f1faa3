"""Wait until what was written to the source has had its time to arrive in the target."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mappings.sqltext import pg_name
from migrate.config import Config
from migrate.models import Checkpoint
from migrate.snapshot import BinlogPosition, open_snapshot
from migrate.source import Source
from migrate.target import Target

__all__ = ["settling"]

_ALIVE = dt.timedelta(seconds=30)
"""A follower that has given no sign for so long is not running."""
_PATIENCE = 60.0
"""Seconds that a follower is waited for, beyond the grace."""
_LOOK_SECONDS = 0.25
_IDLE_SECONDS = 2.0
_TABLE = pg_name(Checkpoint._meta.db_table)
_RUNNING = (Checkpoint.State.FOLLOWING, Checkpoint.State.WAITING)


@dataclass(frozen=True)
class _Sign:
    """The follower's last sign of life."""

    position: BinlogPosition | None
    seen_at: dt.datetime
    lag_events: int | None
    lag_seconds: float | None


def settling(
    config: Config, grace: float, stop: Callable[[], bool] = lambda: False
) -> Callable[[], None] | None:
    """What waits before a difference is looked at again; None: nothing is, the source is at rest.

    With a follower that is running: until it has applied all that the source has written by the
    call, a minute at most, and `grace` seconds more. Without one `grace` seconds, and nothing where
    that is 0. Waiting ends early when `stop` says so. The source is asked for its binlog position
    over a connection of its own; without a right to it, a follower at rest is enough.
    """
    if grace <= 0 and _sign(config) is None:
        return None

    def wait() -> None:
        began = dt.datetime.now(dt.UTC)
        until = time.monotonic() + _PATIENCE
        position = _written(config) if _sign(config) is not None else None
        while not stop() and time.monotonic() < until:
            sign = _sign(config)
            if sign is None or _has_arrived(sign, position, began):
                break
            time.sleep(_LOOK_SECONDS)
        rest = time.monotonic() + grace
        while not stop() and (left := rest - time.monotonic()) > 0:
            time.sleep(min(left, _LOOK_SECONDS))

    return wait


def _sign(config: Config) -> _Sign | None:
    """The sign of a follower that is running, or None."""
    target = Target(config.database, name="delamp verify")
    try:
        rows: list[tuple[Any, ...]] = target.rows(
            f"SELECT position, seen_at, lag_events, lag_seconds FROM {_TABLE}"
            " WHERE state = ANY(%s) AND NOT paused ORDER BY seen_at DESC NULLS LAST LIMIT 1",
            [[str(state) for state in _RUNNING]],
        )
    finally:
        target.close()
    if not rows or rows[0][1] is None or dt.datetime.now(dt.UTC) - rows[0][1] > _ALIVE:
        return None
    position, *rest = rows[0]
    return _Sign(BinlogPosition(**position) if position else None, *rest)


def _written(config: Config) -> BinlogPosition | None:
    """How far the source has written by now."""
    snapshot = open_snapshot(lambda: Source(config.source, block_bytes=config.chunk_bytes), 1)
    try:
        return snapshot.binlog
    finally:
        snapshot.close()


def _has_arrived(sign: _Sign, position: BinlogPosition | None, began: dt.datetime) -> bool:
    reached = (
        sign.position is not None
        and position is not None
        and (_place(sign.position) >= _place(position))
    )
    if reached:
        return True
    # What the source wrote last may be of no table that is followed: then it stands still.
    idle = sign.seen_at - began > dt.timedelta(seconds=_IDLE_SECONDS)
    return idle and not sign.lag_events and (sign.lag_seconds or 0) < 1


def _place(position: BinlogPosition) -> tuple[int, int]:
    """The place in one server's binlog, as what sorts."""
    digits = position.file.rpartition(".")[2]
    return (int(digits) if digits.isdigit() else 0, position.position)
