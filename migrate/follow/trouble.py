"""Which troubles pass by themselves, so that a follower waits and tries again."""

from __future__ import annotations

from migrate.binlog import BinlogError, BinlogLost
from migrate.errors import DelampError, RunError, SourceError, TargetError
from migrate.follow.schema import SchemaDiffers
from migrate.source import SourceRefused
from migrate.target import TargetRefused

__all__ = ["passes_by"]

_SOURCE = {
    1040,  # too many connections
    1053, 1077, 1079,  # shutting down
    1105,  # unknown error of a proxy
    1205, 1213,  # lock wait timeout, deadlock
    1412,  # table definition has changed since the snapshot
    1317, 1969, 3024,  # interrupted
    1226,  # resource limit of the user
    3100, 3101,  # rolled back by a group
}  # fmt: skip
_TARGET = ("08", "40", "53", "55", "57")
"""Classes: connection, rollback, resources, object not ready, operator intervention."""


def passes_by(error: DelampError) -> bool:
    """Whether the same may succeed a little later, without anybody doing anything."""
    if isinstance(error, SourceRefused):
        return error.number in _SOURCE
    if isinstance(error, TargetRefused):
        return error.sqlstate[:2] in _TARGET
    if isinstance(error, (SchemaDiffers, BinlogError)):
        return isinstance(error, BinlogLost)
    if isinstance(error, RunError):
        # Our own former connection may still hold the lock until PostgreSQL sees that it is gone.
        return "another delamp run is active" in error.message
    return isinstance(error, (SourceError, TargetError))
