"""Whether a table is still the one of the catalogue, after the server has opened it anew.

A server gives a table another number when it opens it again: after an ALTER TABLE, a FLUSH TABLES,
or for want of room. Where the binlog has no names of columns, that is all that tells of an ALTER
TABLE that was kept out of it (`sql_log_bin = 0`) and moved columns of one type.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mappings.sqltext import my_name
from migrate.binlog.changes import Followed
from migrate.source import Source, SourceRefused
from migrate.urls import SourceUrl

__all__ = ["altered_tables"]

_ANSWER_SECONDS = 60.0


def altered_tables(
    url: SourceUrl, tables: Mapping[str, Followed], names: Collection[str]
) -> tuple[str, ...]:
    """Those of the tables that have other columns now, or in another order, or are gone.

    Raises `SourceError` when the server cannot be asked.
    """
    source = Source(url)
    try:
        source.limit(_ANSWER_SECONDS)
        return tuple(name for name in sorted(names) if not _is_same(source, tables[name]))
    finally:
        source.close()


def _is_same(source: Source, followed: Followed) -> bool:
    try:
        rows = source.rows(f"SHOW COLUMNS FROM {my_name(followed.table.name)}")
    except SourceRefused:
        return False
    now = [((row[0] or b"").decode(), (row[1] or b"").decode()) for row in rows]
    return now == [(column.name, column.column_type) for column in followed.table.columns]
