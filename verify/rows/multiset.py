"""Rows that nothing in the target names: all of them, as a multiset of what Django shows.

Hashes of both sides' rows are held, so there is a limit; a table with more rows is not covered.
Rows left over are matched by likeness, so that the damaged columns can be named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from mappings.keys import KeyValue
from verify.departures import Departures
from verify.findings import Finding
from verify.likeness import most_alike
from verify.ports import SourceConnection
from verify.rows.columns import Rows
from verify.rows.compare import mismatch
from verify.rows.meaning import Refused
from verify.rows.orm import Row, WithOrm
from verify.rows.source_rows import SourceRows, readable_key
from verify.rows.values import digest, equal

__all__ = ["MOST_UNNAMED", "Unnamed"]

MOST_UNNAMED = 200_000
"""Rows of a table that are compared without a name."""
_MATCHED = 300
"""Rows of each side that are matched by likeness."""

Expected: TypeAlias = tuple[KeyValue | None, Row]


class Unnamed:
    """Compares one table as a multiset, reading each side once, and once more where they differ."""

    def __init__(
        self, source: SourceRows, departures: Departures, orm: WithOrm, connection: SourceConnection
    ) -> None:
        self.source, self.departures, self.orm = source, departures, orm
        self.connection = connection
        self.rows: Rows = source.rows
        self.read = 0
        self._width = len(self.rows.columns)
        self._doubles = [n for n, column in enumerate(self.rows.columns) if column.double]
        self._excused = departures.nameless_absent
        self._nulled = departures.nulled_count

    def findings(self) -> Iterator[tuple[Finding, int]]:
        """What differs, each finding with how many times it counts."""
        sums: Counter[bytes] = Counter()
        for _, row in self._expected(count=True):
            sums[self._digest(row)] += 1
        for got in self.orm.everything():
            sums[self._digest(got)] -= 1
        left = Counter({key: number for key, number in sums.items() if number})
        if left:
            yield from self._matched(left)

    def _expected(self, *, count: bool = False) -> Iterator[Expected]:
        """What the target should hold; rows that Python refuses are among the ledger's."""
        nulled = self.departures.nulled_columns
        pages = (
            self.source.pages(self.connection)
            if self.source.key
            else self.source.batches(self.source.stream(self.connection))
        )
        refused = 0
        for page in pages:
            batch = self.source.convert(self.connection, page)
            columns = [batch.values[column.name] for column in self.rows.columns]
            self.read += len(batch) if count else 0
            for key, row in zip(batch.keys, zip(*columns, strict=True), strict=True):
                if any(type(value) is Refused for value in row):
                    refused += key is None
                elif key is None or key not in self.departures.absent:
                    yield key, self._with_nulls(row, nulled.get(key) if key else None)
        if count:
            self._excused = max(0, self._excused - refused)

    def _with_nulls(self, row: Row, names: frozenset[str] | None) -> Row:
        if not names:
            return row
        columns = self.rows.columns
        return tuple(
            None if c.name in names else value for c, value in zip(columns, row, strict=True)
        )

    def _matched(self, left: Counter[bytes]) -> Iterator[tuple[Finding, int]]:
        lost, more_lost = self._lost(left)
        extra, more_extra = self._extra(left)
        alike = most_alike(lost, extra, lambda one, got: len(self._at(one[1], got)), self._width)
        for n, m in alike.items():
            (key, row), got = lost[n], extra[m]
            at = self._at(row, got)
            if at and not self._nulled_away(at, got):
                yield self._mismatch(key, row, got, at), 1
        missing = [key for n, (key, _) in enumerate(lost) if n not in alike]
        held = set(alike.values())
        extra = [got for m, got in enumerate(extra) if m not in held]
        name = self.rows.table.name
        for key in missing[self._excused :]:
            detail = "" if key is not None else "no key names the row"
            yield Finding(kind="missing", table=name, key=self._readable(key), detail=detail), 1
        more_lost -= max(0, self._excused - len(missing))
        for got in extra:
            yield Finding(kind="extra", table=name, target_key=self._target_key(got)), 1
        detail = "not looked at one by one"
        if more_lost > 0:
            yield Finding(kind="missing", table=name, detail=detail), more_lost
        if more_extra > 0:
            yield Finding(kind="extra", table=name, detail=detail), more_extra

    def _lost(self, left: Counter[bytes]) -> tuple[list[Expected], int]:
        open_ = Counter({key: number for key, number in left.items() if number > 0})
        total, kept = sum(open_.values()), []
        for key, row in self._expected():
            mark = self._digest(row)
            if open_[mark] > 0:
                open_[mark] -= 1
                kept.append((key, row))
                if len(kept) == _MATCHED:
                    break
        return kept, total - len(kept)

    def _extra(self, left: Counter[bytes]) -> tuple[list[Row], int]:
        open_ = Counter({key: -number for key, number in left.items() if number < 0})
        total, kept = sum(open_.values()), []
        for got in self.orm.everything():
            mark = self._digest(got)
            if open_[mark] > 0:
                open_[mark] -= 1
                kept.append(got)
                if len(kept) == _MATCHED:
                    break
        return kept, total - len(kept)

    def _digest(self, row: Row) -> bytes:
        return digest(row[: self._width], self._doubles)

    def _at(self, row: Row, got: Row) -> list[int]:
        """Places of the columns that differ."""
        columns = self.rows.columns
        return [n for n, c in enumerate(columns) if not equal(row[n], got[n], json=c.json)]

    def _nulled_away(self, at: list[int], got: Row) -> bool:
        """Whether the ledger knows of so many more references loaded as NULL, without a key."""
        references = self.rows.table.all_references
        names = {r.name for r in references if r.orphans == "null"}
        if not {self.rows.columns[n].name for n in at} <= names:
            return False
        if any(got[n] is not None for n in at) or self._nulled < len(at):
            return False
        self._nulled -= len(at)
        return True

    def _mismatch(self, key: KeyValue | None, row: Row, got: Row, at: list[int]) -> Finding:
        detail = "nothing in the target names the row: matched by its other columns"
        readable, target_key = self._readable(key), self._target_key(got)
        return mismatch(self.rows, at, row, got, readable, target_key, detail)

    def _readable(self, key: KeyValue | None) -> tuple[object, ...]:
        return () if key is None else readable_key(self.source.key, key)

    def _target_key(self, got: Row) -> tuple[str, ...]:
        return tuple(map(str, got[self._width :]))
