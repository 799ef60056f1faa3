"""The proof that nothing writes: what moves with every write stands still."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from migrate.binlog import BinlogOff, BinlogPosition, position_now
from migrate.binlog.errors import BinlogNoRight
from migrate.errors import SourceError
from migrate.source import Source

__all__ = ["Mark", "look", "require_same", "require_standstill"]

Moved: TypeAlias = Callable[["Mark", "Mark"], bool]
_MARIADB = ("Handler_write", "Handler_update", "Handler_delete")
_MYSQL = ("Innodb_rows_inserted", "Innodb_rows_updated", "Innodb_rows_deleted")
"""Rows written so far. MariaDB counts rows of its temporary tables apart (Handler_tmp_write) and
has no longer the others; MySQL's Handler_* count temporary tables, too."""
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Where the source is: equal marks mean that nothing was written between them."""

    binlog: BinlogPosition | None
    counts: tuple[int, ...]
    """Used where there is no binlog, or no right to its position."""

    def same(self, other: Mark) -> bool:
        """Whether nothing was written between them. A log that was only rotated is no write."""
        if self.binlog and other.binlog and self.binlog.gtid and other.binlog.gtid:
            return self.binlog.gtid == other.binlog.gtid
        return self == other

    @property
    def told_by(self) -> str:
        """What stands still, for people."""
        return "the binlog position" if self.binlog else "the count of rows written"


def look(source: Source) -> Mark:
    """Where the source is now."""
    try:
        return Mark(binlog=position_now(source), counts=())
    except (BinlogOff, BinlogNoRight):
        pass
    names = _MARIADB if source.server.mariadb else _MYSQL
    listed = ", ".join(f"'{name}'" for name in names)
    rows = source.rows(f"SHOW GLOBAL STATUS WHERE Variable_name IN ({listed})")
    return Mark(binlog=None, counts=tuple(int(value or 0) for _, value in sorted(rows)))


def require_standstill(
    source: Source, *, still_seconds: float, patience_seconds: float, moved: Moved
) -> Mark:
    """Wait until nothing has moved for `still_seconds`; returns where it stands.

    `moved` says of two different marks whether what matters has moved between them.

    Raises `SourceError` when something goes on moving for longer than `patience_seconds`.
    """
    began = time.monotonic()
    mark, since = look(source), time.monotonic()
    while time.monotonic() - since < still_seconds:
        time.sleep(_LOOK_SECONDS)
        seen = look(source)
        if not seen.same(mark):
            since = time.monotonic() if moved(mark, seen) else since
            mark = seen
        if since - began > patience_seconds:
            raise SourceError(
                f"cutover: the source is frozen, and yet {mark.told_by} moves",
                hint="look in SHOW PROCESSLIST who writes (cron jobs, replication, events,"
                " administrators), stop that, then try again",
            )
    return mark


def require_same(source: Source, mark: Mark, *, moved: Moved) -> Mark:
    """Where the source is now. Raises `SourceError` unless nothing was written since `mark`."""
    seen = look(source)
    if not seen.same(mark) and moved(mark, seen):
        raise SourceError(
            f"cutover: something has written to the frozen source: {mark.told_by} has moved",
            hint="look in SHOW PROCESSLIST who writes (cron jobs, replication, events,"
            " administrators), stop that, then try again",
        )
    return seen
