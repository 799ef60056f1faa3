"""Whether a table still has the columns that its plan was compiled with.

A pass keeps no ALTER TABLE waiting, so one may come in its midst; what the old plan makes of the
rows after it would be written to the target.
"""

from __future__ import annotations

from mappings.catalogue import Catalogue, SourceColumn
from mappings.plan import TablePlan
from mappings.sqltext import my_text
from migrate.errors import RunError
from migrate.source import Source

__all__ = ["require_unaltered"]

# Of one table: with several, MariaDB looks at every table of the database.
_COLUMNS = """
SELECT COLUMN_NAME AS a, COLUMN_TYPE AS b, COLLATION_NAME AS c, IS_NULLABLE AS d
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {}
"""

_Column = tuple[bytes | None, ...]


def require_unaltered(source: Source, table: TablePlan, catalogue: Catalogue) -> None:
    """Raise `RunError` unless the tables that the plan reads have the columns of the catalogue.

    Within a transaction that has read their rows, no table can be altered: these rows were read
    under the definition that is looked at.
    """
    names = {table.source.name, *(join.table for join in table.source.joins)}
    names |= {name for column in table.columns for name, _ in column.elsewhere}
    for name in sorted(names):
        known = catalogue.tables.get(name)
        if known is None or known.query is not None:
            continue
        if set(source.rows(_COLUMNS.format(my_text(name)))) != set(map(_facts, known.columns)):
            raise RunError(
                f"{table.name}: {name} was altered while it was compared",
                hint="run the command again; nothing was written since",
            )


def _facts(column: SourceColumn) -> _Column:
    collation = column.collation.encode() if column.collation else None
    nullable = b"YES" if column.nullable else b"NO"
    return column.name.encode(), column.column_type.encode(), collation, nullable
