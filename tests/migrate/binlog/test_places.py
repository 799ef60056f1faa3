"""A stream says where it is also where no transaction tells it: "all was read" is never a guess."""

from __future__ import annotations

import time

from migrate.binlog import BinlogPosition, BinlogStream
from tests.migrate.binlog.following import Legacy


def place(position: BinlogPosition) -> tuple[str, str, int]:
    return position.server, position.file, position.position


def read_until_idle(stream: BinlogStream, seconds: float) -> BinlogPosition | None:
    """The last position that the stream told within so many seconds."""
    told, until = None, time.monotonic() + seconds
    while time.monotonic() < until:
        changes = stream.next(timeout_seconds=0.2)
        told = changes.position if changes else told
    return told


def test_the_end_of_the_binlog_is_reached_behind_a_rotation_without_transactions(
    either: Legacy,
) -> None:
    either.run("CREATE TABLE t (id INT PRIMARY KEY)")
    stream = either.follow("t")
    either.run("INSERT INTO t VALUES (1)", "FLUSH LOGS")
    end = either.now()
    told = read_until_idle(stream, 4)
    assert told is not None
    # MariaDB writes a checkpoint a little later.
    assert place(told) >= place(end)


def test_a_heartbeat_tells_where_the_binlog_ends(legacy: Legacy) -> None:
    legacy.run("CREATE TABLE t (id INT PRIMARY KEY)")
    start = legacy.now()
    # As after an upgrade: the position does not say of which server it is.
    stream = legacy.follow("t", start=BinlogPosition(file=start.file, position=start.position))
    told = read_until_idle(stream, 4)
    assert told is not None
    assert place(told) == place(start)
