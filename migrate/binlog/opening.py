"""How a connection begins: on the same server by file and position, on another by GTID."""

from __future__ import annotations

from dataclasses import replace

from migrate.binlog.connection import EventConnection
from migrate.binlog.errors import BinlogOtherServer, BinlogRefused, no_right, purged
from migrate.binlog.gtid import Gtids, MariaGtids, read_gtids
from migrate.binlog.server import gtid_at, require_binlog, variable
from migrate.binlog.transactions import FIRST_PLACE, Transactions
from migrate.snapshot import BinlogPosition, server_identity
from migrate.source import Source, SourceRefused
from migrate.urls import SourceUrl

__all__ = ["open_connection"]

_DENIED = (1044, 1045, 1142, 1227)
_ANSWER_SECONDS = 120.0
"""BINLOG_GTID_POS reads a whole file, so a server may well think for a while."""


def open_connection(
    url: SourceUrl, transactions: Transactions, server_id: int, name: str
) -> EventConnection:
    """Connect, and have the events from behind the last whole transaction sent.

    Raises `SourceError` when there is no connection, `BinlogError` when it cannot begin there, and
    `ConnectionLost`.
    """
    source = Source(url)
    try:
        source.limit(_ANSWER_SECONDS)
        require_binlog(source)
        start = transactions.read
        server = server_identity(source)
        by_gtid = not _is_here(source, start, server)
        transactions.begin(
            _known(source, start),
            server,
            mariadb=source.server.mariadb,
            fold=variable(source, "lower_case_table_names") not in ("", "0"),
            # Written out once a second: the transactions of a second are gone with the process.
            lossy=variable(source, "innodb_flush_log_at_trx_commit") == "0",
        )
        if transactions.torn:
            file = _next_file(source, transactions.torn)
            there = BinlogPosition(file=file, position=FIRST_PLACE, server=server)
            # MariaDB counts the transaction of which the end is missing.
            transactions.pass_torn_file(_known(source, there))
            by_gtid = False
        return EventConnection(source, transactions.read, server_id, name, by_gtid=by_gtid)
    except SourceRefused as error:
        source.close()
        if error.number in _DENIED:
            raise no_right(f"source {url.redacted}", error.message) from error
        raise
    except BaseException:
        source.close()
        raise


def _is_here(source: Source, start: BinlogPosition, server: str) -> bool:
    """Whether file and position are of this server's own binlog.

    Raises `BinlogOtherServer` when they are not, and no GTID says where to go on; `BinlogPurged`
    when they were this server's, and it has begun anew since: its GTIDs mean other transactions.
    """
    gtids = read_gtids(start.gtid, mariadb=source.server.mariadb)
    if start.server in ("", server) and (gtids is None or _has(source, start, gtids)):
        return True
    if start.server == server:
        raise purged(
            f"source {source.url.redacted}", start, "the server's binlog has nothing of it there"
        )
    if gtids is not None and (source.server.mariadb or _executed(source, gtids)):
        return False
    raise BinlogOtherServer(
        f"source {source.url.redacted}: position is of another server's binlog, got"
        f" {start.file}:{start.position} of {start.server or 'an unknown server'}"
        f" (expected one of {server})",
        hint="connect to that server, or resync by checksum and follow from the position of now",
    )


def _has(source: Source, start: BinlogPosition, gtids: Gtids) -> bool:
    """Whether the binlog has at that place what was read there, as far as GTIDs tell."""
    try:
        if source.server.mariadb:
            return str(MariaGtids(gtid_at(source, start))) == str(gtids)
        files = {(row[0] or b"").decode() for row in source.rows("SHOW BINARY LOGS")}
        return start.file in files and _executed(source, gtids)
    except SourceRefused:
        # Without the right to ask, the server's answer to the place has to do.
        return True


def _executed(source: Source, gtids: Gtids) -> bool:
    return source.value(f"SELECT GTID_SUBSET('{gtids}', @@GLOBAL.gtid_executed)") == "1"


def _next_file(source: Source, file: str) -> str:
    """The file that the server has begun behind one of which the end is missing."""
    files = [(row[0] or b"").decode() for row in source.rows("SHOW BINARY LOGS")]
    behind = files[files.index(file) + 1 :] if file in files else []
    if not behind:
        raise BinlogRefused(
            f"source {source.url.redacted}: the server's binlog is damaged, got {file} without its"
            " end, and nothing behind it",
            hint="FLUSH BINARY LOGS once the cause is removed, such as a full disk",
        )
    return behind[0]


def _known(source: Source, start: BinlogPosition) -> BinlogPosition:
    """The position with MariaDB's GTIDs, should it have none."""
    if start.gtid or not source.server.mariadb:
        return start
    try:
        return replace(start, gtid=gtid_at(source, start))
    except SourceRefused:
        return start
