"""What would become of single rows: kept on disk, so that memory stays flat with a million rejects.

A row has one fate at most that takes it away (rejected, skipped, kept as it was), the first that
is put; beside it, it may lose references (nulled), be warned of, and have values altered.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mappings.keys import KeyValue
from verify.dry_run.names import RowName

__all__ = ["LEAVING", "Fate", "Fates", "Outcome", "Scratch"]

Outcome = Literal["rejected", "skipped", "kept", "nulled", "warned", "altered"]
LEAVING: tuple[Outcome, ...] = ("rejected", "skipped", "kept")
"""Outcomes of rows that would not be in the target, or not as the source has them."""

_PIECE = 1000


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What would become of one row, and why."""

    outcome: Outcome
    code: str
    column: str
    detail: str = ""
    value: str | None = None
    """The source value, for people who may see it."""


@dataclass(frozen=True, kw_only=True)
class NamedFate:
    """A fate with its row."""

    id: str
    key: KeyValue | None
    text: str
    fate: Fate


class Scratch:
    """A temporary database of our own: a file that no name leads to, gone when it is closed."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        # A few megabytes of cache, the rest goes to the file; nothing is to outlive a crash.
        self._db.executescript(
            "PRAGMA cache_size = -8000; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        )

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run one statement; returns the rows touched."""
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row."""
        with self._lock:
            self._db.execute("BEGIN")
            self._db.executemany(sql, rows)
            self._db.execute("COMMIT")

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, a thousand at a time. The tables it reads must stay as they are."""
        with self._lock:
            cursor = self._db.execute(sql, values)
        while True:
            with self._lock:
                piece = cursor.fetchmany(_PIECE)
            if not piece:
                return
            yield from piece

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        with self._lock:
            row = self._db.execute(sql, values).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        self._db.close()


class Fates:
    """The fates of all rows of all tables. Safe between threads."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        scratch.execute(
            "CREATE TABLE fate (n INTEGER PRIMARY KEY, tbl TEXT, id TEXT, lost TEXT, outcome TEXT,"
            " code TEXT, col TEXT, detail TEXT, value TEXT, key TEXT, shown TEXT, ord TEXT,"
            " UNIQUE (tbl, id, lost))"
        )

    def put(self, table: str, row: RowName, fate: Fate) -> bool:
        """Keep a fate; False when the row has one already that says as much."""
        # What takes the row away is one fate; each lost reference, and each warning, another.
        lost = "" if fate.outcome in LEAVING else f"{fate.outcome} {fate.column}"
        lost += f" {fate.code}" * (fate.outcome in ("warned", "altered"))
        key = None if row.key is None else json.dumps(row.key)
        return bool(
            self._scratch.execute(
                "INSERT OR IGNORE INTO fate"
                " (tbl, id, lost, outcome, code, col, detail, value, key, shown, ord)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (table, row.id, lost, fate.outcome, fate.code, fate.column, fate.detail)
                + (fate.value, key, row.text, row.order),
            )
        )

    def leaves(self, table: str, row: str) -> bool:
        """Whether the row of that id would not be in the target."""
        found = "SELECT 1 FROM fate WHERE tbl = ? AND id = ? AND lost = ''"
        return self._scratch.value(found, (table, row)) is not None

    def nulled(self, table: str, row: str) -> set[str]:
        """References that the row of that id would lose."""
        found = "SELECT col FROM fate WHERE tbl = ? AND id = ? AND outcome = 'nulled'"
        return {column for (column,) in self._scratch.rows(found, (table, row))}

    def forget_nulled(self, table: str) -> None:
        """Of rows that leave, nothing is told of their references."""
        self._scratch.execute(
            "DELETE FROM fate WHERE tbl = ? AND outcome = 'nulled' AND id IN"
            " (SELECT id FROM fate WHERE tbl = ? AND lost = '')",
            (table, table),
        )

    def last(self) -> int:
        """The number of the fate that was put last."""
        return int(self._scratch.value("SELECT coalesce(max(n), 0) FROM fate"))

    def leaving(self, table: str, after: int, until: int) -> list[tuple[int, str]]:
        """The next rows (number, id) that would not be in the target, within two numbers."""
        return list(
            self._scratch.rows(
                "SELECT n, id FROM fate WHERE tbl = ? AND lost = '' AND n > ? AND n <= ?"
                f" ORDER BY n LIMIT {_PIECE // 2}",
                (table, after, until),
            )
        )

    def groups(self, table: str) -> list[tuple[Outcome, str, str, int]]:
        """Outcome, code, column and how many rows, of rows lost to both counted once."""
        return list(
            self._scratch.rows(
                "SELECT outcome, code, col, count(*) FROM fate WHERE tbl = ?"
                " GROUP BY outcome, code, col ORDER BY outcome, code, col",
                (table,),
            )
        )

    def named(
        self, table: str, outcome: str, code: str, column: str, limit: int | None
    ) -> Iterator[NamedFate]:
        """The rows of one group in the order of their keys, the first `limit` of them."""
        for row in self._scratch.rows(
            "SELECT id, key, shown, detail, value FROM fate"
            " WHERE tbl = ? AND outcome = ? AND code = ? AND col = ? ORDER BY ord, n LIMIT ?",
            (table, outcome, code, column, -1 if limit is None else limit),
        ):
            name, key, shown, detail, value = row
            found = Fate(
                outcome=outcome,  # type: ignore[arg-type]
                code=code,
                column=column,
                detail=detail,
                value=value,
            )
            exact = None if key is None else tuple(json.loads(key))
            yield NamedFate(id=name, key=exact, text=shown, fate=found)
