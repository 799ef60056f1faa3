"""One connection over which the server sends events, as many as it has, and then those to come."""

from __future__ import annotations

import socket
import struct
import time
import zlib

from migrate.binlog.errors import BinlogRefused, binlog_off, no_right, purged
from migrate.binlog.events import HEADER, Event, Format, Kind, read_format
from migrate.binlog.gtid import MariaGtids, MySQLGtids
from migrate.snapshot import BinlogPosition
from migrate.source import Source

__all__ = ["HEARTBEAT_SECONDS", "ConnectionLost", "EventConnection", "FileTorn"]

HEARTBEAT_SECONDS = 1
"""When the server has nothing to tell: its word that there is no more, so it comes soon."""
_SILENT_SECONDS = 35
_REGISTER, _DUMP, _DUMP_GTID = 0x15, 0x12, 0x1E
_THROUGH_GTID = 4
_LONGEST = 0xFFFFFF
_ERROR, _END = 0xFF, 0xFE
_PURGED = (
    "could not find first log file",
    "could not find gtid state",
    "purged",
    "position > file size",
    "impossible position",
    "not in the master's binlog",
    "not in the primary's binlog",
)
"""In what MySQL and MariaDB say when the place to begin at is not there."""
_TORN = "truncated in the middle of event"
"""What MariaDB says of a file that it was writing to when it was killed."""
_DENIED = (1044, 1045, 1142, 1227)
_FATAL_READING = 1236


class ConnectionLost(Exception):
    """The server is gone for now. Everything since the last whole transaction will come again."""


class FileTorn(ConnectionLost):
    """The file that the server was sending has no end: a crash cut it within a transaction."""


class EventConnection:
    """Events from a position on. Takes the source's connection over, and closes it.

    Raises what `_refusal` makes of the server's answer, and `ConnectionLost`.
    """

    def __init__(
        self, source: Source, start: BinlogPosition, server_id: int, name: str, *, by_gtid: bool
    ) -> None:
        self._source = source
        self._start = start
        self._data = b""
        self._at = 0
        self._format = Format(checksums=False, table_bytes=6)
        self._heard = time.monotonic()
        _prepare(source, name)
        host = b"delamp"
        source.command(_REGISTER, struct.pack("<IB", server_id, len(host)) + host + bytes(12))
        self._socket = _begin(source, start, server_id, by_gtid=by_gtid)

    @property
    def table_bytes(self) -> int:
        """Bytes of a table's number in row events."""
        return self._format.table_bytes

    def event(self, seconds: float) -> Event | None:
        """The next event, or None when none comes within so many seconds."""
        if len(self._data) < self._at + 4 and not self._fill(4, seconds):
            return None
        length = int.from_bytes(self._data[self._at : self._at + 3], "little")
        self._at += 4
        data = self._whole(length)
        if data[0] == _ERROR:
            raise self._refusal(data)
        if data[0] == _END and length < 9:
            raise ConnectionLost("the server ended the stream")
        cut = length == _LONGEST
        while length == _LONGEST:
            # Only the first part of an event this long is kept; of what follows, not even that.
            length = int.from_bytes(self._whole(4)[:3], "little")
            self._whole(length)
        return self._read(data, cut)

    def close(self) -> None:
        self._source.close()

    def _read(self, data: bytes, cut: bool) -> Event:
        moment, kind, server, _, end, flags = HEADER.unpack_from(data, 1)
        if kind == Kind.FORMAT:
            body = data[20:]
            self._format = read_format(body)
            return Event(kind, moment, server, end, flags, body)
        if kind == Kind.ROTATE and not self._format.checksums:
            # Comes before the format is known, with a checksum or without.
            checked = zlib.crc32(data[1:-4]) == int.from_bytes(data[-4:], "little")
            return Event(kind, moment, server, end, flags, data[20:-4] if checked else data[20:])
        if not self._format.checksums or cut:
            return Event(kind, moment, server, end, flags, data[20:], cut)
        if zlib.crc32(memoryview(data)[1:-4]) != int.from_bytes(data[-4:], "little"):
            raise ConnectionLost("an event arrived damaged")
        return Event(kind, moment, server, end, flags, data[20:-4])

    def _whole(self, size: int) -> bytes:
        """So many bytes, which are on their way."""
        if len(self._data) < self._at + size and not self._fill(size, _SILENT_SECONDS):
            raise ConnectionLost("the server stopped within an event")
        end = self._at + size
        data = self._data[self._at : end]
        self._at = end
        return data

    def _fill(self, size: int, seconds: float) -> bool:
        """Have so many bytes at hand; False when they do not come in time."""
        parts = [self._data[self._at :]]
        missing = size - len(parts[0])
        until = time.monotonic() + seconds
        try:
            while missing > 0:
                self._socket.settimeout(max(until - time.monotonic(), 0.0005))
                part = self._socket.recv(min(max(missing, 1 << 18), 1 << 20))
                if not part:
                    raise ConnectionLost("the server closed the connection")
                self._heard = time.monotonic()
                until = max(until, self._heard + 1)
                parts.append(part)
                missing -= len(part)
        except TimeoutError:
            if time.monotonic() - self._heard > _SILENT_SECONDS:
                raise ConnectionLost("nothing was heard of the server") from None
        except OSError as error:
            raise ConnectionLost(str(error)) from error
        finally:
            self._data, self._at = b"".join(parts), 0
        return missing <= 0

    def _refusal(self, data: bytes) -> Exception:
        number = int.from_bytes(data[1:3], "little")
        text = data[3:].decode("utf-8", "replace")
        text = (text[6:] if text.startswith("#") else text).strip().rstrip(".")
        where, low = f"source {self._source.url.redacted}", text.lower()
        if number in _DENIED:
            return no_right(where, text)
        if number != _FATAL_READING:
            return ConnectionLost(text)
        if any(part in low for part in _PURGED):
            return purged(where, self._start, text)
        if _TORN in low:
            return FileTorn(text)
        if "not open" in low:
            return binlog_off(where)
        return BinlogRefused(f"{where}: the server does not send its binlog ({text})")


