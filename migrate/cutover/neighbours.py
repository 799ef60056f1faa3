"""Other databases of the server move its binlog, too: whether it was only they."""

from __future__ import annotations

import time

from mappings.catalogue import Catalogue
from migrate.binlog import BinlogStream, Followed
from migrate.config import Config
from migrate.cutover.standstill import Mark
from migrate.errors import SourceError
from migrate.follow.checkpoint import comparable

__all__ = ["only_others_wrote"]

_SECONDS = 10.0


def only_others_wrote(config: Config, catalogue: Catalogue, since: Mark, until: Mark) -> bool:
    """Whether nothing between two marks changes a table of the source's database.

    False whenever that cannot be told: without a binlog or the right to read it, after a change of
    the schema, when it cannot be read as fast as it is written.
    """
    start, end = since.binlog, until.binlog
    if start is None or end is None or start.server != end.server:
        return False
    tables = {name: Followed(table=t) for name, t in catalogue.tables.items() if t.engine}
    stream = BinlogStream(config.source, start, tables, reconnect_seconds=0.0)
    give_up = time.monotonic() + _SECONDS
    try:
        while time.monotonic() < give_up:
            changes = stream.next(0.2)
            if changes is None:
                continue
            if changes.tables:
                return False
            if comparable(changes.position) >= comparable(end):
                return True
    except SourceError:
        return False
    finally:
        stream.close()
    return False
