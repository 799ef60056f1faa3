"""What a follower is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from migrate.follow.throttle import Load, Window

__all__ = ["FollowOptions"]


@dataclass(frozen=True, kw_only=True)
class FollowOptions:
    """How to follow; the defaults follow at once and without end."""

    interval_seconds: float = 300.0
    """Between two checksum passes of a table that the binlog cannot tell of."""
    max_load: tuple[Load, ...] = ()
    """Status variables of the source, and the values above which the follower waits."""
    windows: tuple[Window, ...] = ()
    """Times of the day in which it works; none: always."""
    kill_switch: Path | None = None
    """As long as this file exists, the follower waits."""
    metrics: Path | None = None
    """A file that is kept up to date with figures for Prometheus."""
    heal: bool = False
    """Whether a position that the server no longer has is got over by checksum passes."""
    batch_keys: int = field(default=2_000)
    """About how many rows one transaction refreshes."""
    server_id: int | None = None
    """What the source is to know the follower by."""
    known_same: frozenset[str] = frozenset()
    """Table plans that are not compared, since they were of late and nothing has changed since."""
    count_anew: bool = True
    """Whether the totals of tables are counted at the end, which takes as long as there are rows;
    else they are what was reckoned."""
    reconnect_seconds: float = 3600.0
    """A source or target that cannot be reached for so long ends the follower."""
