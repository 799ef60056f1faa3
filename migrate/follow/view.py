"""A view of the source that is no older than the events of a batch.

An event may arrive before its commit can be seen: a commit reaches the binlog before the engine,
and with semi-synchronous replication it waits in between for a replica. Until then, its rows are
locked. So the rows that the events name are first read with a shared lock at READ COMMITTED, row
by row, which waits for whoever changes them; then a snapshot is opened, and what the batch reads
is of one instant. Locks are held for one statement only, and a snapshot for one batch, so that an
ALTER TABLE is not kept waiting.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence

from mappings.catalogue import SourceTable
from mappings.keys import KeyColumn, KeyRange, KeyValue, key_columns
from mappings.sqltext import ROW, my_name, source_column
from migrate.binlog import Changes
from migrate.follow.naming import Naming, key_predicate_of
from migrate.refresh.reading import batches
from migrate.source import Source, SourceRefused

__all__ = ["prepare_session", "view_of", "wait_for_commits", "wait_for_table"]

_LOCK_WAIT = 1205
_DEADLOCK = 1213
_PATIENCE_SECONDS = 60.0
_NO_SUCH_INDEX = 1176
_ROWS = 500
"""Of a table that are locked at a time."""
_READ_COMMITTED = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"


def prepare_session(source: Source) -> None:
    """Have statements of this connection wait for locks for a short time only."""
    # A statement that waits holds what it has locked so far against PHP.
    source.rows("SET SESSION lock_wait_timeout = 10, innodb_lock_wait_timeout = 1")


def wait_for_commits(source: Source, naming: Naming, changes: Changes) -> None:
    """Return once every transaction that the changes tell of is committed in the engine.

    Raises `SourceRefused` (1205) when a row stays locked for a minute.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    for name, changed in changes.tables.items():
        key = naming.keys[name]
        own = {row[: len(key)] for row in changed.keys}
        for batch in batches(own):
            _wait(source, name, key, batch, until)


def _wait(
    source: Source,
    name: str,
    key: tuple[KeyColumn, ...],
    rows: Sequence[KeyValue],
    until: float,
) -> None:
    predicate = " OR ".join(f"({key_predicate_of(key, row)})" for row in rows)
    try:
        _lock(source, name, predicate)
    except SourceRefused as refused:
        if refused.number not in (_LOCK_WAIT, _DEADLOCK) or time.monotonic() > until:
            raise
        if len(rows) == 1:
            _wait(source, name, key, rows, until)
            return
        # Fewer rows at a time: the locks on the others are not held while one is waited for.
        middle = len(rows) // 2
        _wait(source, name, key, rows[:middle], until)
        _wait(source, name, key, rows[middle:], until)


def wait_for_table(source: Source, table: SourceTable, stop: threading.Event) -> None:
    """Return once every transaction that has changed a row of the table by now is committed.

    Reads the whole table with shared locks, some hundred rows at a time. Returns early when `stop`
    is set. Raises `SourceRefused` (1205) when a row stays locked for a minute.
    """
    key, after, rows = key_columns(table), None, _ROWS
    if not key or len(key) < len(table.key):
        _lock(source, table.name, "TRUE")
        return
    until = time.monotonic() + _PATIENCE_SECONDS
    while not stop.is_set():
        try:
            found = _lock_next(source, table.name, key, after, rows)
        except SourceRefused as refused:
            if refused.number not in (_LOCK_WAIT, _DEADLOCK) or time.monotonic() > until:
                raise
            # The locks on the others are not held while one row is waited for.
            rows = max(rows // 8, 1)
            continue
        if len(found) < rows:
            return
        after, rows, until = found[-1], _ROWS, time.monotonic() + _PATIENCE_SECONDS


def _lock_next(
    source: Source, name: str, key: tuple[KeyColumn, ...], after: KeyValue | None, rows: int
) -> list[KeyValue]:
    selects = ", ".join(column.select() for column in key)
    order = ", ".join(source_column(column.name) for column in key)
    sql = "SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {} LOCK IN SHARE MODE".format
    rest = (KeyRange(after=after).sql(key), order, rows)
    relation = f"{my_name(name)} {ROW}"
    try:
        source.rows(_READ_COMMITTED)
        found = source.rows(sql(selects, f"{relation} FORCE INDEX (PRIMARY)", *rest))
    except SourceRefused as refused:
        if refused.number != _NO_SUCH_INDEX:
            raise
        source.rows(_READ_COMMITTED)
        found = source.rows(sql(f"{selects}, {ROW}.*", relation, *rest))
    return [tuple(k.value(v or b"") for k, v in zip(key, row, strict=False)) for row in found]


def _lock(source: Source, name: str, predicate: str) -> None:
    # In a secondary index alone, a row is not locked by who changes other columns of it.
    sql = "SELECT {} FROM {} {} WHERE {} LOCK IN SHARE MODE".format
    try:
        source.rows(_READ_COMMITTED)
        source.rows(sql("COUNT(*)", my_name(name), f"{ROW} FORCE INDEX (PRIMARY)", predicate))
    except SourceRefused as refused:
        if refused.number != _NO_SUCH_INDEX:
            raise
        source.rows(_READ_COMMITTED)
        for _ in source.stream(sql(f"{ROW}.*", my_name(name), ROW, predicate)):
            pass


@contextlib.contextmanager
def view_of(source: Source) -> Iterator[None]:
    """Within the block, the connection reads the source as it was when the block began."""
    source.rows("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    try:
        yield
    finally:
        # A lost connection has ended it; what was lost is being raised.
        with contextlib.suppress(Exception):
            source.rows("ROLLBACK")
