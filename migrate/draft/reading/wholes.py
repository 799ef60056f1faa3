"""A column read whole, where a sample alone would make a choice that may refuse a row."""

from __future__ import annotations

from mappings.catalogue import SourceColumn, SourceTable
from mappings.sqltext import ROW, my_name, source_column
from migrate.draft.facts import Look
from migrate.draft.reading.looks import Looked, judge_all
from migrate.source import Source

__all__ = ["judge_whole"]

_STRICT: tuple[Look, ...] = ("serialized", "json", "uuid", "digits14")
"""Looks whose conversions refuse a value that does not look so."""
_MOST_ROWS = 20_000
_MOST_BYTES = 64 * 1024 * 1024
"""Of the table: what is larger stays a sample."""


def judge_whole(
    source: Source, table: SourceTable, column: SourceColumn, rows: int, sampled: Looked
) -> Looked:
    """Return what every value looks like if the sample mostly looks strict, else the sample."""
    strict = max((sampled.looks.get(look, 0) for look in _STRICT), default=0)
    if not strict or 2 * strict < sampled.sampled:
        return sampled
    if rows > _MOST_ROWS or table.bytes_estimate > _MOST_BYTES:
        return sampled
    name = source_column(column.name)
    # Nothing is cut here, so nothing is left unjudged.
    found = source.stream(
        f"SELECT {name} FROM {my_name(table.name)} {ROW} WHERE LENGTH({name}) > 0"
    )
    return judge_all(column, (row[0] for row in found))
