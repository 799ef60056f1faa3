"""Some rows of a table: up to 500 from each end of its key, or 1,000 as MySQL finds them.

Old rows and new ones differ (a site changes its hashes, charset and formats), so both ends are
looked at. Values are cut at 65,536 characters, and what was cut is not judged: the end of a
serialised value is what tells whether it is one. Of tables with very wide rows fewer are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mappings.catalogue import SourceColumn, SourceTable
from mappings.sqltext import ROW, my_name, source_column
from migrate.draft.reading.measures import BINARIES, INTEGERS, TEXTS
from migrate.source import Row, Source, SourceRefused

__all__ = ["LONGEST", "Sample", "read_sample"]

LONGEST = 65_536
_ROWS = 1000
_WIDE_ROWS = 100
_WIDE = 65_536
"""Bytes of an average row from which on few are read."""
_SAMPLED = INTEGERS | TEXTS | BINARIES | {"decimal", "enum", "set", "json"}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Values by column, NULL included, in the order of the rows."""

    values: Mapping[str, Sequence[bytes | None]] = field(default_factory=dict)
    whole: bool = False
    """The table has no other rows."""


def read_sample(source: Source, table: SourceTable) -> Sample:
    """Read the sample; an empty one when MySQL refuses, which the pass over all rows explains."""
    columns = [column for column in table.columns if column.data_type in _SAMPLED]
    if not columns:
        return Sample()
    try:
        rows, whole = _both_ends(source, table, columns)
    except SourceRefused:
        return Sample()
    by_column = zip(*rows, strict=True) if rows else ([] for _ in columns)
    values = {c.name: found for c, found in zip(columns, by_column, strict=True)}
    return Sample(values=values, whole=whole)


def _both_ends(
    source: Source, table: SourceTable, columns: Sequence[SourceColumn]
) -> tuple[Sequence[Row], bool]:
    average = table.bytes_estimate // max(table.rows_estimate, 1)
    most = _WIDE_ROWS if average > _WIDE else _ROWS
    wanted = ", ".join(_value(column) for column in columns)
    select = f"SELECT {wanted} FROM {my_name(table.name)} {ROW}"
    key = [source_column(name) for name in table.key]
    forth = f" ORDER BY {', '.join(key)}" if key else ""
    first = source.rows(f"{select}{forth} LIMIT {most}")
    if len(first) < most or not key:
        return first, len(first) < most
    back = f" ORDER BY {', '.join(f'{name} DESC' for name in key)}"
    last = source.rows(f"{select}{back} LIMIT {most // 2}")
    return [*first[: most // 2], *last], False


def _value(column: SourceColumn) -> str:
    name = source_column(column.name)
    if column.max_octets is not None and column.max_octets <= LONGEST:
        return name
    if column.data_type in TEXTS | BINARIES | {"json"}:
        return f"LEFT({name}, {LONGEST})"
    return name
