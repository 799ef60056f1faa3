"""Other databases of the server move its binlog, too: whether it was only they."""

from __future__ import annotations

import time
from collections.abc import Collection

from mappings.catalogue import Catalogue, SourceTable
from migrate.binlog import BinlogPosition, BinlogStream, Followed
from migrate.config import Config
from migrate.cutover.standstill import Mark
from migrate.errors import SourceError
from migrate.follow.checkpoint import comparable

__all__ = ["only_others_wrote", "written_between"]

_SECONDS = 10.0


def only_others_wrote(config: Config, catalogue: Catalogue, since: Mark, until: Mark) -> bool:
    """Whether nothing between two marks changes a table of the source's database.

    False whenever that cannot be told: without a binlog or the right to read it, after a change of
    the schema, when it cannot be read as fast as it is written.
    """
    if since.binlog is None or until.binlog is None:
        return False
    tables = [table for table in catalogue.tables.values() if table.engine]
    return written_between(config, tables, since.binlog, until.binlog, enough=1) == set()


def written_between(
    config: Config,
    tables: Collection[SourceTable],
    since: BinlogPosition,
    until: BinlogPosition,
    *,
    enough: int | None = None,
    seconds: float = _SECONDS,
) -> set[str] | None:
    """Which of the tables events between two positions change; `enough` of them may be all.

    None when that cannot be told, or not in so many seconds.
    """
    if since.server != until.server:
        return None
    found: set[str] = set()
    followed = {table.name: Followed(table=table) for table in tables}
    stream = BinlogStream(config.source, since, followed, reconnect_seconds=0.0)
    give_up, reached = time.monotonic() + seconds, comparable(since) >= comparable(until)
    try:
        while not reached:
            if time.monotonic() > give_up:
                return None
            changes = stream.next(0.2)
            if changes is not None:
                found |= set(changes.tables)
                reached = comparable(changes.position) >= comparable(until)
                reached |= enough is not None and len(found) >= enough
    except SourceError:
        return None
    finally:
        stream.close()
    return found
