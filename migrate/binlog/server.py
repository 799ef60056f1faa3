"""What the server says of its binlog: whether there is one, of use, and where it ends."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from migrate.binlog.errors import BinlogFormatUnusable, BinlogOff, binlog_off, no_right
from migrate.snapshot import BinlogPosition, server_identity
from migrate.source import Source, SourceRefused

__all__ = ["filter_note", "place_now", "position_now", "require_binlog", "variable"]

_DENIED = (1044, 1045, 1142, 1227)
_STATUS = ("SHOW MASTER STATUS", "SHOW BINARY LOG STATUS")


def require_binlog(source: Source) -> None:
    """Raise unless the server writes a binlog of rows.

    `BinlogOff` without a binlog of this database; `BinlogFormatUnusable` where it is of statements,
    or of images of rows without their key. Sessions may differ from what is asked here: the stream
    tells of those.
    """
    if variable(source, "log_bin") not in ("ON", "1"):
        raise binlog_off(f"source {source.url.redacted}")
    if (got := variable(source, "binlog_format") or "ROW") != "ROW":
        raise BinlogFormatUnusable(
            f"source {source.url.redacted}: binlog tells statements, not rows,"
            f" got binlog_format = {got} (expected ROW)",
            hint="SET GLOBAL binlog_format = 'ROW', let PHP connect anew, then resync by checksum",
        )
    only, without = _filters(source)
    ours = _folded(source, source.url.database)
    if ours in without or (only and ours not in only):
        got = f"binlog_do_db = {', '.join(only)}" if only else f"binlog_ignore_db = {ours}"
        raise BinlogOff(
            f"source {source.url.redacted}: the database is kept out of the binlog, got {got}",
            hint="take the filter out of the server's options and start it again, or resync by"
            " checksum",
        )


def filter_note(source: Source) -> str:
    """What a person should know of filters of the binlog; empty where there are none.

    They go by the database that a session is in, of statements, and only of rows by the table's.
    """
    only, without = _filters(source)
    if not only and not without:
        return ""
    which = f"other than {', '.join(only)}" if only else f"among {', '.join(without)}"
    return (
        f"the source has filters of its binlog: a TRUNCATE or ALTER TABLE is not told of where the"
        f" session is in a database {which}; `delamp resync --strategy checksum` finds what it did"
    )


def _filters(source: Source) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The databases that alone are in the binlog, and those that are not."""
    for statement in _STATUS:
        try:
            rows = source.rows(statement)
        except SourceRefused:
            # Without the right to ask, there is no position either.
            continue
        for row in rows:
            texts = ((value or b"").decode("utf-8", "replace") for value in row[2:4])
            only, without = (tuple(_folded(source, n) for n in t.split(",") if n) for t in texts)
            return only, without
    return (), ()


def _folded(source: Source, name: str) -> str:
    return name.lower() if variable(source, "lower_case_table_names") not in ("", "0") else name


def position_now(source: Source) -> BinlogPosition:
    """Where the binlog ends: changes committed from now on lie behind it.

    A transaction before it may not be visible yet: `migrate.snapshot` opens snapshots that belong
    to a position. Raises `BinlogOff`, or `BinlogNoRight` without REPLICATION CLIENT (MariaDB 10.5
    and newer: BINLOG MONITOR).
    """
    denied: SourceRefused | None = None
    for statement in _STATUS:
        try:
            rows = source.rows(statement)
        except SourceRefused as error:
            denied = error if error.number in _DENIED else denied
            continue
        if rows:
            file, position, *rest = (value.decode() if value else "" for value in rows[0])
            gtids = rest[2].replace("\n", "") if len(rest) > 2 else ""
            found = BinlogPosition(
                file=file, position=int(position), gtid=gtids, server=server_identity(source)
            )
            return replace(found, gtid=gtid_at(source, found)) if source.server.mariadb else found
    where = f"source {source.url.redacted}"
    if denied is not None:
        raise no_right(where, denied.message) from denied
    raise binlog_off(where)


def place_now(source: Source) -> tuple[str, int] | None:
    """File and position where the binlog ends; None where there is none, or it may not be asked."""
    for statement in _STATUS:
        with contextlib.suppress(SourceRefused):
            for file, position, *_ in source.rows(statement):
                return (file or b"").decode(), int(position or 0)
    return None


def gtid_at(source: Source, position: BinlogPosition) -> str:
    """MariaDB's GTID position at a place of its binlog; empty where it has no such place."""
    return source.value(f"SELECT BINLOG_GTID_POS('{position.file}', {position.position})") or ""


def variable(source: Source, name: str) -> str:
    """A global variable of the server, or empty where it has none of that name."""
    rows = source.rows(f"SHOW GLOBAL VARIABLES LIKE '{name}'")
    return (rows[0][1] or b"").decode() if rows else ""
