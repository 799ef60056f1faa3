"""A dump's statements sent to a private server: rows and tables, without code and rights."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from migrate.draft.dump.dialect import SYSTEM_DATABASES, Statement, read_statement
from migrate.draft.dump.files import DumpFile, open_dump
from migrate.draft.dump.statements import Unfinished, statements
from migrate.errors import SourceError
from migrate.servers import ServerError
from migrate.servers.mariadb import quoted
from migrate.servers.mysql_wire import MySQLWire

__all__ = ["LoadedDump", "load_dump"]

_SESSION = (
    "SET SESSION foreign_key_checks = 0, unique_checks = 0, check_constraint_checks = 0,"
    " sql_mode = 'IGNORE_BAD_TABLE_OPTIONS'"
)
_KEPT_MODES = (
    "ANSI_QUOTES",
    "NO_AUTO_VALUE_ON_ZERO",
    "NO_BACKSLASH_ESCAPES",
    "PIPES_AS_CONCAT",
)
"""Words of sql_mode that change what a statement means; the others only refuse some of them."""

_ANSI = re.compile(r"\b(?:ANSI|POSTGRESQL|ORACLE|MSSQL|DB2|MAXDB)\b")
"""Words of sql_mode that stand for ANSI_QUOTES and others."""
_SETS_MODE = re.compile(rb"\bsql_mode\s*=", re.IGNORECASE)
_SETS_NAMES = re.compile(rb"^\W*(?:!\d+\s*)?SET\s+NAMES\b", re.IGNORECASE)
_SAYS_CHARSET = re.compile(rb"\b(?:CHARSET|CHARACTER\s+SET)\b", re.IGNORECASE)
_OWN_SERVER = (
    "load it into a server of the version that wrote it, and draft from that server's mysql:// URL"
)


@dataclass
class LoadedDump:
    """What became of a dump."""

    database: str
    """The one to draft: with the most tables, if there are several."""
    tables: int = 0
    notes: list[str] = field(default_factory=list)
    """For people: what was left out or read in another way."""


def load_dump(
    path: Path, socket: Path, *, name: str, progress: Callable[[int, int], None]
) -> LoadedDump:
    """Load a dump over a server's socket; `name` is for the database, when the dump names none.

    `progress(bytes read, bytes in all)` is called now and then. Raises ConfigError for a file that
    is no dump, SourceError when it ends too early or the server refuses a table or its rows.
    """
    with open_dump(path) as file, contextlib.closing(MySQLWire(socket, timeout=3600)) as wire:
        return _Loading(file, wire, name).run(progress)


class _Loading:
    """One dump on its way in."""

    def __init__(self, file: DumpFile, wire: MySQLWire, name: str) -> None:
        self._file = file
        self._wire = wire
        self._name = name
        self._current: str | None = None
        self._tables: Counter[str] = Counter()
        self._left_out: dict[str, set[str]] = {}
        self._warned: Counter[str] = Counter()
        self._notes: dict[str, None] = {}
        self._names_said = False
        self._names = "utf8mb4"
        self._completed = True

    def run(self, progress: Callable[[int, int], None]) -> LoadedDump:
        self._wire.execute("SET NAMES utf8mb4")
        self._wire.execute(_SESSION)
        progress(0, self._file.size)
        try:
            for line, text in statements(self._file.read):
                self._take(line, text)
                progress(self._file.position, self._file.size)
        except Unfinished as end:
            raise SourceError(
                f"{self._file.path}: ends within the statement that begins in line {end.line},"
                " got no end of it",
                hint="copy the dump again: it seems to be cut off",
            ) from end
        return self._loaded()

    def _take(self, line: int, text: bytes) -> None:
        statement = read_statement(text)
        if statement.left_out:
            kind, name = statement.left_out
            # A view is made twice: first as a stand-in, for views that use it.
            self._left_out.setdefault(kind, set()).add(name)
        if statement.database and not statement.rows:
            self._go_to(statement.database)
        if not statement.text or self._current in SYSTEM_DATABASES:
            return
        if statement.table is not None and self._current is None:
            self._go_to(self._name, self._charset(text))
        self._spell(text)
        try:
            warnings = self._wire.execute(statement.text)
        except ServerError as error:
            self._refused(line, statement, error)
            return
        self._notes.update(dict.fromkeys(statement.notes))
        if statement.rows and warnings and statement.table:
            self._warned[statement.table] += warnings
        if statement.creates and self._current:
            self._tables[self._current] += 1
        if _SETS_MODE.search(text[:500]) and statement.optional:
            self._set_mode(text)

    def _go_to(self, database: str, charset: str = "utf8mb4") -> None:
        self._current = database
        if database not in SYSTEM_DATABASES:
            name = quoted(database)
            self._wire.execute(f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET {charset}")
            self._wire.execute(f"USE {name}")

    @staticmethod
    def _charset(text: bytes) -> str:
        """Of a database whose dump does not say: MySQL before 4.1 knew one, and it was latin1."""
        return "utf8mb4" if _SAYS_CHARSET.search(text) else "latin1"

    def _spell(self, text: bytes) -> None:
        """Where the dump does not say what its bytes mean, each statement says it itself."""
        if _SETS_NAMES.match(text[:200]):
            self._names_said = True
        if self._names_said or text.isascii():
            return
        try:
            text.decode("utf-8")
            names = "utf8mb4"
        except UnicodeDecodeError:
            names = "latin1"
        if names != self._names:
            self._wire.execute(f"SET NAMES {names}")
            self._names = names

    def _set_mode(self, text: bytes) -> None:
        upper = text.upper().decode("latin1")
        words = ["IGNORE_BAD_TABLE_OPTIONS", *(mode for mode in _KEPT_MODES if mode in upper)]
        words += ["ANSI_QUOTES"] if _ANSI.search(upper) else []
        self._wire.execute(f"SET SESSION sql_mode = '{','.join(words)}'")

    def _refused(self, line: int, statement: Statement, error: ServerError) -> None:
        message = str(error.args[0]).strip().rstrip(".")
        if not statement.rows and not statement.creates:
            # An index or a constraint that cannot be made costs no row.
            if not statement.optional:
                self._notes[f"line {line} was refused: {message}"] = None
            return
        raise SourceError(
            f"{self._file.path}:{line}: MariaDB refuses a statement on table"
            f" {statement.table!r} ({message})",
            hint=_OWN_SERVER,
        ) from error

    def _loaded(self) -> LoadedDump:
        if not self._tables:
            raise SourceError(
                f"{self._file.path}: nothing to draft, got no CREATE TABLE",
                hint="name a dump that has tables, made without --no-create-info",
            )
        (database, tables), *others = self._tables.most_common()
        notes = list(self._notes)
        if others:
            names = ", ".join(name for name, _ in others)
            notes.append(f"the dump holds other databases, too: {names}")
        if self._left_out:
            parts = [f"{len(n)} {k if len(n) == 1 else k + 's'}" for k, n in self._left_out.items()]
            notes.append(f"left out, being code and not rows: {', '.join(parts)}")
        for table, count in self._warned.most_common(5):
            notes.append(f"MariaDB raised {count} warnings about rows of {table}: look at them")
        return LoadedDump(database=database, tables=tables, notes=notes)
