"""Several collectors of rows as one, for a table that can only be read in one pass."""

from __future__ import annotations

from typing import Protocol

from verify.dry_run.names import RowName
from verify.dry_run.rows import Collector
from verify.ports import SourceRow

__all__ = ["Together"]


class _Flushing(Protocol):
    def select(self) -> list[str]: ...

    def take(self, row: RowName, fields: SourceRow) -> None: ...

    def flush(self) -> None: ...


class Together(Collector):
    """Gives each row to all of them, and flushes them in their order."""

    def __init__(self, *collectors: _Flushing) -> None:
        self._collectors = [(each, each.select()) for each in collectors]

    def select(self) -> list[str]:
        return [sql for _, selected in self._collectors for sql in selected]

    def take(self, row: RowName, fields: SourceRow) -> None:
        at = 0
        for each, selected in self._collectors:
            each.take(row, fields[at : at + len(selected)])
            at += len(selected)

    def flush(self) -> None:
        """To be called at the end."""
        for each, _ in self._collectors:
            each.flush()
