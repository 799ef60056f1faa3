"""Rows that were not taken back, and so cannot be the parents of others in the legacy database."""

from __future__ import annotations

from mappings.plan import TablePlan
from migrate.changelog.reading import LoggedChange, Row

__all__ = ["Parents"]


class Parents:
    """Rows that are in Django, and in the file only as a remark. Asked change by change."""

    def __init__(self) -> None:
        self._absent: dict[tuple[str, str], set[str]] = {}

    def note(self, change: LoggedChange, row: Row, *, done: bool) -> None:
        """A row came, and was taken back or not."""
        if change.old is not None:
            return
        for column, value in row.items():
            absent = self._absent.get((change.table, column))
            if absent is not None and done:
                # Deleted meanwhile, and made anew.
                absent.discard(str(value))
            elif not done and value is not None:
                self._absent.setdefault((change.table, column), set()).add(str(value))

    def lacking(self, table: TablePlan, row: Row) -> str:
        """Which parent of a row is not there, if one is not."""
        for reference in table.all_references:
            absent = self._absent.get((reference.parent, reference.parent_column))
            if absent and str(row.get(reference.column)) in absent:
                return f"its row in {reference.parent} was not taken back"
        return ""
