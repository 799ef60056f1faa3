"""Fill a MySQL or MariaDB server. The only module of the example that opens a connection to it."""

from __future__ import annotations

from collections.abc import Iterator
from queue import Queue
from threading import Thread
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

import pymysql

from examples.iconfinder.legacy.facts import Facts, facts
from examples.iconfinder.legacy.sizes import Sizes, sizes
from examples.iconfinder.legacy.table import Table
from examples.iconfinder.legacy.tables import TABLES

__all__ = ["generate", "holds", "statements"]

Connection: TypeAlias = "pymysql.connections.Connection[Any]"

_STATEMENT_BYTES = 1_000_000
_COMMIT_EVERY = 16
_MARK = "iconfinder demo"
"""Begins the comment of every table of ours; the last table's says when all are complete."""
_LAST = TABLES[-1].name

_SESSION = """
    SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', unique_checks = 0,
        foreign_key_checks = 0
"""


def generate(url: str, rows: int, seed: int = 1) -> Facts:
    """Drop the example's tables, if any, make them anew and fill them; return what was planted.

    Commits every few megabytes. Raises `ValueError` for bad `rows` and for a database that holds
    such a table which is not the example's, and `pymysql.Error` for whatever the server refuses.
    """
    size = sizes(rows)
    connection = _connect(url)
    try:
        _refuse_strangers(connection)
        for table in TABLES:
            _fill(connection, table, size, seed)
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {_LAST} COMMENT = '{_complete(rows, seed)}'")
    finally:
        connection.close()
    return facts(rows, seed)


def holds(url: str, rows: int, seed: int = 1) -> bool:
    """Whether the database was filled, to the end, with these rows and this seed."""
    connection = _connect(url)
    try:
        return _comments(connection).get(_LAST) == _complete(rows, seed)
    finally:
        connection.close()


def statements(table: Table, size: Sizes, seed: int, limit: int) -> Iterator[bytes]:
    """Multi-row INSERTs of at most `limit` bytes (or one row), in the order of the rows."""
    head = b"INSERT INTO %s VALUES " % table.name.encode()
    rows: list[bytes] = []
    length = len(head)
    for row in table.rows(size, seed):
        if rows and length + len(row) >= limit:
            yield head + b",".join(rows)
            rows, length = [], len(head)
        rows.append(row)
        length += len(row) + 1
    yield head + b",".join(rows)


def _complete(rows: int, seed: int) -> str:
    return f"{_MARK}: {rows} rows, seed {seed}"


def _comments(connection: Connection) -> dict[str, str]:
    """Table -> comment, of the tables with a name of ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT TABLE_NAME, TABLE_COMMENT FROM information_schema.TABLES "
            "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN %s",
            ([table.name for table in TABLES],),
        )
        return {_text(name): _text(comment) for name, comment in cursor.fetchall()}


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _refuse_strangers(connection: Connection) -> None:
    """Never drop a table that somebody else made."""
    for name, comment in _comments(connection).items():
        if not comment.startswith(_MARK):
            raise ValueError(
                f"legacy database: table {name} is not the example's, got comment {comment!r} "
                f"(expected {_MARK!r}); name an empty database"
            )


def _connect(url: str) -> Connection:
    """Connect to `mysql://user:password@host:port/database?unix_socket=…`."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    connection: Connection = pymysql.connect(
        host=unquote(parts.hostname or "localhost"),
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.strip("/")),
        unix_socket=options.get("unix_socket") or options.get("socket"),
        charset="latin1",
        autocommit=False,
    )
    with connection.cursor() as cursor:
        cursor.execute(_SESSION)
        # Bytes of literals reach columns as they are, whatever charset the column claims.
        cursor.execute("SET NAMES binary")
    return connection


def _fill(connection: Connection, table: Table, size: Sizes, seed: int) -> None:
    """Create and fill one table: rows are made here while a thread of its own sends them."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table.name}")
        cursor.execute(table.create)
        cursor.execute(f"ALTER TABLE {table.name} COMMENT = '{_MARK}'")
        cursor.execute("SELECT @@max_allowed_packet")
        (packet,) = cursor.fetchone() or (0,)
    limit = min(_STATEMENT_BYTES, packet // 2)
    sender = _Sender(connection)
    sender.start()
    for statement in statements(table, size, seed, limit):
        sender.send(statement)
    sender.finish()
    if table.keys:
        with connection.cursor() as cursor:
            # Sorted once at the end, which is many times faster than row by row.
            cursor.execute(f"ALTER TABLE {table.name} {', '.join(f'ADD {k}' for k in table.keys)}")


class _Sender(Thread):
    """Executes statements in order. After a failure it drains the queue and raises at `finish`."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(name="iconfinder-sender", daemon=True)
        self._connection = connection
        self._queue: Queue[bytes | None] = Queue(maxsize=2)
        self._error: Exception | None = None

    def send(self, statement: bytes) -> None:
        if self._error:
            self.finish()
        self._queue.put(statement)

    def finish(self) -> None:
        """Wait until everything is committed, or raise what went wrong."""
        self._queue.put(None)
        self.join()
        if self._error:
            raise self._error

    def run(self) -> None:
        sent = 0
        while (statement := self._queue.get()) is not None:
            if self._error:
                continue
            try:
                with self._connection.cursor() as cursor:
                    cursor.execute(statement)
                sent += 1
                if sent % _COMMIT_EVERY == 0:
                    self._connection.commit()
            except Exception as error:
                self._error = error
        if not self._error:
            self._connection.commit()
