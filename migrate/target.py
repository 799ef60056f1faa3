"""The door to PostgreSQL: the only module that imports psycopg2.

Connections are delamp's own, made from Django's settings: whichever driver Django uses, loads go
through psycopg2's COPY.
"""

from __future__ import annotations

import contextlib
import io
import os
import socket
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg2
import psycopg2.errors
import psycopg2.extensions

from migrate.errors import TargetError

__all__ = ["Target", "TargetRefused", "open_targets"]

_PARAMETERS = {
    "NAME": "dbname",
    "USER": "user",
    "PASSWORD": "password",
    "HOST": "host",
    "PORT": "port",
}
_SESSION = (
    "SET TIME ZONE 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres';"
    " SET extra_float_digits = 3; SET standard_conforming_strings = on; SET bytea_output = 'hex';"
    # Where a policy would hide rows, PostgreSQL refuses the statement: nobody counts the rest.
    " SET row_security = off; SET statement_timeout = 0;"
    " SET idle_in_transaction_session_timeout = 0;"
    # What delamp writes, it counts by itself: triggers on the target's tables stay out of it.
    " SET delamp.applying = 'on'"
)
_LEAVE_WITH_THE_CLIENT = (
    "DO $$ BEGIN PERFORM set_config('client_connection_check_interval', '1000', false);"
    " EXCEPTION WHEN undefined_object OR invalid_parameter_value THEN NULL; END $$"
)
"""A killed process's statements and locks end within a second, and do not go on to their own end.

PostgreSQL 14 and newer know of it, on the systems that can tell (manual, section 20.3.2).
"""
_READ = 1 << 18
_OPEN: weakref.WeakValueDictionary[int, Target] = weakref.WeakValueDictionary()


class TargetRefused(TargetError):
    """PostgreSQL refused a statement or a row; the transaction is to be rolled back.

    `sqlstate` is its code, `constraint` and `column` are named when it knows them, `source_file` is
    that of PostgreSQL which refused. The message leaves out the server's detail line: it quotes the
    row.
    """

    def __init__(self, message: str, error: psycopg2.Error) -> None:
        super().__init__(message)
        self.sqlstate = error.pgcode or ""
        self.constraint: str = error.diag.constraint_name or ""
        self.column: str = error.diag.column_name or ""
        self.primary: str = error.diag.message_primary or ""
        self.source_file: str = error.diag.source_file or ""

    @property
    def about_data(self) -> bool:
        """Whether a row is at fault: class 22 (data), 23 (integrity), 54 (too large a row)."""
        return self.sqlstate[:2] in ("22", "23", "54")

    @property
    def deadlock(self) -> bool:
        """Whether others were in the way: a deadlock, a conflict, a lock not to be had in time."""
        return self.sqlstate in ("40P01", "40001", "55P03")


class Target:
    """One connection to the target database. Not for two threads at a time."""

    def __init__(self, settings: Mapping[str, Any], *, name: str = "delamp") -> None:
        self.where = f"target {settings.get('NAME')}"
        self._depth = 0
        try:
            self._connection = psycopg2.connect(**_arguments(settings, name))
            self._connection.autocommit = True
            with self._connection.cursor() as cursor:
                cursor.execute(_SESSION)
                cursor.execute(_LEAVE_WITH_THE_CLIENT)
        except psycopg2.Error as error:
            raise TargetError(
                f"{self.where}: cannot connect ({_first_line(error)})",
                hint="check DATABASES in the settings, and that the server is up",
            ) from error
        _OPEN[id(self)] = self

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows, or none for a statement without a result."""
        with self._errors(), self._connection.cursor() as cursor:
            cursor.execute(sql, tuple(params) or None)
            return cursor.fetchall() if cursor.description else []

    def execute(self, sql: str, params: Sequence[object] = ()) -> int:
        """Run one statement and return how many rows it touched."""
        with self._errors(), self._connection.cursor() as cursor:
            cursor.execute(sql, tuple(params) or None)
            return int(cursor.rowcount)

    def value(self, sql: str, params: Sequence[object] = ()) -> Any:
        """The first column of the first row, or None."""
        rows = self.rows(sql, params)
        return rows[0][0] if rows else None

    def copy(self, sql: str, pieces: Iterable[bytes]) -> int:
        """`COPY … FROM STDIN` of all the pieces; returns the rows. Pieces are pulled as needed."""
        file = _Pieces(pieces)
        try:
            with self._errors(), self._connection.cursor() as cursor:
                cursor.copy_expert(sql, file, size=_READ)
                return int(cursor.rowcount)
        except TargetError as error:
            # libpq only learns that reading failed; what failed is ours to say.
            if file.failure is not None:
                raise file.failure from error
            raise

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """BEGIN … COMMIT, or ROLLBACK when the block raises; inside another one, a savepoint."""
        name = f"delamp_{self._depth}"
        nested = self._depth > 0
        self.execute(f"SAVEPOINT {name}" if nested else "BEGIN")
        self._depth += 1
        try:
            yield
            self.execute(f"RELEASE SAVEPOINT {name}" if nested else "COMMIT")
        except BaseException:
            self._roll_back(f"ROLLBACK TO SAVEPOINT {name}" if nested else "ROLLBACK")
            raise
        finally:
            self._depth -= 1

    @property
    def in_transaction(self) -> bool:
        """Whether `transaction` is open."""
        return self._depth > 0

    def _roll_back(self, statement: str) -> None:
        # What failed is being raised already; a lost connection has rolled back by itself.
        if not self._connection.closed:
            with contextlib.suppress(psycopg2.Error), self._connection.cursor() as cursor:
                cursor.execute(statement)

    def fileno(self) -> int:
        """The descriptor of the connection's socket."""
        return int(self._connection.fileno())

    def cancel(self) -> None:
        """From another thread: have the server refuse the statement under way, if there is one."""
        with contextlib.suppress(psycopg2.Error):
            self._connection.cancel()

    def cut(self) -> None:
        """From another thread: end the connection, also where the server does not answer."""
        with contextlib.suppress(psycopg2.Error, OSError):
            number = self._connection.fileno()
            with socket.socket(fileno=os.dup(number)) as same:
                same.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg2.Error as error:
            if error.pgcode is None or self._connection.closed:
                raise TargetError(
                    f"{self.where}: connection lost ({_first_line(error)})",
                    hint="run `delamp run`: it goes on from the last committed chunk",
                ) from error
            raise TargetRefused(f"{self.where}: {_first_line(error)}", error) from error


def open_targets() -> list[Target]:
    """The connections of this process, closed ones maybe among them."""
    return [link for found in _OPEN.valuerefs() if (link := found()) is not None]


class _Pieces(io.RawIOBase):
    """The pieces one after the other as a file that COPY can read."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")
        self.failure: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        while not self._rest:
            try:
                piece = next(self._pieces, None)
            except BaseException as error:
                self.failure = error
                raise
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        take, self._rest = self._rest[:size], self._rest[size:]
        return bytes(take)


def _arguments(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Arguments of libpq from an entry of Django's DATABASES."""
    given = {libpq: settings[key] for key, libpq in _PARAMETERS.items() if settings.get(key)}
    ours = {"pool", "isolation_level", "server_side_binding", "assume_role", "cursor_factory"}
    options = {k: v for k, v in (settings.get("OPTIONS") or {}).items() if k not in ours}
    # As SET, it would leave the driver decoding by what the role or the database says.
    return {"application_name": name} | given | options | {"client_encoding": "UTF8"}


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0].rstrip(".")
