"""A dump's statements sent to a private server: rows and tables, without code and rights."""

from __future__ import annotations

import contextlib
import functools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from migrate.draft.dump.changes import Changes
from migrate.draft.dump.charset import silent_charset
from migrate.draft.dump.dialect import SYSTEM_DATABASES, Statement, read_statement
from migrate.draft.dump.ends import Ends
from migrate.draft.dump.files import DumpFile, open_dump
from migrate.draft.dump.statements import Unfinished, statements
from migrate.draft.dump.wire import ReadingWire
from migrate.errors import SourceError
from migrate.servers import ServerError
from migrate.servers.mariadb import quoted

__all__ = ["LoadedDump", "load_dump"]

_KEPT_MODES = ("ANSI_QUOTES", "NO_AUTO_VALUE_ON_ZERO", "NO_BACKSLASH_ESCAPES", "PIPES_AS_CONCAT")
"""Words of sql_mode that change what a statement means; the others only refuse some of them."""
_MODES = ", ".join(f"IF(FIND_IN_SET('{m}', @@sql_mode), '{m}', NULL)" for m in _KEPT_MODES)
_SESSION = (
    "SET SESSION foreign_key_checks = 0, unique_checks = 0, check_constraint_checks = 0,"
    f" sql_mode = CONCAT_WS(',', 'IGNORE_BAD_TABLE_OPTIONS', 'ALLOW_INVALID_DATES', {_MODES})"
)
"""What holds whatever a dump sets; which mode that is, only the server knows."""

_SAYS_CHARSET = re.compile(rb"\b(?:CHARSET|CHARACTER\s+SET|COLLATE)\b", re.IGNORECASE)
_REFUSAL = re.compile(r"^mysql: refused, got (\d+) (['\"])#\w{5}(.*)\2$", re.DOTALL)
_LOST_LETTERS = "Incorrect string value"
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
    with open_dump(path) as file, contextlib.closing(ReadingWire(socket, timeout=3600)) as wire:
        return _Loading(file, wire, name).run(progress)


