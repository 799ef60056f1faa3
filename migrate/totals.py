"""The end of a run: every source row is accounted for, or the run has failed."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence

from migrate import models
from migrate.context import Context
from migrate.errors import RunError
from migrate.events import TableTotals
from migrate.ledger import Ledger
from migrate.resume import Work
from migrate.source import Source

__all__ = ["SourceCount", "check_totals", "close_run"]


class SourceCount:
    """Counts the source tables in the run's snapshot, while PostgreSQL builds indexes.

    It does not believe the chunks: a row that lay in no key range is seen here. Tables that no
    snapshot protects may have changed since, and are not counted.
    """

    def __init__(self, source: Source, works: Sequence[Work]) -> None:
        self._source = source
        self._works = [work for work in works if work.table.source.transactional]
        self._counts: dict[str, int] = {}
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._count, name="delamp-count", daemon=True)
        self._thread.start()

    def counts(self) -> dict[str, int]:
        """Rows by mapping name, when all are counted. Raises what counting raised."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        return self._counts

    def _count(self) -> None:
        try:
            for work in self._works:
                found = self._source.value(f"SELECT COUNT(*) FROM {work.table.source.own}")
                self._counts[work.table.name] = int(found or 0)
        except BaseException as error:
            self._failure = error


def close_run(context: Context, count: SourceCount | None) -> None:
    """Check the totals of every table, and mark run and tables as finished, in one transaction.

    `count` is None where the rows were read in another snapshot than this attempt's. Raises
    `RunError` for a total that does not add up; then nothing is marked.
    """
    ledger = context.ledger
    ledger.total([work.table_id for work in context.work])
    counted = count.counts() if count else {}
    all_totals = ledger.table_totals([work.table.name for work in context.work])
    for work, totals in zip(context.work, all_totals, strict=True):
        check_totals(ledger, work, totals, counted.get(work.table.name))
    now = dt.datetime.now(dt.UTC)
    with ledger.target.transaction():
        for work in context.work:
            ledger.update(models.Table, work.table_id, state=models.Table.State.FINISHED)
        finished = models.Run.State.FINISHED
        ledger.update(models.Run, context.run_id, state=finished, finished_at=now)


def check_totals(ledger: Ledger, work: Work, totals: TableTotals, counted: int | None) -> None:
    """Raise `RunError` unless the table's totals add up, and agree with both databases."""
    table = work.table
    accounted = totals.loaded + totals.rejected + totals.skipped
    if totals.extracted != accounted:
        raise RunError(
            f"{table.name}: rows are not accounted for, got {totals.extracted} extracted"
            f" but {accounted} loaded, rejected or skipped",
            hint=_ANEW.format(table.name),
        )
    if counted is not None and counted != totals.extracted:
        raise RunError(
            f"{table.name}: rows of the source were not all read, got {totals.extracted}"
            f" (expected {counted}, which is COUNT(*) of {table.source.name} in the snapshot)",
            hint=_ANEW.format(table.name),
        )
    if table.existing != "refuse":
        return
    held = ledger.target.value(f"SELECT count(*) {table.target_rows}")
    if held != totals.loaded:
        raise RunError(
            f"{table.name}: target table {table.target} holds another number of rows than was"
            f" loaded, got {held} (expected {totals.loaded})",
            hint="let only delamp write to it during the run",
        )


_ANEW = "report this as a fault of delamp; `delamp run {} --restart` loads the table anew"
