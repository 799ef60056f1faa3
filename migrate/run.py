"""`delamp run`: everything from the source to a finished target, resumable at any instant.

    lock → plan → ledger → snapshot → drop indexes → load chunks → foreign keys and orphans
         → counters → indexes → sequences → ANALYZE → totals

Each step reads from the ledger what is left to do, so a resumed run is the same program.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time

from mappings.plan import TablePlan
from mappings.proof import ProofForm
from migrate import models
from migrate.catalogue_reader import read_catalogue
from migrate.config import Config
from migrate.context import GO_ON, Context
from migrate.errors import DelampError, Interrupted
from migrate.events import Listener, Note, RunFinished
from migrate.finish import finish, settle_all
from migrate.follow import checkpoint
from migrate.follow.schema import facts_now
from migrate.ledger import Ledger
from migrate.load.pool import load_all
from migrate.locks import become_the_run
from migrate.opening import open_run
from migrate.prepare import RunOptions, prepare
from migrate.python_tier import PythonTier
from migrate.queries import require_unique_keys
from migrate.reconcile import reconcile
from migrate.resume import Work
from migrate.retention import forget_old_values
from migrate.schema import drop_for_load, drop_foreign_keys, owned
from migrate.snapshot import Snapshot, open_snapshot
from migrate.source import Source
from migrate.target import Target

__all__ = ["RunOptions", "run"]


def run(
    config: Config, options: RunOptions, *, listener: Listener, stop: threading.Event
) -> RunFinished:
    """Load every chosen table that is not finished; returns the totals.

    Raises `DeclarationError`, and `DelampError` of the kind that says which side failed. Whatever
    was committed stays, and the same call goes on from there.
    """
    started = time.monotonic()
    target = Target(config.database)
    try:
        become_the_run(target)
        ledger = Ledger(target)
        ledger.require_tables()
        forget_old_values(config, target)
        source = Source(config.source, block_bytes=config.chunk_bytes)
        try:
            context = prepare(config, options, source, ledger, listener, stop)
        finally:
            source.close()
        if not context.work:
            return _result(context, "finished", started, nothing_to_do=True)
        _carry_out(context, source.url.redacted, source.server.version)
        return _result(context, "finished", started)
    finally:
        target.close()


def _carry_out(context: Context, where: str, server: str) -> None:
    ledger = context.ledger
    # Worker processes are forked here, before any thread and any snapshot.
    plans = [work.table for work in context.work if _by_python(context, work.table)]
    processes = context.config.processes or min(os.cpu_count() or 1, 2 * context.config.readers)
    tier = PythonTier(plans, processes, [ledger.target.fileno()], every=True)
    try:
        snapshot = open_snapshot(
            lambda: Source(context.config.source, block_bytes=context.config.chunk_bytes),
            context.config.readers,
        )
        try:
            open_run(context, snapshot, where, server)
            _load(context, snapshot, tier)
            if ledger.mixed_snapshots(context.run_id):
                _reconcile(context, snapshot, tier)
            finish(context, snapshot)
            tables = [work.table for work in context.work]
            checkpoint.remember(ledger, facts_now(tables, read_catalogue(snapshot.sources[0])))
        finally:
            snapshot.close()
    except BaseException as error:
        if context.run_id:
            interrupted = isinstance(error, (Interrupted, KeyboardInterrupt))
            state = models.Run.State.INTERRUPTED if interrupted else models.Run.State.FAILED
            with contextlib.suppress(DelampError):
                # The first error is the one to tell; the target may be what failed.
                ledger.update(models.Run, context.run_id, state=state, error=str(error))
        raise
    finally:
        tier.close()


def _by_python(context: Context, table: TablePlan) -> bool:
    """Whether Python finishes the table's lines, or hashes a part of its rows."""
    return table.python_tier or (context.proving and bool(ProofForm(table).by_python))


def _load(context: Context, snapshot: Snapshot, tier: PythonTier) -> None:
    ledger = context.ledger
    loading = [work for work in context.work if work.to_load]
    if not loading:
        return
    require_unique_keys([work.table for work in loading], snapshot.sources[0])
    context.read_now = True
    names = [work.table.target for work in loading]
    if owned(ledger.target, names):
        with context.phase("drop indexes"):
            drop_for_load(ledger, context.run_id, names)
        with context.phase("load"):
            load_all(context, snapshot, tier, loading)
    else:
        text = (
            "the tables belong to another user: indexes and foreign keys stay, one reader, one"
            " transaction; a run that is stopped begins anew (see `delamp grants run`)"
        )
        context.listener(Note(text=text, warning=True))
        context.one_transaction = True
        with context.phase("load"), ledger.target.transaction():
            load_all(context, snapshot, tier, loading)
            # Before the commit: half of the rows, their orphans unsettled, are not to stay.
            _end_if_stopped(context, "nothing is loaded")
            settle_all(context, snapshot.sources[0])
    _end_if_stopped(context, "every chunk begun is committed")


def _end_if_stopped(context: Context, what: str) -> None:
    if context.stop.is_set():
        raise Interrupted(f"run {context.run_id} stopped; {what}", hint=GO_ON)


def _reconcile(context: Context, snapshot: Snapshot, tier: PythonTier) -> None:
    """Close the gap between the snapshots of several attempts."""

    def reload(work: Work) -> None:
        load_all(context, snapshot, tier, [work])

    ledger, names = context.ledger, [work.table.target for work in context.work]
    mine = owned(ledger.target, names)
    context.one_transaction = not mine
    if mine:
        # Some may be back already, and would forbid a parent to leave before its children.
        drop_foreign_keys(ledger, context.run_id, names)
    together = contextlib.nullcontext() if mine else ledger.target.transaction()
    context.read_now = True
    with context.phase("checksum pass"), together:
        for work in context.work:
            reconcile(context, work, snapshot.sources[0], reload)
        if not mine:
            settle_all(context, snapshot.sources[0])


def _result(
    context: Context, state: str, started: float, *, nothing_to_do: bool = False
) -> RunFinished:
    ledger = context.ledger
    tables = tuple(ledger.table_totals([table.name for table in context.tables]))
    for totals in tables:
        if totals.extracted and not totals.loaded and not nothing_to_do:
            text = f"{totals.name}: none of {totals.extracted} rows was loaded"
            context.listener(Note(text=text, warning=True))
    return RunFinished(
        run_id=context.run_id,
        state=state,
        nothing_to_do=nothing_to_do,
        tables=tables,
        rejects=tuple(ledger.reject_counts(context.run_id)),
        counters=sum(len(work.table.counters) for work in context.work),
        seconds=time.monotonic() - started,
        phases=tuple(context.phases),
    )
