"""Follow the source's binlog: which rows changed, by their keys, never what is in them.

    tables = {"icons": Followed(table=catalogue.tables["icons"])}
    stream = BinlogStream(config.source, start, tables)
    while changes := stream.next(timeout_seconds=5, max_keys=5000, max_seconds=1):
        ...   # refresh the rows, store changes.position in the same transaction

Row events are decoded only as far as the keys; whoever follows reads the rows anew, on the same
server, with a locking read (an event may arrive before its commit is to be seen).
"""

from __future__ import annotations

from migrate.binlog.cascades import Cascade, cascades
from migrate.binlog.changes import Changes, Followed, TableChanges
from migrate.binlog.errors import (
    BinlogError,
    BinlogFormatUnusable,
    BinlogLost,
    BinlogNoRight,
    BinlogOff,
    BinlogOtherServer,
    BinlogPurged,
    BinlogRefused,
    SchemaChanged,
)
from migrate.binlog.server import filter_note, place_now, position_now, require_binlog
from migrate.binlog.stream import BinlogStream
from migrate.snapshot import BinlogPosition

__all__ = [
    "BinlogError",
    "BinlogFormatUnusable",
    "BinlogLost",
    "BinlogNoRight",
    "BinlogOff",
    "BinlogOtherServer",
    "BinlogPosition",
    "BinlogPurged",
    "BinlogRefused",
    "BinlogStream",
    "Cascade",
    "Changes",
    "Followed",
    "SchemaChanged",
    "TableChanges",
    "cascades",
    "filter_note",
    "place_now",
    "position_now",
    "require_binlog",
]
