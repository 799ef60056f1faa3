"""Load all tables with several workers side by side."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence

from mappings.proof import ProofForm
from migrate import models
from migrate.context import Context
from migrate.events import ChunkLoaded, TableFinished, TableTotals
from migrate.extract.ranges import Ranges
from migrate.load.sinks import sink_for
from migrate.load.tasks import Task, Tasks
from migrate.load.worker import Loaded, Worker
from migrate.python_tier import PythonTier
from migrate.resume import Work
from migrate.snapshot import Snapshot
from migrate.source import Source
from migrate.target import Target

__all__ = ["load_all"]


def load_all(
    context: Context, snapshot: Snapshot, tier: PythonTier, loading: Sequence[Work]
) -> None:
    """Load the tables' chunks; returns when all are committed, or soon after `context.stop`.

    The first failure of a worker stops the others after their chunk, and is raised.
    """
    pool = _Pool(context, loading)
    if context.one_transaction:
        pool.work(snapshot.sources[0], tier, context.ledger.target)
        pool.close()
        return
    threads = [
        threading.Thread(target=pool.work, args=(source, tier), name=f"delamp-{n}")
        for n, source in enumerate(snapshot.sources)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.close()


class _Pool:
    def __init__(self, context: Context, loading: Sequence[Work]) -> None:
        self._context = context
        self._halt = threading.Event()
        self._lock = threading.Lock()
        self._failures: list[BaseException] = []
        ledger, block = context.ledger, context.config.chunk_bytes
        self._rejects = ledger.total_rejects(context.run_id)
        tasks = []
        for work in loading:
            done = ledger.chunks(work.record) if work.record else []
            ranges = Ranges(work.table, block, done)
            sink = sink_for(work.table)
            form = ProofForm(work.table) if context.proving else None
            tasks.append(
                Task(table=work.table, table_id=work.table_id, ranges=ranges, sink=sink, form=form)
            )
            now = dt.datetime.now(dt.UTC)
            if work.record and work.record.state == models.Table.State.PENDING:
                state = models.Table.State.LOADING
                ledger.update(models.Table, work.table_id, state=state, started_at=now)
        self._tasks = Tasks(tasks)
        self._unfinished = set(map(id, tasks))

    def work(self, source: Source, tier: PythonTier, given: Target | None = None) -> None:
        """The body of one worker, over `given` or a connection of its own.

        What it raises is kept for `close`.
        """
        try:
            target = given or self._context.connect_target()
            try:
                halt = _Either(self._halt, self._context.stop)
                Worker(source, target, self._tasks, tier, halt).run(self._loaded)
            finally:
                if given is None:
                    target.close()
        except BaseException as error:
            with self._lock:
                self._failures.append(error)
            self._halt.set()

    def close(self) -> None:
        """Mark what is loaded; raise the first failure."""
        for task in self._tasks.all:
            self._settle(task)
        if self._failures:
            raise self._failures[0]

    def _loaded(self, loaded: Loaded) -> None:
        task, result = loaded.task, loaded.result
        with self._lock:
            self._rejects += result.rejected
            self._context.listener(ChunkLoaded(table=task.table.name, **vars(result)))
            self._settle(task)
            self._context.require_few_rejects(self._rejects)

    def _settle(self, task: Task) -> None:
        """A table whose last chunk is committed is loaded: say so, once."""
        if id(task) not in self._unfinished or not task.finished:
            return
        self._unfinished.discard(id(task))
        ledger = self._context.ledger
        now = dt.datetime.now(dt.UTC)
        state = models.Table.State.LOADED
        ledger.update(models.Table, task.table_id, state=state, finished_at=now)
        ledger.total([task.table_id])
        totals: list[TableTotals] = ledger.table_totals([task.table.name])
        self._context.listener(TableFinished(totals=totals[0]))


class _Either(threading.Event):
    """Set as soon as one of two events is."""

    def __init__(self, first: threading.Event, second: threading.Event) -> None:
        super().__init__()
        self._both = (first, second)

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._both)
