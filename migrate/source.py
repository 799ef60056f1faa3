"""The door to MySQL and MariaDB: the only module that imports PyMySQL.

Values come as the bytes of the text protocol, undecoded and unparsed: a driver that parses dates
turns zero dates into None and negative times into positive ones.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql
from pymysql.cursors import SSCursor

from migrate.errors import SourceError
from migrate.servers import ServerError
from migrate.servers.kept import kept_socket
from migrate.urls import SourceUrl

__all__ = [
    "BLOCK_BYTES",
    "ResultColumn",
    "Row",
    "ServerFacts",
    "Source",
    "SourceRefused",
    "open_sources",
]

BLOCK_BYTES = 4 * 1024 * 1024
Row = tuple[bytes | None, ...]

_OPEN: weakref.WeakValueDictionary[int, Source] = weakref.WeakValueDictionary()

_GREETING_SECONDS = 60
_LOST = {2006, 2013, 2055, 1053, 1927}
"""Error numbers that mean the connection, and with it the snapshot, is gone."""


class SourceRefused(SourceError):
    """MySQL refused one statement; `number` is its error number. The connection lives."""

    def __init__(self, message: str, number: int, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.number = number


@dataclass(frozen=True, kw_only=True)
class ServerFacts:
    """What the server says of itself."""

    version: str
    mariadb: bool
    max_allowed_packet: int

    @property
    def number(self) -> tuple[int, ...]:
        """`5.6.24-log` as (5, 6, 24)."""
        digits = self.version.split("-")[0].split(".")
        return tuple(int(n) for n in digits if n.isdigit())


@dataclass(frozen=True, kw_only=True)
class ResultColumn:
    """What the server says of one column of a result, in the protocol's numbers."""

    name: str
    kind: int
    flags: int
    length: int
    """In bytes, or digits."""
    decimals: int
    collation: int


