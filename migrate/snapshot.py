"""One view of the source for all readers, and the binlog position that belongs to it.

Modes, strongest first; which one was got is in the ledger:

    binlog-status   MariaDB: each reader opens its own consistent snapshot, and all of them report
                    the same `binlog_snapshot_position`, so they see the same commits. No lock and
                    no right but SELECT (MariaDB manual, "START TRANSACTION WITH CONSISTENT
                    SNAPSHOT": the position belongs exactly to the snapshot).
    read-lock       `FLUSH TABLES WITH READ LOCK` for the moment in which the readers open their
                    snapshots (needs RELOAD; managed servers have none).
    single-reader   without either: one reader, one snapshot. The binlog position is read first
                    and every transaction that has written by then is waited for (needs PROCESS),
                    so that none falls between; without that right no position is recorded.

Tables of engines without snapshots (MyISAM) are read as they are at the moment of reading.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from migrate.source import Source, SourceRefused

__all__ = ["BinlogPosition", "Snapshot", "drained", "open_snapshot", "server_identity"]

_BEGIN = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
_LOCK_SECONDS = 5
_TRIES = 200
_DRAIN_SECONDS = 60.0
_LOOK_SECONDS = 0.15
"""InnoDB looks at its transactions anew only when nobody has asked for 0.1 seconds (MySQL manual,
"Persistence and Consistency of InnoDB Transaction and Locking Information")."""


@dataclass(frozen=True, kw_only=True)
class BinlogPosition:
    """A place in the change stream; everything before it is in the snapshot."""

    file: str
    position: int
    gtid: str = ""
    server: str = ""
    """Whose file that is: MySQL's `server_uuid`, MariaDB's `server_id`."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Open connections that see the source at one instant."""

    sources: tuple[Source, ...]
    mode: str
    binlog: BinlogPosition | None

    def close(self) -> None:
        for source in self.sources:
            source.close()


def open_snapshot(connect: Callable[[], Source], readers: int) -> Snapshot:
    """Open `readers` connections that share one snapshot, or one connection where they cannot.

    Holds a global read lock for milliseconds at most, and waits at most 5 seconds for it.
    Raises `SourceError` when the source cannot be reached.
    """
    sources: list[Source] = []
    try:
        sources.append(connect())
        sources += [connect() for _ in range(readers - 1)]
        return _by_binlog_status(sources) or _by_read_lock(connect, sources) or _single(sources)
    except BaseException:
        for source in sources:
            source.close()
        raise


def _by_binlog_status(sources: list[Source]) -> Snapshot | None:
    if not sources[0].server.mariadb:
        return None
    for attempt in range(_TRIES):
        for source in sources:
            source.rows(_BEGIN)
        positions = [_snapshot_position(source) for source in sources]
        first = positions[0]
        if first is None:
            _roll_back(sources)
            return None
        if all(position == first for position in positions):
            gtid = sources[0].value(f"SELECT BINLOG_GTID_POS('{first.file}', {first.position})")
            position = replace(first, gtid=gtid or "", server=server_identity(sources[0]))
            return Snapshot(sources=tuple(sources), mode="binlog-status", binlog=position)
        _roll_back(sources)
        time.sleep(0.0001 * attempt)
    return None


def _snapshot_position(source: Source) -> BinlogPosition | None:
    found = {
        (name or b"").decode().lower(): (value or b"").decode()
        for name, value in source.rows("SHOW STATUS LIKE 'binlog_snapshot_%'")
    }
    file, position = found.get("binlog_snapshot_file"), found.get("binlog_snapshot_position")
    return BinlogPosition(file=file, position=int(position)) if file and position else None


def _by_read_lock(connect: Callable[[], Source], sources: list[Source]) -> Snapshot | None:
    control = connect()
    try:
        control.rows(f"SET SESSION lock_wait_timeout = {_LOCK_SECONDS}")
        try:
            control.rows("FLUSH TABLES WITH READ LOCK")
        except SourceRefused:
            # No RELOAD, a managed server, or a long query that would make every writer wait.
            return None
        for source in sources:
            source.rows(_BEGIN)
        position = _master_position(control)
        control.rows("UNLOCK TABLES")
        return Snapshot(sources=tuple(sources), mode="read-lock", binlog=position)
    finally:
        control.close()


def _single(sources: list[Source]) -> Snapshot:
    first, *rest = sources
    for source in rest:
        source.close()
    position = _master_position(first)
    if position is not None and not drained(first):
        position = None
    first.rows(_BEGIN)
    return Snapshot(sources=(first,), mode="single-reader", binlog=position)


def drained(source: Source, seconds: float = _DRAIN_SECONDS) -> bool:
    """Wait for the transactions open now; False when they cannot be seen (that needs PROCESS) or
    do not end in time.

    A commit reaches the binlog before the engine: a position read while one is on its way may
    lie behind a transaction that the snapshot does not hold. One that has modified nothing so far
    was not on its way: somebody's idle session is not waited for.
    """
    query = (
        "SELECT trx_id, trx_rows_modified > 0, trx_mysql_thread_id = CONNECTION_ID()"
        " FROM information_schema.INNODB_TRX"
    )
    until = time.monotonic() + seconds
    # A look may be old. One that holds a transaction begun after the position was read is not.
    source.rows(_BEGIN)
    try:
        waiting = None
        while waiting != set() and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
            seen = source.rows(query)
            if waiting is not None:
                waiting &= {trx for trx, _, _ in seen}
            elif any(own == b"1" for _, _, own in seen):
                waiting = {trx for trx, modified, _ in seen if modified == b"1"}
    except SourceRefused:
        return False
    finally:
        source.rows("ROLLBACK")
    return waiting == set()


def server_identity(source: Source) -> str:
    """What tells this server from others that have a binlog of the same names."""
    for name in ("server_uuid", "server_id"):
        if found := source.rows(f"SHOW GLOBAL VARIABLES LIKE '{name}'"):
            return (found[0][1] or b"").decode()
    return ""


def _master_position(source: Source) -> BinlogPosition | None:
    """The server's binlog position, or None without binlog or without the right to read it."""
    for statement in ("SHOW MASTER STATUS", "SHOW BINARY LOG STATUS"):
        try:
            rows = source.rows(statement)
        except SourceRefused:
            continue
        if rows:
            file, position, *rest = (v.decode() if v else "" for v in rows[0])
            gtid = rest[2] if len(rest) > 2 else ""
            return BinlogPosition(
                file=file,
                position=int(position),
                gtid=gtid.replace("\n", ""),
                server=server_identity(source),
            )
    return None


def _roll_back(sources: list[Source]) -> None:
    for source in sources:
        source.rows("ROLLBACK")
