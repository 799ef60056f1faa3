"""Events in, whole transactions out: which keys changed, and the position behind them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NoReturn

from migrate.binlog.changes import Changes, Followed
from migrate.binlog.errors import BinlogError, BinlogFormatUnusable, SchemaChanged
from migrate.binlog.events import (
    IGNORED,
    PLACES,
    ROWS,
    Event,
    Kind,
    Query,
    maria_gtid,
    mysql_gtid,
    read_query,
    xid_of_prepare,
    xid_of_statement,
)
from migrate.binlog.gathering import Gathering
from migrate.binlog.gtid import Gtid, Gtids, MariaGtids, read_gtids
from migrate.binlog.payloads import unpacked
from migrate.binlog.rows import RowLayout, Rows
from migrate.binlog.statements import Effect, meaning
from migrate.binlog.tables import TableMaps, inflated
from migrate.snapshot import BinlogPosition

__all__ = ["FIRST_PLACE", "Transactions"]

_IGNORABLE = 0x80
_ARTIFICIAL = 0x20
_NO_TABLE = 0xFFFFFF
FIRST_PLACE = 4
"""In a file."""


@dataclass
class _Prepared:
    """A transaction of XA that is prepared: it may be committed much later."""

    before: BinlogPosition
    changes: Gathering


class Transactions:
    """Puts events together. What is gathered is whole transactions only.

    Raises `SchemaChanged` and `BinlogFormatUnusable` behind the transaction that is the cause;
    everything before it is gathered by then.
    """

    def __init__(
        self, where: str, start: BinlogPosition, tables: Mapping[str, Followed], database: str,
        most_keys: int, strange: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.where = where
        self.database = database
        self.maps = TableMaps(tables, database)
        self.transactions = 0
        self.committed_at: float | None = None
        self._most = most_keys
        self._names = list(tables)
        self._weak = [n for n, followed in tables.items() if not followed.table.transactional]
        self._strange = frozenset(strange)
        self._changes = Gathering(most_keys)
        self._open: Gathering | None = None
        self._alone = False
        """Whether the transaction begun is one statement without COMMIT."""
        self._read = (start.file, start.server, start.position)
        self._gtids: Gtids | None = None
        self._gtid: Gtid | None = None
        self._unbegun: BinlogPosition | None = start
        """The start as it was given, until there is a connection."""
        self._here = (start.file, start.server)
        """The file that the events are of, and the server."""
        self._closed = True
        """Whether the file was seen to end in order; before the first event, nobody knows."""
        self._lossy = False
        self.torn = ""
        """The file that the server will not send the end of, since it has none."""
        self._prepared: dict[str, _Prepared] = {}
        self._xid = ""
        self._problem: Callable[[BinlogPosition], BinlogError] | None = None
        self._told = start

    @property
    def gathered(self) -> int:
        """Keys in whole transactions."""
        return self._changes.size

    @property
    def moved(self) -> bool:
        """Whether there is anything to hand out, be it the position alone."""
        return self.transactions > 0 or self.read != self._told

    @property
    def read(self) -> BinlogPosition:
        """Behind the last whole transaction: where a new connection goes on."""
        file, server, place = self._read
        if self._unbegun is not None:
            return self._unbegun
        gtid = str(self._gtids) if self._gtids is not None else ""
        return BinlogPosition(file=file, position=place, gtid=gtid, server=server)

    @property
    def position(self) -> BinlogPosition:
        """Where to go on once what is gathered is stored.

        Before the oldest transaction that is prepared and not decided, if there is one: its rows
        are not named again when it is committed.
        """
        return next((p.before for p in self._prepared.values()), self.read)

    def begin(
        self, start: BinlogPosition, server: str, *, mariadb: bool, fold: bool, lossy: bool
    ) -> None:
        """A connection to a server begins: what was read of a transaction comes again.

        `lossy`: it may lose commits of InnoDB when it crashes.
        """
        self._abandon()
        self._closed, self._lossy = True, lossy
        self._unbegun = None
        self._read = (start.file, start.server, start.position)
        self._here = (start.file, server)
        self._gtids = read_gtids(start.gtid, mariadb=mariadb)
        self.maps.begin(fold=fold)

    def tear(self) -> None:
        """The file that the events are of ends within one."""
        self.torn = self._here[0]
        if self._open is not None:
            self._changes.take(self._open)
            self._open = None

    def pass_torn_file(self, there: BinlogPosition) -> None:
        """Go on at the beginning of the next file."""
        self.torn = ""
        self._crashed((there.file, there.server, there.position))
        self._here = (there.file, there.server)
        if there.gtid:
            self._gtids = MariaGtids(there.gtid)

    def distrust(self, tables: Collection[str]) -> SchemaChanged:
        """Have nothing said by keys of tables that were altered, nobody knows when."""
        for name in tables:
            self._changes.suspect(name, unkeyed=True)
        text = "was altered without a word in the binlog"
        return self._altered_elsewhere(f"table {', '.join(map(repr, tables))} {text}", tables)

    def take(self, *, caught_up: bool) -> Changes:
        """Hand out what is gathered, and begin anew."""
        changes = Changes(
            tables=self._changes.changes(),
            position=self.position,
            read=self.read,
            committed_at=self.committed_at,
            events=self._changes.events,
            transactions=self.transactions,
            caught_up=caught_up,
        )
        self._told = changes.read
        self._changes = Gathering(self._most)
        self.transactions = 0
        return changes

    def feed(self, event: Event, table_bytes: int = 6) -> None:
        """Take one event in."""
        kind = event.kind
        if kind in PLACES:
            self._place(event)
        if kind in ROWS:
            self._rows(event, table_bytes)
        elif kind == Kind.TABLE_MAP:
            self._table_map(event, table_bytes)
        elif kind == Kind.XID:
            self._end(event)
        elif kind in (Kind.QUERY, Kind.QUERY_COMPRESSED, Kind.EXECUTE_LOAD):
            self._query(event)
        elif kind == Kind.GTID:
            self._gtid, self._alone = mysql_gtid(event.body), False
        elif kind == Kind.MARIA_GTID:
            self._gtid, self._alone = maria_gtid(event)
            if not self._alone:
                self._open = Gathering(self._most)
        elif kind == Kind.ROTATE:
            self._rotate(event)
        elif kind == Kind.STOP:
            self._closed = True
        elif kind == Kind.FORMAT:
            self.maps.forget()
            self._closed = False
        elif kind == Kind.XA_PREPARE:
            self._prepare(event)
        elif kind == Kind.PAYLOAD:
            self._payload(event)
        elif kind == Kind.GTID_TAGGED:
            # Tags are not kept: from here on, a position is file and place only.
            self._gtids, self._gtid = None, None
        elif kind == Kind.INCIDENT:
            self._suspect_all(self._transaction())
            self._end(event)
        elif kind not in IGNORED and not event.flags & _IGNORABLE:
            self._unusable(f"event of unknown kind {kind}")

    def _table_map(self, event: Event, table_bytes: int) -> None:
        problem = self.maps.add(event.body, table_bytes)
        if problem is not None and problem.table in self._strange:
            self._transaction().suspect(problem.table, unkeyed=True, events=1)
        elif problem is not None and self._problem is None:
            found = self._altered_elsewhere(problem.text, (problem.table,))
            self._problem = lambda after: found

    def _altered_elsewhere(self, text: str, tables: Collection[str]) -> SchemaChanged:
        """For a change that was made earlier, or without a trace in the binlog."""
        return SchemaChanged(
            f"{self.where}: {text}",
            tables=tuple(tables),
            statement="",
            position=self.read,
            after=self.read,
            rows_suspect=True,
            hint=_CHANGED,
        )

    def _rows(self, event: Event, table_bytes: int) -> None:
        number = int.from_bytes(event.body[:table_bytes], "little")
        layout = self.maps.layout(number)
        if layout is None or self._problem is not None:
            if layout is None and number != _NO_TABLE and not self.maps.known(number):
                self._unusable("row event without its table")
            return
        changes = self._transaction()
        name = layout.table.name
        if not changes.wants(name) or not layout.keyed:
            changes.suspect(name, unkeyed=not layout.keyed, events=1)
            return
        try:
            rows = _read_rows(layout, event, table_bytes)
        except (IndexError, ValueError, zlib.error) as error:
            if event.cut:
                changes.suspect(name, unkeyed=True, events=1)
            else:
                self._unusable(f"row event of {name!r} cannot be read ({error})")
            return
        if rows.complete:
            changes.add(name, rows.keys, rows.events, rows.gone)
        else:
            changes.suspect(name, unkeyed=True, events=max(rows.events, 1))

    def _query(self, event: Event) -> None:
        query = read_query(event)
        text = query.text
        if text == "BEGIN" or text.startswith(("XA START", "XA BEGIN")):
            self._open = self._open or Gathering(self._most)
            return
        if text in ("COMMIT", "ROLLBACK"):
            # What is in a transaction rolled back was written to tables that cannot roll back.
            self._end(event)
            return
        alone = self._alone or self._open is None
        self._statement(query)
        if alone:
            self._end(event)

    def _statement(self, query: Query) -> None:
        if query.text.startswith(("XA COMMIT", "XA ROLLBACK")):
            self._decide(query.text)
            return
        found = meaning(query.text, query.database, self.database, self.maps.followed)
        before, statement = self.read, query.text
        if found.effect == Effect.EMPTIES:
            for name in found.tables:
                self._transaction().suspect(name, events=1)
        elif found.effect == Effect.ALTERS and self._problem is None:
            tables = found.tables or tuple(self._names)
            self._problem = lambda after: SchemaChanged(
                f"{self.where}: schema of {', '.join(map(repr, tables))} changed at"
                f" {before.file}:{before.position}, got {_brief(statement)}",
                tables=tables,
                statement=statement,
                position=before,
                after=after,
                rows_suspect=found.rows_suspect,
                hint=_CHANGED,
            )
        elif found.effect == Effect.CHANGES_ROWS:
            self._unusable(f"rows were changed by a statement, got {_brief(statement)}", statement)

    def _unusable(self, what: str, statement: str = "") -> None:
        before = self.read
        if self._problem is None:
            self._problem = lambda after: BinlogFormatUnusable(
                f"{self.where}: {what} at {before.file}:{before.position} (expected row events)",
                position=before,
                after=after,
                statement=statement,
                hint="SET GLOBAL binlog_format = 'ROW', let PHP connect anew, then resync by"
                " checksum and follow from the position of before the resync",
            )

    def _decide(self, text: str) -> None:
        prepared = self._prepared.pop(xid_of_statement(text), None)
        if text.startswith("XA ROLLBACK"):
            return
        if prepared is not None:
            self._transaction().take(prepared.changes)
        else:
            # It was prepared before the stream began: its rows were named then.
            self._suspect_all(self._transaction())

    def _prepare(self, event: Event) -> None:
        xid, at_once = xid_of_prepare(event.body)
        if not at_once and self._open is not None:
            self._prepared[xid] = _Prepared(self.read, self._open)
            self._open = None
        self._end(event)

    def _payload(self, event: Event) -> None:
        if event.cut:
            self._suspect_all(self._transaction())
            self._end(event)
            return
        try:
            for inner in unpacked(event.body):
                # Positions within a payload are those of nothing.
                self.feed(inner._replace(end=event.end))
        except ValueError as error:
            self._unusable(f"compressed transaction cannot be read ({error})")
            self._end(event)

    def _rotate(self, event: Event) -> None:
        file = event.body[8:].decode("utf-8", "replace")
        place = int.from_bytes(event.body[:8], "little")
        self.maps.forget()
        # The first of a connection only says where it begins.
        if not event.end and file != self._here[0] and not self._closed:
            self._crashed((file, self._here[1], place))
        self._here = (file, self._here[1])
        if event.end:
            self._closed = True
            if self._open is None:
                self._reach(place)

    def _crashed(self, there: tuple[str, str, int]) -> None:
        """The server begins another file, and did not end this one: it was killed.

        It has rolled back the transaction that the file may end in. What it has written to tables
        that roll nothing back may have come to no event, and what it lost of InnoDB stands here.
        """
        if self._open is not None:
            self._changes.take(self._open)
        self._abandon()
        for name in self._names if self._lossy else self._weak:
            self._changes.suspect(name)
        self._read = there

    def _place(self, event: Event) -> None:
        between = self._open is None and self._gtid is None
        if between and event.end and not event.flags & _ARTIFICIAL:
            self._reach(event.end)

    def _end(self, event: Event) -> None:
        """The transaction is whole."""
        if self._problem is not None:
            self._raise(self._problem, event)
        if self._gtid is not None and self._gtids is not None:
            self._gtids.add(self._gtid)
        self._reach(event.end)
        if self._open is not None:
            self._changes.take(self._open)
        self._abandon()
        self.transactions += 1
        self.committed_at = float(event.time)

    def _raise(self, problem: Callable[[BinlogPosition], BinlogError], event: Event) -> NoReturn:
        before = self.read
        self._problem = None
        self._open = None
        self._end(event)
        self.transactions -= 1
        after, self._read = self.read, (before.file, before.server, before.position)
        if self._gtids is not None:
            self._gtids = type(self._gtids)(before.gtid)
        raise problem(after)

    def _reach(self, place: int) -> None:
        file, server = self._here
        # Beyond 4 GB an event's place begins at 0 again; the end of the file is near, and mends it.
        if self._read[2] > place and self._read[:2] == self._here:
            place = self._read[2]
        self._read = (file, server, place)

    def _abandon(self) -> None:
        self._open = None
        self._gtid, self._alone, self._problem = None, False, None

    def _transaction(self) -> Gathering:
        if self._open is None:
            self._open = Gathering(self._most)
        return self._open

    def _suspect_all(self, changes: Gathering) -> None:
        for name in self._names:
            changes.suspect(name)


def _read_rows(layout: RowLayout, event: Event, table_bytes: int) -> Rows:
    row_kind = ROWS[event.kind]
    at = table_bytes + 2
    if row_kind.second:
        at += int.from_bytes(event.body[at : at + 2], "little")
    body = event.body[at:]
    if row_kind.compressed:
        body = inflated(body, row_kind.kind)
    return layout.read(row_kind.kind, body, partial=row_kind.partial)


_CHANGED = "correct the mapping where it names what is no longer there, then go on"


def _brief(statement: str) -> str:
    text = " ".join(statement.split())
    return repr(text if len(text) <= 80 else f"{text[:79]}…")