class Source:
    """One connection to the legacy database, with the session that compiled plans rely on.

    Statements of several threads wait for each other. Raises `SourceError` when the server
    cannot be reached or will not give the session.
    """

    def __init__(self, url: SourceUrl, *, block_bytes: int = BLOCK_BYTES) -> None:
        self.url = url
        self._lock = threading.RLock()
        try:
            self._connection = pymysql.connect(**_arguments(url))
        except (pymysql.err.MySQLError, OSError, RuntimeError) as error:
            raise SourceError(
                f"source {url.redacted}: cannot connect ({_text(error)})",
                hint="check host, port or socket, user and password of the legacy URL",
            ) from error
        _OPEN[id(self)] = self
        self.server = self._server()
        self.block_bytes = min(block_bytes, self.server.max_allowed_packet // 4)
        self._prepare()
        self.limit(None)

    def rows(self, sql: str) -> list[Row]:
        """Run one statement and return all its rows."""
        with self._lock, self._errors():
            cursor = self._connection.cursor()
            cursor.execute(sql)
            return list(cursor.fetchall() or ())

    def stream(self, sql: str) -> Iterator[Row]:
        """Run one query and yield its rows as they arrive; memory holds one at a time.

        Until the iterator is exhausted or closed, other threads wait for the connection.
        """
        with self._lock, self._errors():
            cursor = self._connection.cursor(SSCursor)
            try:
                cursor.execute(sql)
                while (row := cursor.fetchone()) is not None:
                    yield row
            finally:
                # Reads what is left of the result: the protocol knows no other way to stop.
                cursor.close()

    def describe(self, sql: str) -> list[ResultColumn]:
        """Run one query and return what the server says of its columns."""
        with self._lock, self._errors():
            cursor = self._connection.cursor()
            cursor.execute(sql)
            # The cursor's public description leaves out charset and sign.
            result = cursor._result
            fields: Any = result.fields if result is not None else ()
            return [
                ResultColumn(
                    name=f.name.decode() if isinstance(f.name, bytes) else f.name,
                    kind=f.type_code,
                    flags=f.flags,
                    length=f.length,
                    decimals=f.scale,
                    collation=f.charsetnr,
                )
                for f in fields
            ]

    def value(self, sql: str) -> str | None:
        """The first column of the first row as text, or None."""
        rows = self.rows(sql)
        first = rows[0][0] if rows else None
        return None if first is None else first.decode("utf-8", "replace")

    def command(self, number: int, payload: bytes) -> None:
        """Send a command of the protocol that the server answers with OK."""
        with self._lock, self._errors():
            connection: Any = self._connection
            connection._execute_command(number, payload)
            connection._read_ok_packet()

    def limit(self, seconds: float | None) -> None:
        """Have statements fail from now on when the server is silent for so long."""
        connection: Any = self._connection
        connection._read_timeout = connection._write_timeout = seconds

    def dump(self, number: int, payload: bytes) -> socket.socket:
        """Send a command whose answer has no end, and return the socket to read it from.

        The connection is of no other use from then on; `close` ends it.
        """
        with self._lock, self._errors():
            connection: Any = self._connection
            connection._execute_command(number, payload)
            found: socket.socket = connection._sock
            return found

    @property
    def session(self) -> int:
        """What the server calls this connection."""
        connection: Any = self._connection
        return int(connection.thread_id())

    def cut(self) -> None:
        """From another thread: end the connection, also where the server does not answer."""
        connection: Any = self._connection
        with contextlib.suppress(OSError, AttributeError):
            connection._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self._connection.open:
            self._connection.close()

    def _server(self) -> ServerFacts:
        row = self.rows("SELECT VERSION(), @@version_comment, @@max_allowed_packet")[0]
        version, comment, packet = (str((v or b"").decode("utf-8", "replace")) for v in row)
        return ServerFacts(
            version=version,
            mariadb="mariadb" in f"{version} {comment}".lower(),
            max_allowed_packet=int(packet),
        )

    def require_session(self) -> None:
        """Raise `SourceError` unless the session is as compiled plans rely on.

        A proxy or an init_connect may think otherwise of what was set.
        """
        got = self.rows("SELECT " + ", ".join(f"@@SESSION.{name}" for name in self._session))[0]
        for (name, value), seen in zip(self._session.items(), got, strict=True):
            text = (seen or b"").decode("utf-8", "replace")
            if text != value:
                raise SourceError(
                    f"source {self.url.redacted}: session variable {name} did not take,"
                    f" got {text!r} (expected {value!r})",
                    hint="connect to the server itself, not through a proxy that resets sessions",
                )

    @property
    def _session(self) -> dict[str, str]:
        return {
            "sql_mode": "",
            "time_zone": "+00:00",
            "group_concat_max_len": str(self.block_bytes * 2),
            "character_set_client": "utf8mb4",
            "character_set_connection": "utf8mb4",
            "character_set_results": "utf8mb4",
        }

    def _prepare(self) -> None:
        self.rows("SET NAMES utf8mb4")
        self.rows(
            "SET SESSION sql_mode = '', time_zone = '+00:00', net_write_timeout = 3600,"
            f" net_read_timeout = 3600, group_concat_max_len = {self.block_bytes * 2},"
            " lock_wait_timeout = 30, wait_timeout = 604800, sql_big_selects = 1,"
            " sql_select_limit = 18446744073709551615"
        )
        self.rows("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for unlimited in ("max_execution_time", "max_statement_time"):
            if self.rows(f"SHOW VARIABLES LIKE '{unlimited}'"):
                self.rows(f"SET SESSION {unlimited} = 0")
        self.require_session()

    def _errors(self) -> _Errors:
        return _Errors(self.url)


def open_sources() -> list[Source]:
    """The connections of this process, closed ones maybe among them."""
    return [link for found in _OPEN.valuerefs() if (link := found()) is not None]


class _Errors:
    """Turns the driver's exceptions into delamp's, with the cause kept."""

    def __init__(self, url: SourceUrl) -> None:
        self.where = f"source {url.redacted}"

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, (pymysql.err.MySQLError, OSError)):
            number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
            if number in _LOST or isinstance(error, (pymysql.err.InterfaceError, OSError)):
                raise SourceError(
                    f"{self.where}: connection lost ({_text(error)})",
                    hint="run `delamp run`: it goes on from the last committed chunk",
                ) from error
            raise SourceRefused(f"{self.where}: {_text(error)}", number) from error


def _text(error: BaseException) -> str:
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    return text.strip().rstrip(".")


def _arguments(url: SourceUrl) -> dict[str, Any]:
    """Arguments of `pymysql.connect`: no converters, so that every value stays bytes."""
    arguments: dict[str, Any] = {
        "user": url.user,
        "password": url.password or "",
        "database": url.database,
        "charset": "utf8mb4",
        "use_unicode": False,
        "conv": {},
        "autocommit": True,
        "connect_timeout": url.connect_timeout,
        # For the greeting and the first statements; `limit` ends it.
        "read_timeout": _GREETING_SECONDS,
        "local_infile": False,
    }
    if url.private_server:
        arguments["unix_socket"] = _private_socket(url.private_server)
    elif url.unix_socket:
        arguments["unix_socket"] = url.unix_socket
    else:
        arguments |= {"host": url.host, "port": url.port}
    return arguments | _tls(url)


def _private_socket(folder: str) -> str:
    """The socket of a private server, which is started when it does not run."""
    try:
        return str(kept_socket(Path(folder)))
    except (ServerError, OSError) as error:
        hint = error.hint if isinstance(error, ServerError) else None
        raise SourceError(f"source: {error.args[0]}", hint=hint or None) from error


def _tls(url: SourceUrl) -> dict[str, Any]:
    files = {
        "ssl_ca": url.ssl_ca,
        "ssl_cert": url.ssl_cert,
        "ssl_key": url.ssl_key,
        "ssl_key_password": url.ssl_key_password,
    }
    given: dict[str, Any] = {name: path for name, path in files.items() if path}
    if url.ssl is False:
        return {"ssl_disabled": True}
    if not url.ssl and not given:
        return {}
    if url.ssl_verify_cert or (url.ssl_verify_cert is None and url.ssl_ca):
        given["ssl_verify_cert"] = True
    if url.ssl_verify_identity:
        given["ssl_verify_identity"] = True
    # Without a file to verify by, encrypted is all that was asked for.
    return (
        given if url.ssl_ca else given | {"ssl": {"check_hostname": False, "verify_mode": "none"}}
    )
