"""A legacy database with a stream over it, for tests that write and see what is told."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings.catalogue import SourceTable
from migrate.binlog import BinlogPosition, BinlogStream, Changes, Followed, position_now
from migrate.catalogue_reader import read_catalogue
from migrate.source import Source
from migrate.urls import SourceUrl, parse_source_url
from tests.fix_servers import connect_mysql


@dataclass
class Legacy:
    """A database to write to."""

    address: str
    streams: list[BinlogStream] = field(default_factory=list)

    @property
    def url(self) -> SourceUrl:
        return parse_source_url(self.address)

    def run(self, *statements: str, **options: Any) -> list[tuple[Any, ...]]:
        """Run statements in a session of their own; the rows of the last."""
        with connect_mysql(self.address, **options) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def now(self) -> BinlogPosition:
        source = Source(self.url)
        try:
            return position_now(source)
        finally:
            source.close()

    def tables(self) -> dict[str, SourceTable]:
        source = Source(self.url)
        try:
            return dict(read_catalogue(source).tables)
        finally:
            source.close()

    def follow(
        self,
        *names: str,
        start: BinlogPosition | None = None,
        keys: Mapping[str, tuple[str, ...]] | None = None,
        **options: Any,
    ) -> BinlogStream:
        """A stream over these tables, or all, from a position or from now on."""
        tables = self.tables()
        followed = {
            name: Followed(table=tables[name], key=(keys or {}).get(name, ()))
            for name in names or tables
        }
        stream = BinlogStream(self.url, start or self.now(), followed, **options)
        self.streams.append(stream)
        return stream

    def drain(self, stream: BinlogStream) -> Changes:
        """Everything up to now, as one."""
        return drain(stream, self.now())

    def close(self) -> None:
        for stream in self.streams:
            stream.close()


def drain(stream: BinlogStream, end: BinlogPosition, seconds: float = 20) -> Changes:
    """Read up to a position; what `next` gave, put together."""
    until = time.monotonic() + seconds
    tables: dict[str, Any] = {}
    events = transactions = 0
    while True:
        changes = stream.next(timeout_seconds=0.5)
        assert time.monotonic() < until, f"{end} was not reached: {changes} {stream.trouble}"
        if changes is None:
            continue
        for name, found in changes.tables.items():
            known = tables.setdefault(name, found)
            if known is not found:
                known.keys.update(found.keys)
        events, transactions = events + changes.events, transactions + changes.transactions
        at = changes.position
        if (at.file, at.position) >= (end.file, end.position):
            return Changes(
                tables=tables,
                position=at,
                read=changes.read,
                committed_at=changes.committed_at,
                events=events,
                transactions=transactions,
                caught_up=changes.caught_up,
            )
