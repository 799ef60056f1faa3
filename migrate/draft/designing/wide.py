"""Tables that PostgreSQL cannot hold, in part or at all: it has narrower rows than MySQL.

A row must fit a page of 8 KB; long values move out and leave 18 bytes each. So only tables of some
hundreds of columns are in question.
"""

from __future__ import annotations

from mappings.catalogue import SourceColumn
from migrate.draft.facts import TableFacts

__all__ = ["MOST_COLUMNS", "too_wide"]

MOST_COLUMNS = 1_599
"""Of PostgreSQL, less one for an id."""
_PAGE = 8_100
_POINTER = 18
_SIZES = {
    "tinyint": 2,
    "smallint": 2,
    "year": 2,
    "mediumint": 4,
    "int": 4,
    "date": 4,
}


def too_wide(table: TableFacts) -> str | None:
    """How many rows may be refused and why, or None for a table whose every row fits."""
    columns = table.table.columns
    # Rounded up for alignment, and a bit for each column that may be NULL.
    most = 32 + len(columns) // 8 + sum(_bytes(table, column) for column in columns)
    if most <= _PAGE or not table.rows:
        return None
    return (
        f"up to {table.rows:,} rows: {len(columns):,} columns may take {most:,} bytes even with "
        "long values moved out, and a page has 8 KB; such rows are rejected as row_too_large"
    )


def _bytes(table: TableFacts, column: SourceColumn) -> int:
    """The least that the column's widest value leaves in the row."""
    seen = table.seen(column)
    if seen is None or seen.longest_bytes is None:
        return _SIZES.get(column.data_type, 8)
    return min(seen.longest_bytes + 1, _POINTER + 2)
