"""Row rules: what MySQL and the Python tier say of each row by itself.

MySQL asks every refusal and every guard of the plan in one statement for each key range and answers
with counts; only where there are hits does a second one fetch these rows, for Python to decide, as
a run would. Columns in the Python tier travel, and nothing else does.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor

from mappings.keys import KeyRange
from mappings.plan import TablePlan
from mappings.sqltext import all_of
from verify.chunks import MOST_ROWS, RangePlanner
from verify.dry_run.deciding import Decider, RowCounts
from verify.dry_run.fates import Fate, Fates
from verify.dry_run.looking import RowFields, Workers
from verify.dry_run.names import RowName, RowNames
from verify.dry_run.tallies import Tally, tallies_of
from verify.ports import SourceConnection, SourceRow

__all__ = ["Collector", "RowRules"]

Progress = Callable[[int], None]

_SPREAD = 8
"""Places of the table that a sample is taken from, about."""


class Collector:
    """Takes further fields of every row, of a table that can only be read in one pass."""

    def select(self) -> list[str]:
        return []

    def take(self, row: RowName, fields: SourceRow) -> None:
        """Called for every mapped row with the fields of `select`."""


class RowRules:
    """The row rules of one table."""

    def __init__(
        self,
        table: TablePlan,
        fates: Fates,
        *,
        shown: int | None,
        values: bool,
        sample: int | None = None,
        workers: Workers | None = None,
    ) -> None:
        """`shown`: how many rows are named of what is only counted, None for all. `values`:
        whether source values are kept. `sample`: look at about so many rows only. `workers`: where
        Python's share of the rows is done, when not here."""
        self.table = table
        self.names = RowNames(table)
        self.counts = RowCounts()
        self._fates = fates
        self._shown, self._values, self._sample = shown, values, sample
        self._fields = RowFields(table)
        self._workers = workers
        self._mapped = f"COALESCE(({table.where}), FALSE)" if table.where else "TRUE"
        self._tallies = tallies_of(table)
        self._from = f"FROM {table.source.relation}"
        self._lock = threading.Lock()

    def check(
        self,
        sources: Sequence[SourceConnection],
        executor: Executor,
        progress: Progress,
        collector: Collector | None = None,
    ) -> None:
        """Look at every row; `collector` is needed where no key cuts the table."""
        if not self.table.key:
            self._whole(sources[0], progress, collector or Collector())
            return
        planner = RangePlanner(self.table, sources[0].block_bytes)
        # Only counts come back: what bounds a range is how long one statement should take.
        size = MOST_ROWS if self._sample is None else max(1, self._sample // _SPREAD)
        row_bytes = max(1, sources[0].block_bytes // size)
        planner.learn(1, row_bytes, 1)
        step = 1
        if self._sample is not None:
            step = max(1, self.table.source.rows_estimate // max(1, self._sample))
        turns = itertools.count()

        def work(source: SourceConnection) -> None:
            while True:
                wanted = planner.rows()
                with self._lock:
                    key_range, turn = planner.next(source), next(turns)
                if key_range is None:
                    return
                if turn % step:
                    continue
                rows = self._range(source, key_range)
                planner.learn(rows, rows * row_bytes, wanted)
                progress(rows)

        for done in [executor.submit(work, source) for source in sources]:
            done.result()

    def _range(self, source: SourceConnection, key_range: KeyRange) -> int:
        where = key_range.sql(self.table.key)
        mapped, suspect, travels = self._mapped, self._fields.suspect, self._fields.travels
        sums = [f"SUM({mapped})", f"SUM({mapped} AND ({suspect}))"]
        sums += [f"SUM({mapped} AND ({tally.sql}))" for tally in self._tallies]
        found = source.rows(f"SELECT COUNT(*), {', '.join(sums)} {self._from} WHERE {where}")[0]
        read, kept, suspects, *tallied = (int(n or 0) for n in found)
        self._add(read, kept, zip(self._tallies, tallied, strict=True))
        if read > kept:
            self._name_left_out(source, where)
        if suspects or (travels and kept):
            only = where if travels else all_of([where, suspect])
            self._look_into(source, all_of([only, mapped]))
        for tally, count in zip(self._tallies, tallied, strict=True):
            if count and tally.named:
                self._name(source, all_of([where, mapped, tally.sql]), tally.fate)
        return read

    def _add(self, read: int, mapped: int, tallied: Iterable[tuple[Tally, int]]) -> None:
        with self._lock:
            self.counts.read += read
            self.counts.mapped += mapped
            for tally, count in tallied:
                self.counts.found[tally.column, tally.kind] += count
                if tally.alone and tally.kind != "damaged":
                    more = -count if tally.kind == "emptied" else count
                    self.counts.found[tally.column, "changed"] += more

    def _name_left_out(self, source: SourceConnection, where: str) -> None:
        fate = Fate(outcome="skipped", code="left_out", column="")
        self._name(source, all_of([where, f"NOT {self._mapped}"]), fate)

    def _name(self, source: SourceConnection, where: str, fate: Fate) -> None:
        """Name rows of a rule whose count is known: as many as are shown."""
        limit = "" if self._shown is None else f" LIMIT {self._shown}"
        if self._shown is not None:
            told = self._fates.named(
                self.table.name, fate.outcome, fate.code, fate.column, self._shown
            )
            if len(list(told)) >= self._shown:
                return
        fields = ", ".join(self.names.select())
        query = f"SELECT {fields} {self._from} WHERE {where} ORDER BY {self.names.order}{limit}"
        for place, row in enumerate(source.rows(query)):
            self._fates.put(self.table.name, self.names.read(row, place), fate)

    def _decider(self) -> Decider:
        return Decider(
            self.table,
            self._fields,
            self._fates,
            shown=self._shown,
            values=self._values,
            workers=self._workers,
        )

    def _look_into(self, source: SourceConnection, where: str) -> None:
        fields = ", ".join((*self.names.select(), *self._fields.select()))
        width, decider = self.names.width, self._decider()
        for place, row in enumerate(source.stream(f"SELECT {fields} {self._from} WHERE {where}")):
            decider.take(self._namer(row[:width], place), row[width:])
        self._close(decider)

    def _namer(self, fields: SourceRow, place: int) -> Callable[[], RowName]:
        return lambda: self.names.read(fields, place)

    def _close(self, decider: Decider) -> None:
        decider.close()
        with self._lock:
            self.counts.found.update(decider.found)

    def _whole(self, source: SourceConnection, progress: Progress, collector: Collector) -> None:
        """A table that no key cuts: one pass, in which each row's place is its name."""
        names, raws = self.names.select(), self._fields.select()
        tallies = [f"({tally.sql})" for tally in self._tallies]
        fields = ", ".join((self._mapped, *tallies, *names, *raws, *collector.select()))
        begin = 1 + len(tallies)
        middle = begin + len(names)
        end = middle + len(raws)
        decider = self._decider()
        limit = "" if self._sample is None else f" LIMIT {self._sample}"
        for place, row in enumerate(source.stream(f"SELECT {fields} {self._from}{limit}")):
            mapped = row[0] not in (b"0", None)
            name = self.names.read(row[begin:middle], place)
            hits = [
                (tally, int(mapped and hit not in (b"0", None)))
                for tally, hit in zip(self._tallies, row[1:begin], strict=True)
            ]
            self._add(1, int(mapped), hits)
            progress(1)
            if not mapped:
                fate = Fate(outcome="skipped", code="left_out", column="")
                self._fates.put(self.table.name, name, fate)
                continue
            for tally, hit in hits:
                if hit and tally.named:
                    self._fates.put(self.table.name, name, tally.fate)
            decider.take(self._namer(row[begin:middle], place), row[middle:end])
            collector.take(name, row[end:])
        self._close(decider)
