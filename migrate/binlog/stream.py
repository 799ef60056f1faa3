"""The stream of changes: connect, read whole transactions, connect again when the server went."""

from __future__ import annotations

from collections.abc import Mapping

from migrate.binlog.changes import Changes, Followed
from migrate.snapshot import BinlogPosition
from migrate.urls import SourceUrl

__all__ = ["BinlogStream"]


class BinlogStream:
    """The changes of some tables of one database from a position of the binlog on.

    Connects at the first `next`. Where the position's `server` is this server, the stream begins at
    its file and position; at another one, after a failover, behind its GTIDs. One thread at a time.

    server_id:  what the server is to know this reader by; no other reader or replica of the server
                may have it. None: a random one above 2^31.
    most_keys:  a table with more changed keys in one batch is told of as `truncated`, so that a
                transaction of millions of rows does not fill the memory.
    """

    def __init__(
        self,
        source: SourceUrl,
        start: BinlogPosition,
        tables: Mapping[str, Followed],
        *,
        server_id: int | None = None,
        most_keys: int = 200_000,
        reconnect_seconds: float = 300.0,
    ) -> None:
        self.position = start
        """Behind the last transaction that was read, be it handed out or not."""
        self.trouble: str | None = None
        """Why the stream is waiting for the server just now, or None."""
        self.reconnects = 0
        raise NotImplementedError

    def next(
        self, timeout_seconds: float = 1.0, max_keys: int = 10_000, max_seconds: float = 1.0
    ) -> Changes | None:
        """Return the next whole transactions as one set of changes; None when there was nothing.

        Waits for the first of them for `timeout_seconds`. Returns as soon as the server has no
        more to tell, and else behind the transaction in which `max_keys` keys or `max_seconds` of
        gathering were reached. Transactions that touch no followed table move the position, too.

        A lost connection is made anew, with growing pauses; meanwhile `trouble` says why, and None
        is returned after the timeout. Raises `BinlogLost` after `reconnect_seconds` of that, and
        `BinlogPurged`, `BinlogOff`, `BinlogNoRight`, `BinlogOtherServer`, `BinlogFormatUnusable`
        or `SchemaChanged` where going on would lose changes: what was read before is returned
        first, and the error raised by the next call, and by every further one.
        """
        raise NotImplementedError

    def close(self) -> None:
        """End the connection; the stream cannot be used any more."""
        raise NotImplementedError
