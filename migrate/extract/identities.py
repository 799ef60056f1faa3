"""Source rows found by what the target holds of them: the values of its identity columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from mappings.plan import ColumnPlan, TablePlan
from mappings.proof import ProofForm
from mappings.sqltext import my_name, source_column
from migrate.extract.rowwise import RowLine, read_rows
from migrate.source import Source

__all__ = ["identity_literal", "rows_of_identities"]


def rows_of_identities(
    table: TablePlan,
    source: Source,
    identities: Iterable[Sequence[object]],
    form: ProofForm | None = None,
) -> Iterator[RowLine]:
    """Yield the source rows with these keys, given as PostgreSQL returned them."""
    predicate = " OR ".join(f"({_same_key(table, values)})" for values in identities)
    yield from read_rows(table, source, predicate or "FALSE", form=form)


def _same_key(table: TablePlan, values: Sequence[object]) -> str:
    """Predicate over the source: the row whose key the target row holds."""
    parts = []
    for column, value in zip(table.identity, values, strict=True):
        parts.append(
            f"{source_column(column.sources[0])} = {identity_literal(table, column, value)}"
        )
    return " AND ".join(parts)


def identity_literal(table: TablePlan, column: ColumnPlan, value: object) -> str:
    """A value read from PostgreSQL as MySQL literal that leaves the column's index usable."""
    if isinstance(value, (int, Decimal)):
        # In quotes, a decimal would be compared as a double, and neighbours be equal.
        return f"{value:f}" if isinstance(value, Decimal) else str(int(value))
    if isinstance(value, (bytes, memoryview)):
        return f"0x{bytes(value).hex()}" if value else "''"
    # Not with an introducer: under OR, MariaDB takes such literals for one when they fold alike.
    text = f"CONVERT(0x{str(value).encode().hex()} USING utf8mb4)" if str(value) else "''"
    found = table.source.column(column.sources[0])
    if found is not None and found.charset and found.collation:
        return f"CONVERT({text} USING {found.charset}) COLLATE {my_name(found.collation)}"
    return text
