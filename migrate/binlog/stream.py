"""The stream of changes: connect, read whole transactions, connect again when the server went."""

from __future__ import annotations

import random
import secrets
import time
import uuid
from collections.abc import Collection, Mapping

from migrate.binlog.changes import Changes, Followed
from migrate.binlog.connection import ConnectionLost, EventConnection, FileTorn
from migrate.binlog.errors import BinlogError, BinlogLost
from migrate.binlog.events import Kind
from migrate.binlog.opening import open_connection
from migrate.binlog.reopened import altered_tables
from migrate.binlog.transactions import Transactions
from migrate.errors import SourceError
from migrate.snapshot import BinlogPosition
from migrate.urls import SourceUrl

__all__ = ["BinlogStream"]

_LINGER_SECONDS = 0.01
"""How long a batch waits for the next event before it is handed out."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 15.0


class BinlogStream:
    """The changes of some tables of one database from a position of the binlog on.

    Connects at the first `next`. Where the position's `server` is this server, the stream begins at
    its file and position; at another one, after a failover, behind its GTIDs. One thread at a time.

    server_id:  what the server is to know this reader by; no other reader or replica of the server
                may have it. None: a random one above 2^31.
    most_keys:  when a batch has more changed keys, the table with most of them is told of as
                `truncated`, so that a transaction of millions of rows does not fill the memory.
    strange:    tables that were altered later than what is read: rows of theirs in events of
                another shape than the catalogue's are told of as `unkeyed`, not `SchemaChanged`.
    """

    def __init__(
        self,
        source: SourceUrl,
        start: BinlogPosition,
        tables: Mapping[str, Followed],
        *,
        server_id: int | None = None,
        most_keys: int = 100_000,
        strange: Collection[str] = (),
        reconnect_seconds: float = 300.0,
    ) -> None:
        self.trouble: str | None = None
        """Why the stream is waiting for the server just now, or None."""
        self.at_end = False
        """Whether the server has said last that it has no more to tell."""
        self.connects = 0
        """How often a connection was made."""
        self._url = source
        self._tables = tables
        self._server_id = server_id or secrets.randbelow(2**31 - 1) + 2**31
        self._name = str(uuid.uuid4())
        self._transactions = Transactions(
            f"source {source.redacted}", start, tables, source.database, most_keys, strange
        )
        self._reconnect_seconds = reconnect_seconds
        self._connection: EventConnection | None = None
        self._failure: BinlogError | None = None
        self._lost_at: float | None = None
        self._pause = _FIRST_PAUSE
        self._not_before = 0.0

    def next(
        self, timeout_seconds: float = 1.0, max_keys: int = 10_000, max_seconds: float = 1.0
    ) -> Changes | None:
        """Return the next whole transactions as one set of changes; None when there was nothing.

        Waits for the first of them for `timeout_seconds`. Returns as soon as the server has no
        more to tell, and else behind the transaction in which `max_keys` keys or `max_seconds` of
        gathering were reached. Transactions that touch no followed table move the position, too.

        A lost connection is made anew, with growing pauses; meanwhile `trouble` says why, and None
        is returned after the timeout. Raises `BinlogLost` after `reconnect_seconds` of that (the
        next call tries again), `SourceError` when the first connection of all fails, or one to look
        at a table that the server has opened anew, and `BinlogPurged`, `BinlogOff`,
        `BinlogNoRight`, `BinlogOtherServer`, `BinlogRefused`, `BinlogFormatUnusable` or
        `SchemaChanged` where going on would lose changes: what was read before is returned first,
        and the error raised by the next call and by every further one.
        """
        caught_up = self._failure is None and self._gather(
            time.monotonic() + timeout_seconds, max_keys, max_seconds
        )
        if self._transactions.moved:
            self._look_at_reopened()
            return self._transactions.take(caught_up=caught_up)
        if self._failure is not None:
            raise self._failure
        return None

    @property
    def read(self) -> BinlogPosition:
        """Behind the last whole transaction that was read."""
        return self._transactions.read

    def close(self) -> None:
        """End the connection; `next` would make another, behind what was read last."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _look_at_reopened(self) -> None:
        """Before keys are handed out: whether they were read from the columns that are meant."""
        reopened = self._transactions.maps.reopened
        if reopened:
            altered = altered_tables(self._url, self._tables, reopened)
            if altered:
                failure = self._transactions.distrust(altered)
                self._failure = self._failure or failure
                self.close()
            reopened.clear()

    def _gather(self, deadline: float, max_keys: int, max_seconds: float) -> bool:
        """Read until there is enough; whether the server had no more."""
        transactions, until, tried = self._transactions, 0.0, False
        while True:
            now = time.monotonic()
            if transactions.transactions:
                until, wait = until or now + max_seconds, _LINGER_SECONDS
                if transactions.gathered >= max_keys or now >= until:
                    return False
            elif tried and now >= deadline:
                return False
            else:
                wait = max(deadline - now, 0.0)
            try:
                tried, connection = True, self._connected(deadline)
                event = connection.event(wait) if connection else None
                if connection is None or event is None:
                    if transactions.transactions or time.monotonic() >= deadline:
                        return connection is not None
                    continue
                self.at_end = event.kind == Kind.HEARTBEAT
                transactions.feed(event, connection.table_bytes)
            except ConnectionLost as lost:
                if isinstance(lost, FileTorn):
                    self._transactions.tear()
                self._lose(lost)
            except BinlogError as failure:
                self.close()
                self._failure = failure
                return False

    def _connected(self, deadline: float) -> EventConnection | None:
        """The connection, made anew where there is none; None while it cannot be had."""
        if self._connection is not None:
            return self._connection
        now = time.monotonic()
        if now < self._not_before:
            time.sleep(max(min(self._not_before, deadline) - now, 0.0))
            return None
        try:
            self._connection = open_connection(
                self._url, self._transactions, self._server_id, self._name
            )
        except BinlogError:
            raise
        except SourceError as error:
            if not self.connects:
                raise
            raise ConnectionLost(error.message) from error
        self.connects += 1
        self.trouble, self._lost_at, self._pause = None, None, _FIRST_PAUSE
        return self._connection

    def _lose(self, lost: ConnectionLost) -> None:
        self.close()
        now = time.monotonic()
        self._lost_at = self._lost_at or now
        self.trouble = str(lost)
        if now - self._lost_at > self._reconnect_seconds:
            self._lost_at = None
            raise BinlogLost(
                f"source {self._url.redacted}: connection lost, and not to be had again for"
                f" {self._reconnect_seconds:.0f} s ({lost})",
                hint="see whether the server runs; the position stands, go on from it later",
            ) from lost
        self._not_before = now + self._pause * random.uniform(0.5, 1.0)
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
