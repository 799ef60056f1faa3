"""The events of a binlog: their numbers, their header, and the bodies of the small ones."""

from __future__ import annotations

import re
import struct
import uuid
import zlib
from dataclasses import dataclass
from typing import NamedTuple

from migrate.binlog.columns import packed
from migrate.binlog.rows import DELETE, UPDATE, WRITE

__all__ = [
    "HEADER",
    "IGNORED",
    "PLACES",
    "ROWS",
    "Event",
    "Format",
    "Kind",
    "Query",
    "inflate",
    "maria_gtid",
    "mysql_gtid",
    "payload",
    "read_format",
    "read_query",
    "xid_of_prepare",
    "xid_of_statement",
]

HEADER = struct.Struct("<IBIIIH")
"""Time, kind, server, length, position behind it, flags."""


class Kind:
    """Numbers of the events that matter."""

    QUERY = 2
    STOP = 3
    ROTATE = 4
    FORMAT = 15
    XID = 16
    EXECUTE_LOAD = 18
    TABLE_MAP = 19
    INCIDENT = 26
    GTID = 33
    HEARTBEAT = 27
    XA_PREPARE = 38
    PAYLOAD = 40
    GTID_TAGGED = 42
    MARIA_GTID = 162
    QUERY_COMPRESSED = 165


IGNORED = frozenset(
    {3, 5, 9, 11, 13, 14, 17, 27, 28, 29, 34, 35, 36, 37, 41, 160, 161, 163, 164}
)  # fmt: skip
"""Stop, what statements in statement format need, heartbeats, comments, lists of GTIDs."""


PLACES = frozenset({Kind.FORMAT, 27, 35, 161, 163, 164})
"""Between transactions, what only moves the position: format, heartbeats, lists of GTIDs,
checkpoints, encryption. A heartbeat is what a server says that has nothing more to tell. Not the
end of a file: who begins behind it would not be told again that the server was stopped in order."""


class RowKind(NamedTuple):
    kind: str
    second: bool
    """Whether the header has extra data (version 2)."""
    compressed: bool = False
    partial: bool = False


ROWS: dict[int, RowKind] = {
    23: RowKind(WRITE, False), 24: RowKind(UPDATE, False), 25: RowKind(DELETE, False),
    30: RowKind(WRITE, True), 31: RowKind(UPDATE, True), 32: RowKind(DELETE, True),
    39: RowKind(UPDATE, True, partial=True),
    166: RowKind(WRITE, False, True), 167: RowKind(UPDATE, False, True),
    168: RowKind(DELETE, False, True), 169: RowKind(WRITE, True, True),
    170: RowKind(UPDATE, True, True), 171: RowKind(DELETE, True, True),
}  # fmt: skip


class Event(NamedTuple):
    """One event; `body` is without header and checksum."""

    kind: int
    time: int
    server: int
    """`server_id` of where it was written first."""
    end: int
    """Position behind it in its file, modulo 2^32; 0 for what the server only says."""
    flags: int
    body: bytes
    cut: bool = False
    """Whether the body is only the beginning: it was too long to be held in memory."""


@dataclass(frozen=True)
class Format:
    """What the first event of a file says of the others."""

    checksums: bool
    table_bytes: int
    """Of a table's number in row events."""


def read_format(body: bytes) -> Format:
    """Read a FORMAT_DESCRIPTION event with its checksum, which it always has where it can."""
    version = body[2:52].rstrip(b"\0").decode("ascii", "replace")
    number = tuple(int(n) for n in re.findall(r"\d+", version)[:3])
    lengths = body[57:]
    table_bytes = 4 if lengths[Kind.TABLE_MAP - 1] == 6 else 6
    knows_checksums = number >= ((5, 3) if "mariadb" in version.lower() else (5, 6, 1))
    return Format(checksums=knows_checksums and body[-5] == 1, table_bytes=table_bytes)


@dataclass(frozen=True)
class Query:
    """A statement, and the database that was the session's."""

    database: str
    text: str


def read_query(event: Event) -> Query:
    """Read a QUERY event, or the one that stands for LOAD DATA in statement format."""
    body = event.body
    at = (26 if event.kind == Kind.EXECUTE_LOAD else 13) + int.from_bytes(body[11:13], "little")
    end = at + body[8]
    text = body[end + 1 :]
    if event.kind == Kind.QUERY_COMPRESSED:
        text = inflate(text)
    return Query(_text(body[at:end]), _text(text))


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def inflate(data: bytes) -> bytes:
    """Undo MariaDB's compression of events: a byte that says how, the length, and zlib's bytes."""
    if not data[0] & 0x80 or data[0] & 0x70:
        raise ValueError(f"unknown compression {data[0]:#x}")
    return zlib.decompress(data[1 + (data[0] & 7) :])


def mysql_gtid(body: bytes) -> tuple[uuid.UUID, int]:
    """The transaction's origin and number."""
    return uuid.UUID(bytes=body[1:17]), int.from_bytes(body[17:25], "little")


def maria_gtid(event: Event) -> tuple[tuple[int, int, int], bool]:
    """The transaction's GTID, and whether it is of one statement without COMMIT."""
    number, domain = struct.unpack_from("<QI", event.body)
    return (domain, event.server, number), bool(event.body[12] & 1)


def xid_of_prepare(body: bytes) -> tuple[str, bool]:
    """The name of a transaction that was prepared, and whether it was committed at once."""
    form, first, second = struct.unpack_from("<III", body, 1)
    name = body[13 : 13 + first].hex(), body[13 + first : 13 + first + second].hex()
    return f"{name[0]},{name[1]},{form}", bool(body[0])


def xid_of_statement(text: str) -> str:
    """The same name in `XA COMMIT X'…',X'…',1`."""
    found = re.search(r"X'([0-9A-Fa-f]*)'\s*,\s*X'([0-9A-Fa-f]*)'\s*,\s*(\d+)", text)
    return f"{found[1].lower()},{found[2].lower()},{found[3]}" if found else text


def payload(body: bytes) -> tuple[bytes, int]:
    """The events of a compressed transaction of MySQL 8, and their method: 0 is zstd, 255 none."""
    at, method = 0, 255
    while True:
        field, at = packed(body, at)
        if field == 0:
            return body[at:], method
        size, at = packed(body, at)
        if field == 2:
            method, _ = packed(body, at)
        at += size
