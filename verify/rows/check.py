"""Level 3 of one table: which rows are read, how they are matched, and what is told of it.

Cannot catch: damage in rows that are not in the sample, fields that no mapping fills, rows that
only the target has, and a mistake in the Python forms themselves.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mappings.plan import TablePlan
from verify.departures import Departures
from verify.findings import KEPT_PER_TABLE, FindingLog
from verify.levels import SAMPLE
from verify.ports import SourceConnection
from verify.results import LevelResult
from verify.rows.columns import Rows, rows_of
from verify.rows.compare import Comparer
from verify.rows.declared import Declared, Fillings
from verify.rows.multiset import MOST_UNNAMED, Unnamed
from verify.rows.orm import WithOrm, match_names, named_columns
from verify.rows.sampling import by_chance, few_rows, sampled
from verify.rows.source_rows import Row, SourceRows

__all__ = ["check_rows"]

Progress = Callable[[int], None]


def check_rows(
    declared: Declared,
    table: TablePlan,
    source: SourceConnection,
    departures: Departures,
    *,
    using: str,
    seed: int,
    all_rows: bool = False,
    size: int = SAMPLE,
    keep: int = KEPT_PER_TABLE,
    progress: Progress = lambda rows: None,
) -> LevelResult:
    """Compare `size` rows of a table by chance, or all of them, cell by cell.

    The target is read over Django's connection `using`, in the calling thread. `seed` decides the
    sample: the same seed on the same rows gives the same. A table that cannot be covered has a
    `note` that says why. Nothing is written. Raises what either connection raises.
    """
    started, log = time.monotonic(), FindingLog(keep)
    fillings = Fillings.find(declared, table)
    if fillings is None:
        note = "not covered: its mapping class was not handed in"
        done = _Done(0, "", note)
    else:
        rows = rows_of(declared, table, fillings, using)
        dice = random.Random(f"{seed} {table.name}")
        check = _Check(rows, source, departures, using, log, progress)
        done = check.run(None if all_rows else size, dice)
    return LevelResult(
        level="rows",
        table=table.name,
        target=table.target,
        chunks=done.rows,
        strategy=done.strategy,
        note=done.note,
        seconds=time.monotonic() - started,
        findings=log.kept,
        totals=log.totals,
    )


@dataclass(frozen=True)
class _Done:
    rows: int
    strategy: str
    note: str = ""


class _Check:
    def __init__(
        self,
        rows: Rows,
        connection: SourceConnection,
        departures: Departures,
        using: str,
        log: FindingLog,
        progress: Progress,
    ) -> None:
        self.rows, self.connection, self.departures = rows, connection, departures
        self.source = SourceRows(rows)
        self.orm = WithOrm(rows, departures, using)
        self.log, self.progress = log, progress

    def run(self, size: int | None, dice: random.Random) -> _Done:
        if self.source.pairs and not self.source.key:
            return _Done(0, "", "not covered: gathered values of rows that no key names")
        if "%" in "".join(named_columns(self.rows)):
            return _Done(0, "", "not covered: Django asks nothing of a column with % in its name")
        names = match_names(self.rows)
        if not names:
            return self._unnamed()
        whole = size is None or few_rows(self.source, self.connection, size)
        comparer = Comparer(self.rows, self.departures, self.orm, names)
        done = 0
        for page in self._pages(None if whole else size, dice):
            batch = self.source.convert(self.connection, page)
            for finding in comparer.compare(batch):
                self.log.add(finding)
            done += len(batch)
            self.progress(len(batch))
        return _Done(done, "rows, all of them" if whole else "rows by chance")

    def _pages(self, size: int | None, dice: random.Random) -> Iterator[list[Row]]:
        if size is None and self.source.key:
            return self.source.pages(self.connection)
        if size is None:
            return self.source.batches(self.source.stream(self.connection))
        if self.source.key:
            return sampled(self.source, self.connection, size, dice)
        return self.source.batches(by_chance(self.source, self.connection, size, dice))

    def _unnamed(self) -> _Done:
        if not few_rows(self.source, self.connection, MOST_UNNAMED):
            note = f"not covered: more than {MOST_UNNAMED:,} rows that nothing in the target names"
            return _Done(0, "", note)
        unnamed = Unnamed(self.source, self.departures, self.orm, self.connection)
        for finding, times in unnamed.findings():
            self.log.add(finding, times)
        self.progress(unnamed.read)
        return _Done(unnamed.read, "rows, all of them")
