"""Fields of the mapped row beside its name: canonical texts, or COPY texts, of chosen columns.

SQL makes them where it can; a column that only Python can make, and a row on which the SQL form
does not hold, comes as its raw value and is finished here.
"""

from __future__ import annotations

from collections.abc import Sequence

from mappings.compiler.frames import NULL
from mappings.plan import ColumnPlan
from mappings.sqltext import any_of, unescape_bytes
from verify.source_side import python_frame

__all__ = ["CanonicalFields", "CopyFields", "by_sql_alone"]


def by_sql_alone(column: ColumnPlan) -> bool:
    """Whether MySQL makes the canonical text of every row."""
    return column.canonical_source is not None and not column.guards


class _Fields:
    """Select expressions for some columns, and their reading."""

    def __init__(self, columns: Sequence[ColumnPlan]) -> None:
        self.columns = tuple(columns)

    def select(self) -> list[str]:
        fields = []
        for column in self.columns:
            sql = self._sql(column)
            if sql is None:
                fields.append(column.raw)
            elif self._by_python(column):
                guard = any_of(self._by_python(column))
                fields += [f"({guard})", f"IF({guard}, {column.raw}, {sql})"]
            else:
                fields.append(sql)
        return fields

    @property
    def width(self) -> int:
        """How many fields `select` has."""
        return sum(
            2 if self._sql(column) is not None and self._by_python(column) else 1
            for column in self.columns
        )

    def _sql(self, column: ColumnPlan) -> str | None:
        raise NotImplementedError

    def _by_python(self, column: ColumnPlan) -> tuple[str, ...]:
        """Predicates: rows whose value Python makes, of a column that SQL makes otherwise."""
        return column.guards

    def _pairs(self, fields: Sequence[bytes | None]) -> list[tuple[ColumnPlan, bytes | None, bool]]:
        """Each column with its field, and whether Python is to finish it."""
        found, left = [], iter(fields)
        for column in self.columns:
            by_python = self._sql(column) is None
            if not by_python and self._by_python(column):
                by_python = next(left) != b"0"
            found.append((column, next(left), by_python))
        return found


class CanonicalFields(_Fields):
    """Canonical texts: equal exactly where the target's values are."""

    def _sql(self, column: ColumnPlan) -> str | None:
        return column.canonical_source

    def read(self, fields: Sequence[bytes | None]) -> tuple[bytes | None, ...] | None:
        """One text for each column, None for NULL; None in all for a row that is refused."""
        found = []
        for column, field, by_python in self._pairs(fields):
            text = python_frame(column, field) if by_python else field
            if text is None:
                return None
            found.append(None if text == NULL else text)
        return tuple(found)


class CopyFields(_Fields):
    """What COPY would be given, without its escapes: PostgreSQL's own spelling of the values."""

    def _sql(self, column: ColumnPlan) -> str | None:
        return None if column.python_tier else column.copy

    def _by_python(self, column: ColumnPlan) -> tuple[str, ...]:
        # What PostgreSQL would refuse must not reach it: it refuses the whole statement.
        return (*column.guards, *(refusal.sql for refusal in column.refusals))

    def read(self, fields: Sequence[bytes | None]) -> tuple[str | None, ...] | None:
        """One text for each column, None for NULL; None in all for a row that is refused."""
        found: list[str | None] = []
        for column, field, by_python in self._pairs(fields):
            try:
                text = column.finish(field) if by_python else field
                if text is None:
                    return None
                found.append(None if text == b"\\N" else unescape_bytes(text).decode())
            except Exception:
                # A Reject, or a failure of a user's step: the row rules have named the row.
                return None
        return tuple(found)
