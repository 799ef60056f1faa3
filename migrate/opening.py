"""The beginning of a run in the ledger: the run or a further attempt, its tables, what is told."""

from __future__ import annotations

import datetime as dt
import platform
from dataclasses import replace

import django

from migrate import __version__, models
from migrate.context import Context
from migrate.events import Note, RunStarted, TableTotals
from migrate.ledger import LedgerTable
from migrate.proof import form_of
from migrate.resume import Work
from migrate.snapshot import Snapshot

__all__ = ["open_run"]

State = models.Table.State


def open_run(context: Context, snapshot: Snapshot, where: str, server: str) -> None:
    """Write the run, or the further attempt, and its tables to the ledger."""
    ledger, now = context.ledger, dt.datetime.now(dt.UTC)
    unprotected = sorted(
        work.table.source.name
        for work in context.work
        if work.table.source.engine and not work.table.source.transactional
    )
    with ledger.target.transaction():
        resumed = ledger.unfinished_run()
        if resumed is None:
            context.run_id = ledger.insert(
                models.Run,
                state=models.Run.State.RUNNING,
                started_at=now,
                version=__version__,
                source=where,
                server=server,
                snapshot=snapshot.mode,
                binlog=vars(snapshot.binlog) if snapshot.binlog else None,
                unprotected=unprotected,
                proving=context.proving,
                versions={
                    "delamp": __version__,
                    "django": django.get_version(),
                    "python": platform.python_version(),
                    "source": server,
                    "target": ledger.target.value("SHOW server_version"),
                },
            )
        else:
            context.run_id = resumed
            loading = any(work.to_load for work in context.work)
            ledger.resumed(resumed, unprotected, loading=loading)
            ledger.update(models.Run, resumed, proving=context.proving)
        context.work = tuple(
            work if work.record else work.recorded(_open_table(context, work))
            for work in context.work
        )
    if unprotected:
        text = (
            "no snapshot protects source tables that are not InnoDB: let nothing write to"
            f" {', '.join(unprotected)} during the run"
        )
        context.listener(Note(text=text, warning=True))
    if len(snapshot.sources) < context.config.readers:
        text = "one reader only: without RELOAD or a binlog, readers cannot share a snapshot"
        context.listener(Note(text=text, warning=True))
    context.listener(
        RunStarted(
            run_id=context.run_id,
            resumed=resumed is not None,
            snapshot=snapshot.mode,
            tables=tuple(
                TableTotals(
                    name=work.table.name,
                    source=work.table.source.name,
                    target=work.table.target,
                    extracted=work.table.source.rows_estimate,
                    bytes=work.table.source.bytes_estimate,
                )
                for work in context.work
            ),
        )
    )


def _open_table(context: Context, work: Work) -> LedgerTable:
    record = LedgerTable(
        id=0,
        run_id=context.run_id,
        mapping=work.table.name,
        fingerprint=work.table.fingerprint,
        state=State.PENDING,
        existing_rows=work.existing_rows,
    )
    key = context.ledger.insert(
        models.Table,
        run=record.run_id,
        source_table=work.table.source.name,
        target_table=work.table.target,
        mapping=record.mapping,
        fingerprint=record.fingerprint,
        state=record.state,
        existing_rows=record.existing_rows,
        form=form_of(work.table),
    )
    return replace(record, id=key)
