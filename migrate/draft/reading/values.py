"""Every value of a column that has few, with its number of rows, by their bytes.

The sample proposes: of up to 12 values seen, each is counted in the pass over the table, and when
the counts make up all rows, that was all of them. Else a query for 33 different values, which
stops at the 33rd, and only when there are fewer, one that counts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from mappings.catalogue import SourceColumn, SourceTable
from mappings.sqltext import ROW, my_bytes, my_name, source_column
from mappings.types.text import quoted_members
from migrate.draft.reading.measures import Measure, count
from migrate.draft.reading.samples import Sample
from migrate.source import Source

__all__ = ["MOST", "ValueCounts"]

MOST = 32
_IN_PASS = 12
_SHORT = 16
"""Characters of the longest text columns whose values are counted."""
_UTF8 = {"utf8", "utf8mb3", "utf8mb4", "ascii"}
_MARK = "value "


class ValueCounts:
    """The values of one table's columns, from its sample, from the pass, or by queries."""

    def __init__(self, source: Source, table: SourceTable, sample: Sample) -> None:
        self.source = source
        self.table = table
        self.sample = sample
        self._asked: dict[str, list[bytes]] = {}

    def measures(self, column: SourceColumn) -> Iterator[Measure]:
        """The counts to take in the pass; `values` takes them out of what was found."""
        if not _countable(column) or self.sample.whole:
            return
        seen = self._seen(column)
        if column.data_type == "enum":
            seen = [str(n).encode() for n in range(len(quoted_members(column.column_type)) + 1)]
        if not seen or len(seen) > _IN_PASS:
            return
        self._asked[column.name] = seen
        for number, value in enumerate(seen):
            yield Measure(
                f"{_MARK}{number}", count(f"{_by(column)} = {_literal(column, value)}"), int
            )

    def values(
        self, column: SourceColumn, rows: int, found: dict[str, Any]
    ) -> Mapping[str, int] | None:
        """Return the values, or None when they are too many or not asked for.

        Removes from `found` what `measures` put there.
        """
        counted = {field: found.pop(field) for field in [*found] if field.startswith(_MARK)}
        if not _countable(column):
            return None
        if not rows:
            return {}
        if self.sample.whole and column.data_type != "enum":
            return _shown(column, Counter(self._present(column)))
        asked = self._asked.get(column.name, [])
        pairs = {asked[int(field[len(_MARK) :])]: number for field, number in counted.items()}
        if sum(pairs.values()) + found.get("nulls", 0) == rows:
            return _shown(column, pairs)
        # An enum has no more values than members, whatever the sample says.
        if column.data_type != "enum" and len(self._seen(column)) > MOST:
            return None
        return self._queried(column)

    def _present(self, column: SourceColumn) -> list[bytes]:
        return [v for v in self.sample.values.get(column.name, ()) if v is not None]

    def _seen(self, column: SourceColumn) -> list[bytes]:
        return sorted(set(self._present(column)))

    def _queried(self, column: SourceColumn) -> Mapping[str, int] | None:
        """Grouped by position: a column of the table may have the name of any alias."""
        here = (
            f"FROM {my_name(self.table.name)} {ROW} WHERE {source_column(column.name)} IS NOT NULL"
        )
        some = self.source.rows(f"SELECT DISTINCT {_by(column)} {here} LIMIT {MOST + 1}")
        if len(some) > MOST:
            return None
        grouped = self.source.rows(f"SELECT {_by(column)}, COUNT(*) {here} GROUP BY 1")
        return _shown(column, {row[0] or b"": int(row[1] or 0) for row in grouped})


def _countable(column: SourceColumn) -> bool:
    if column.data_type in ("char", "varchar"):
        return (column.charset or "binary") != "binary" and (column.max_chars or 0) <= _SHORT
    return column.data_type in ("enum", "set", "tinyint", "smallint")


def _by(column: SourceColumn) -> str:
    """SQL that is equal for equal bytes only; an ENUM by its index, which tells '' from 0."""
    name = source_column(column.name)
    if column.data_type == "enum":
        return f"{name} + 0"
    if column.data_type in ("tinyint", "smallint"):
        return name
    utf8 = (column.charset or "utf8").lower() in _UTF8
    return f"CAST({name if utf8 else f'CONVERT({name} USING utf8mb4)'} AS BINARY)"


def _literal(column: SourceColumn, value: bytes) -> str:
    numeric = column.data_type in ("enum", "tinyint", "smallint")
    return value.decode() if numeric else my_bytes(value)


def _shown(column: SourceColumn, pairs: Mapping[bytes, int]) -> Mapping[str, int] | None:
    """As MySQL prints the values; None when they are too many or one of them is no text."""
    members = ("", *quoted_members(column.column_type))
    shown: Counter[str] = Counter()
    for value, number in pairs.items():
        if not number:
            continue
        try:
            text = value.decode()
        except UnicodeDecodeError:
            return None
        shown[members[int(text)] if column.data_type == "enum" else text] += number
    return dict(shown) if len(shown) <= MOST else None
