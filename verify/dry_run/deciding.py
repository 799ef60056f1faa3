"""What becomes of the rows that Python has looked at: their fates, and what is only counted."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mappings.plan import TablePlan
from mappings.watch import EMPTIED, Noticed
from verify.dry_run.fates import Fate, Fates
from verify.dry_run.looking import Looked, Looker, Refused, RowFields, Workers, look_at
from verify.dry_run.names import RowName
from verify.dry_run.tallies import Kind
from verify.ports import SourceRow

__all__ = ["Decider", "RowCounts"]

_ROWS = 1000
_BYTES = 1 << 20
_REMEMBERED = 4096
_SHORT = 200
"""Rows of which there was nothing to tell, and their bytes at most: the same again need no look."""
_AHEAD = 3
"""Batches that other processes are given before the first of them is asked for."""

_NOTHING = Looked(None, (), ())


@dataclass
class RowCounts:
    """What the pass over one table has counted."""

    read: int = 0
    mapped: int = 0
    """Of them, those that the mapping's `where` does not leave out."""
    found: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    """By column and kind: rows beside those that are refused."""


class Decider:
    """Takes rows of one table for Python to look at; of one thread. To be closed at the end."""

    def __init__(
        self,
        table: TablePlan,
        fields: RowFields,
        fates: Fates,
        *,
        shown: int | None,
        values: bool,
        workers: Workers | None,
    ) -> None:
        self.found: Counter[tuple[str, Kind]] = Counter()
        self._table, self._columns, self._fates = table, fields.columns, fates
        self._shown, self._values = shown, values
        self._workers = workers
        self._looker = Looker(table)
        self._rows: list[SourceRow] = []
        self._names: list[Callable[[], RowName]] = []
        self._bytes = 0
        self._plain: set[SourceRow] = set()
        self._begun: deque[Any] = deque()

    def take(self, name: Callable[[], RowName], fields: SourceRow) -> None:
        """A row, by the fields of `RowFields`; its name is asked for only if there is need."""
        if fields in self._plain:
            return
        self._rows.append(fields)
        self._names.append(name)
        self._bytes += sum(map(len, filter(None, fields)))
        if len(self._rows) >= _ROWS or self._bytes >= _BYTES:
            self._flush()

    def close(self) -> None:
        """Decide what is left."""
        self._flush()
        while self._begun:
            self._settle(*self._begun.popleft())

    def _flush(self) -> None:
        rows, names = self._rows, self._names
        self._rows, self._names, self._bytes = [], [], 0
        if not rows:
            return
        if self._workers is None:
            self._settle(rows, names, lambda: [self._looker.look(row) for row in rows])
            return
        self._begun.append((rows, names, self._workers.call(look_at, self._table, rows)))
        if len(self._begun) > _AHEAD:
            self._settle(*self._begun.popleft())

    def _settle(
        self,
        rows: Sequence[SourceRow],
        names: Sequence[Callable[[], RowName]],
        result: Callable[[], list[Looked]],
    ) -> None:
        for fields, name, looked in zip(rows, names, result(), strict=True):
            if looked == _NOTHING and len(self._plain) < _REMEMBERED:
                if sum(map(len, filter(None, fields))) <= _SHORT:
                    self._plain.add(fields)
                continue
            if looked.refused is not None:
                fate = self._refused(looked.refused, fields)
                self._fates.put(self._table.name, name(), fate)
            if looked.noticed:
                self._notice(looked.noticed, name)
            for column, code in looked.invalid:
                fate = Fate(outcome="warned", code="not_valid", column=column, detail=code)
                self._fates.put(self._table.name, name(), fate)

    def _refused(self, refused: Refused, fields: SourceRow) -> Fate:
        raw = fields[1 + refused.place]
        return Fate(
            outcome="rejected",
            code=refused.code,
            column=self._columns[refused.place].name,
            detail=refused.detail,
            value=_shown(raw) if self._values else None,
        )

    def _notice(self, noticed: Sequence[tuple[int, Noticed]], name: Callable[[], RowName]) -> None:
        by_column: dict[str, list[Noticed]] = {}
        for place, what in noticed:
            by_column.setdefault(self._columns[place].name, []).append(what)
        for column, found in by_column.items():
            if EMPTIED in found:
                self.found[column, "emptied"] += 1
            elif any(isinstance(each, int) for each in found):
                self.found[column, "changed"] += 1
            for each in found:
                if isinstance(each, str):
                    fate = Fate(outcome="warned", code=each, column=column)
                    self._fates.put(self._table.name, name(), fate)
                elif each != EMPTIED:
                    self._altered(column, each, name)

    def _altered(self, column: str, step: int, name: Callable[[], RowName]) -> None:
        self.found[column, step] += 1
        # Of what is only counted, a reader names so many rows in each range.
        if self._shown is None or self.found[column, step] <= self._shown:
            fate = Fate(outcome="altered", code=str(step), column=column)
            self._fates.put(self._table.name, name(), fate)


def _shown(raw: bytes | None) -> str:
    if raw is None:
        return "NULL"
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return f"0x{raw.hex()}"