def _prepare(source: Source, name: str) -> None:
    """Tell the server what this reader can take, in session variables that only it knows of."""
    settings = [
        f"@master_heartbeat_period = {HEARTBEAT_SECONDS}000000000",
        f"@source_heartbeat_period = {HEARTBEAT_SECONDS}000000000",
        # Of MariaDB: send GTID events as they are.
        "@mariadb_slave_capability = 4",
        # Of MySQL: end a connection that this reader had before.
        f"@slave_uuid = '{name}'",
        f"@replica_uuid = '{name}'",
    ]
    if source.rows("SHOW GLOBAL VARIABLES LIKE 'binlog_checksum'"):
        settings.append("@master_binlog_checksum = @@GLOBAL.binlog_checksum")
        settings.append("@source_binlog_checksum = @@GLOBAL.binlog_checksum")
    source.rows(f"SET {', '.join(settings)}")


def _begin(
    source: Source, start: BinlogPosition, server_id: int, *, by_gtid: bool
) -> socket.socket:
    file, position = start.file.encode(), start.position
    if by_gtid and not source.server.mariadb:
        gtids = MySQLGtids(start.gtid).encode()
        head = struct.pack("<HIIQI", _THROUGH_GTID, server_id, 0, 4, len(gtids))
        return source.dump(_DUMP_GTID, head + gtids)
    if by_gtid:
        source.rows(
            f"SET @slave_connect_state = '{MariaGtids(start.gtid)}',"
            " @slave_gtid_strict_mode = 0, @slave_gtid_ignore_duplicates = 0"
        )
        file, position = b"", 4
    return source.dump(_DUMP, struct.pack("<IHI", position, 0, server_id) + file)
