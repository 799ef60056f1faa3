"""Row rules: what MySQL and the Python tier say of each row by itself.

MySQL asks every refusal and every guard of the plan in one statement for each key range and answers
with counts; only where there are hits does a second one fetch these rows, for Python to decide, as
a run would. Columns in the Python tier travel, and nothing else does.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from mappings.errors import Reject
from mappings.keys import KeyRange
from mappings.plan import ColumnPlan, TablePlan
from mappings.sqltext import all_of, any_of
from verify.chunks import MOST_ROWS, RangePlanner
from verify.dry_run.fates import Fate, Fates
from verify.dry_run.names import RowName, RowNames
from verify.dry_run.tallies import Tally, tallies_of
from verify.ports import SourceConnection, SourceRow

__all__ = ["Collector", "RowCounts", "RowRules"]

Progress = Callable[[int], None]

_SPREAD = 8
"""Places of the table that a sample is taken from, about."""

_REMEMBERED = 4096
_SHORT = 200
"""Accepted values per column and range that are not converted again, of so many bytes at most."""


@dataclass
class RowCounts:
    """What the pass over one table has counted."""

    read: int = 0
    mapped: int = 0
    """Of them, those that the mapping's `where` does not leave out."""
    looked_into: int = 0
    """Rows that Python decided."""
    tallies: dict[Tally, int] = field(default_factory=dict)


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
    ) -> None:
        """`shown`: how many rows are named of what is only counted, None for all. `values`:
        whether source values are kept. `sample`: look at about so many rows only."""
        self.table = table
        self.names = RowNames(table)
        self.counts = RowCounts()
        self._fates = fates
        self._shown, self._values, self._sample = shown, values, sample
        # Of a constant or a default of Django there is nothing to ask.
        self._columns = [c for c in table.columns if c.raw != "NULL"]
        predicates = [r.sql for c in self._columns for r in c.refusals]
        predicates += [guard for c in self._columns for guard in c.guards]
        self._suspect = any_of(predicates)
        self._suspects = bool(predicates)
        self._travels = any(c.python_tier for c in self._columns)
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
        mapped = self._mapped
        sums = [f"SUM({mapped})", f"SUM({mapped} AND ({self._suspect}))"]
        sums += [f"SUM({mapped} AND ({tally.sql}))" for tally in self._tallies]
        found = source.rows(f"SELECT COUNT(*), {', '.join(sums)} {self._from} WHERE {where}")[0]
        read, kept, suspects, *tallied = (int(n or 0) for n in found)
        self._add(read, kept, dict(zip(self._tallies, tallied, strict=True)))
        if read > kept:
            self._name_left_out(source, where)
        if suspects or (self._travels and kept):
            only = where if self._travels else all_of([where, self._suspect])
            self._look_into(source, all_of([only, mapped]))
        for tally, count in zip(self._tallies, tallied, strict=True):
            if count and tally.named:
                self._name(source, all_of([where, mapped, tally.sql]), tally.fate)
        return read

    def _add(self, read: int, mapped: int, tallied: dict[Tally, int]) -> None:
        with self._lock:
            self.counts.read += read
            self.counts.mapped += mapped
            for tally, count in tallied.items():
                self.counts.tallies[tally] = self.counts.tallies.get(tally, 0) + count

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

    def _look_into(self, source: SourceConnection, where: str) -> None:
        fields = ", ".join((*self.names.select(), *self._raw_fields()))
        accepted: list[set[bytes | None]] = [set() for _ in self._columns]
        looked = 0
        for place, row in enumerate(source.stream(f"SELECT {fields} {self._from} WHERE {where}")):
            looked += self._decide(row, place, accepted)
        with self._lock:
            self.counts.looked_into += looked

    def _whole(self, source: SourceConnection, progress: Progress, collector: Collector) -> None:
        """A table that no key cuts: one pass, in which each row's place is its name."""
        names = self.names.select()
        raws = self._raw_fields()
        tallies = [f"({tally.sql})" for tally in self._tallies]
        fields = ", ".join((self._mapped, *tallies, *names, *raws, *collector.select()))
        accepted: list[set[bytes | None]] = [set() for _ in self._columns]
        begin = 1 + len(tallies)
        end = begin + len(names) + len(raws)
        limit = "" if self._sample is None else f" LIMIT {self._sample}"
        for place, row in enumerate(source.stream(f"SELECT {fields} {self._from}{limit}")):
            mapped = row[0] not in (b"0", None)
            name = self.names.read(row[begin : begin + len(names)], place)
            hits = {t: int(mapped and n not in (b"0", None)) for t, n in zip(
                self._tallies, row[1:begin], strict=True)}  # fmt: skip
            self._add(1, int(mapped), hits)
            progress(1)
            if not mapped:
                fate = Fate(outcome="skipped", code="left_out", column="")
                self._fates.put(self.table.name, name, fate)
                continue
            for tally, hit in hits.items():
                if hit and tally.named:
                    self._fates.put(self.table.name, name, tally.fate)
            self.counts.looked_into += self._decide(row[begin:end], place, accepted)
            collector.take(name, row[end:])

    def _raw_fields(self) -> list[str]:
        """Whether the row is suspect, then of each column its raw value, where it is needed."""
        if not self._suspects:
            return ["0", *(c.raw if c.python_tier else "NULL" for c in self._columns)]
        return [
            f"({self._suspect})",
            *(
                c.raw if c.python_tier else f"IF({self._suspect}, {c.raw}, NULL)"
                for c in self._columns
            ),
        ]

    def _decide(self, row: SourceRow, place: int, accepted: list[set[bytes | None]]) -> int:
        """Put the row's fate if a column refuses its value; returns whether Python had to look."""
        start = self.names.width
        suspect = row[start] != b"0"
        for column, raw, seen in zip(self._columns, row[start + 1 :], accepted, strict=True):
            if not (suspect or column.python_tier) or raw in seen:
                continue
            try:
                column.finish(raw)
            except Exception as error:
                # A step is the user's code: whatever it raises refuses this row and no other.
                fate = self._refused(column, raw, error)
                self._fates.put(self.table.name, self.names.read(row[:start], place), fate)
                return 1
            if len(seen) < _REMEMBERED and len(raw or b"") <= _SHORT:
                seen.add(raw)
        return int(suspect)

    def _refused(self, column: ColumnPlan, raw: bytes | None, error: Exception) -> Fate:
        if isinstance(error, Reject):
            code, detail = error.code, error.detail
        else:
            steps = " → ".join(column.steps) or "the conversion"
            code, detail = "step_failed", f"{type(error).__name__} in {steps}"
        return Fate(
            outcome="rejected",
            code=code,
            column=column.name,
            detail=detail,
            value=_shown(raw) if self._values else None,
        )


def _shown(raw: bytes | None) -> str:
    if raw is None:
        return "NULL"
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return f"0x{raw.hex()}"
