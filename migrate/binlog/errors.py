"""Why the changes of the source cannot be followed from where they were left."""

from __future__ import annotations

from typing import ClassVar

from migrate.errors import SourceError
from migrate.snapshot import BinlogPosition

__all__ = [
    "BinlogError",
    "BinlogFormatUnusable",
    "BinlogLost",
    "BinlogNoRight",
    "BinlogOff",
    "BinlogOtherServer",
    "BinlogPurged",
    "BinlogRefused",
    "SchemaChanged",
    "binlog_off",
    "no_right",
    "purged",
]


class BinlogError(SourceError):
    """The binlog cannot be followed. Waiting does not help; `code` says what would."""

    code: ClassVar[str]


class BinlogPurged(BinlogError):
    """The server no longer has the position, or never had it: changes may be lost to the stream."""

    code = "binlog_purged"

    def __init__(self, message: str, position: BinlogPosition, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.position = position


class BinlogOff(BinlogError):
    """The server writes no binlog, or none of the database that is followed."""

    code = "binlog_off"


class BinlogNoRight(BinlogError):
    """The user may not read the binlog, or not its position."""

    code = "binlog_no_right"


class BinlogOtherServer(BinlogError):
    """File and position are those of another server's binlog, and no GTID leads over to this."""

    code = "binlog_other_server"


class BinlogLost(BinlogError):
    """The server could not be reached again in time. The position stands: try again later."""

    code = "binlog_lost"


class BinlogRefused(BinlogError):
    """The server will not send its binlog, for a reason of its own, which the message has."""

    code = "binlog_refused"


class BinlogFormatUnusable(BinlogError):
    """An event tells of a change to followed tables without naming rows, or cannot be read.

    `position` is before its transaction, `after` behind it: a checksum pass of the whole database
    that begins after the cause is removed covers what lies between.
    """

    code = "binlog_format"

    def __init__(
        self,
        message: str,
        *,
        position: BinlogPosition | None = None,
        after: BinlogPosition | None = None,
        statement: str = "",
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.position = position
        self.after = after
        self.statement = statement


class SchemaChanged(BinlogError):
    """A followed table was altered, renamed, dropped or made anew.

    Everything before `position` was handed out; no row event lies between it and `after`. Who
    finds that the change does not matter goes on from `after`. `after` is `position` where row
    events themselves show that the table is another than it was: the change lies elsewhere.
    """

    code = "schema_changed"

    def __init__(
        self,
        message: str,
        *,
        tables: tuple[str, ...],
        statement: str,
        position: BinlogPosition,
        after: BinlogPosition,
        rows_suspect: bool,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.tables = tables
        self.statement = statement
        self.position = position
        self.after = after
        self.rows_suspect = rows_suspect


def no_right(where: str, text: str) -> BinlogNoRight:
    """The error for what the server said of a missing right."""
    return BinlogNoRight(
        f"{where}: no right to read the binlog ({text})",
        hint="GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* to the user",
    )


def purged(where: str, position: BinlogPosition, text: str) -> BinlogPurged:
    """The error for a position that is not to be had, and why."""
    gtid = f" ({position.gtid})" if position.gtid else ""
    return BinlogPurged(
        f"{where}: binlog position is no longer there, got {position.file}:{position.position}"
        f"{gtid} ({text})",
        position,
        hint="take the position of now, run `delamp resync --strategy checksum`,"
        " then follow from that position; keep binlogs for longer",
    )


def binlog_off(where: str) -> BinlogOff:
    """The error for a server without binlog."""
    return BinlogOff(
        f"{where}: binlog is off, got log_bin = OFF (expected ON)",
        hint="start the server with log_bin and binlog_format=ROW, or resync by checksum",
    )