class _Loading:
    """One dump on its way in."""

    def __init__(self, file: DumpFile, wire: ReadingWire, name: str) -> None:
        self._file = file
        self._wire = wire
        self._name = name
        self._current: str | None = None
        self._tables: Counter[str] = Counter()
        self._left_out: dict[str, set[str]] = {}
        self._changes = Changes()
        self._notes: dict[str, None] = {}
        self._names_said = False
        self._names = ""
        self._charsets: dict[str, str] = {}
        self._in_latin1: set[tuple[str | None, str]] = set()
        self._began: int | None = None

    def run(self, progress: Callable[[int, int], None]) -> LoadedDump:
        self._wire.execute("SET NAMES utf8mb4")
        self._wire.execute("SET SESSION sql_mode = '', max_error_count = 65535")
        self._wire.execute(_SESSION)
        progress(0, self._file.size)
        ends = Ends(self._file.read)
        try:
            for line, text in statements(ends.read):
                self._take(line, text)
                progress(self._file.position, self._file.size)
        except Unfinished as end:
            raise SourceError(
                f"{self._file.path}: ends within the statement that begins in line {end.line},"
                " got no end of it",
                hint="copy the dump again: it seems to be cut off",
            ) from end
        self._require_end(ends)
        return self._loaded()

    def _take(self, line: int, text: bytes) -> None:
        statement = read_statement(text)
        if statement.left_out:
            kind, name = statement.left_out
            # A view is made twice: first as a stand-in, for views that use it.
            self._left_out.setdefault(kind, set()).add(name)
        if statement.database and not statement.rows:
            self._go_to(statement.database, text)
        if not statement.text or (self._current in SYSTEM_DATABASES and not statement.sets):
            return
        if self._current is None and not statement.sets and not statement.optional:
            self._go_to(self._name, text)
        self._spell(statement)
        try:
            warnings = self._wire.execute(statement.text)
        except ServerError as error:
            self._refused(line, statement, error)
            return
        self._notes.update(dict.fromkeys(statement.notes))
        if statement.rows and warnings:
            self._warned(line, statement)
        if statement.creates and self._current:
            self._tables[self._current] += 1
        if statement.sets:
            self._set(line, statement)

    def _go_to(self, database: str, text: bytes) -> None:
        self._current = database
        if database not in SYSTEM_DATABASES:
            name = quoted(database)
            if database not in self._charsets:
                says = self._names_said or _SAYS_CHARSET.search(text)
                self._charsets[database] = "utf8mb4" if says else self._silent_charset
            charset = self._charsets[database]
            # Whatever the dump's bytes are, this name is sent in UTF-8.
            self._wire.execute(
                "SET @delamp_client = @@character_set_client, character_set_client = utf8mb4"
            )
            self._wire.execute(f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET {charset}")
            self._wire.execute(f"USE {name}")
            self._wire.execute("SET character_set_client = @delamp_client")

    @functools.cached_property
    def _silent_charset(self) -> str:
        return silent_charset(self._file.path)

    def _spell(self, statement: Statement) -> None:
        """Where the dump does not say what its bytes mean, each statement says it itself."""
        self._names_said = self._names_said or statement.sets_names
        if self._names_said:
            return
        text = statement.text
        text, table = statement.text, (self._current, statement.table or "")
        in_latin1 = self._charsets.get(self._current or "") == "latin1"
        if statement.creates and in_latin1 and not _SAYS_CHARSET.search(text):
            self._in_latin1.add(table)
        if text.isascii():
            return
        names = self._silent_charset
        if names == "latin1" and table not in self._in_latin1:
            # A table that says how it keeps letters is given letters, whatever they were in.
            with contextlib.suppress(UnicodeDecodeError):
                text.decode("utf-8")
                names = "utf8mb4"
        if names != self._names:
            self._wire.execute(f"SET NAMES {names}")
            self._names = names

    def _set(self, line: int, statement: Statement) -> None:
        """After a statement that may have changed the session: keep what must hold."""
        self._wire.execute(_SESSION)
        # A dump may save and give back one of the variables that SET NAMES sets.
        self._names = ""
        if statement.transaction is not None:
            self._began = line if statement.transaction else None
        elif b"autocommit" in statement.text.lower():
            (open_,) = self._wire.rows("SELECT NOT @@autocommit OR @@in_transaction")
            self._began = line if open_ == ("1",) else None

    def _warned(self, line: int, statement: Statement) -> None:
        """Remember what the server made of values that it did not take as they are."""
        for _, code, text in self._wire.rows("SHOW WARNINGS"):
            if text.startswith(_LOST_LETTERS):
                raise SourceError(
                    f"{self._file.path}:{line}: letters in rows of table {statement.table!r} would"
                    f" be lost, got {code} {text}",
                    hint="begin the dump with the charset that its bytes are in: SET NAMES latin1;",
                )
            self._changes.add(line, statement.table or "", code, text)

    def _require_end(self, ends: Ends) -> None:
        """Raise SourceError when what was read is not all that was written."""
        if ends.cut_off:
            raise SourceError(
                f"{self._file.path}: ends too early, got no last line of mysqldump"
                " (expected -- Dump completed)",
                hint="copy the dump again: it seems to be cut off;"
                " if it is whole, add that line to its end",
            )
        if self._began is None and self._wire.rows("SELECT @@in_transaction") == [("0",)]:
            return
        where = f":{self._began}: the transaction begun here" if self._began else ": a transaction"
        raise SourceError(
            f"{self._file.path}{where} is still open at the end, got no COMMIT (expected COMMIT)",
            hint="copy the dump again: it seems to be cut off; if it is whole, add COMMIT; to its"
            " end",
        )

    def _refused(self, line: int, statement: Statement, error: ServerError) -> None:
        message = _REFUSAL.sub(r"\1 \3", str(error.args[0]).strip()).rstrip(".")
        if statement.optional:
            return
        if statement.costs_no_row:
            self._notes[f"line {line} was refused: {message}"] = None
            return
        what = f"a statement on table {statement.table!r}" if statement.table else "a statement"
        raise SourceError(
            f"{self._file.path}:{line}: MariaDB refuses {what} ({message})", hint=_OWN_SERVER
        ) from error

    def _loaded(self) -> LoadedDump:
        if not self._tables:
            raise SourceError(
                f"{self._file.path}: nothing to draft, got no CREATE TABLE",
                hint="name a dump that has tables, made without --no-create-info",
            )
        (database, tables), *others = self._tables.most_common()
        # What is no longer as it was comes first.
        notes = [*self._changes.notes(), *self._notes]
        if others:
            names = ", ".join(name for name, _ in others)
            notes.append(f"the dump holds other databases, too: {names}")
        if self._left_out:
            parts = [f"{len(n)} {k if len(n) == 1 else k + 's'}" for k, n in self._left_out.items()]
            notes.append(f"left out, being code and not rows: {', '.join(parts)}")
        return LoadedDump(database=database, tables=tables, notes=notes)
