"""The checksum pass: after a resume, make the rows of all snapshots one again.

A resumed load has read some chunks in one snapshot and some in a later one. Where the source was
written in between, rows differ; verification finds which, and exactly these are loaded again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mappings.keys import KeyRange, KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import pg_name
from migrate import models
from migrate.context import Context
from migrate.existing import forget_existing
from migrate.extract.blocks import BlockReader
from migrate.extract.rowwise import RefusedRow, read_rows
from migrate.load.chunk import left_out_rows, store_rows
from migrate.load.sinks import sink_for
from migrate.proof import BY_RUN, note_keys
from migrate.refresh.reading import batches, key_predicate
from migrate.resume import Work
from migrate.source import Source
from verify import Departures, differing_keys

__all__ = ["reconcile"]

_COUNTED = {"rejected": "rejected", "skipped": "skipped", "kept": "skipped"}
Difference = tuple[KeyValue | None, tuple[Any, ...] | None]


def reconcile(context: Context, work: Work, source: Source, reload: Callable[[Work], None]) -> None:
    """Refresh every row of the table that differs between this snapshot and the target.

    First all stale rows leave, then the fresh ones come, each batch with its ledger changes in a
    transaction: a unique value that moved from one row to another is free when it is needed. A
    table whose rows cannot be named by a key is loaded anew by `reload` if anything differs; so
    is one that held rows before, among which the source's cannot be told by their content.
    """
    table = work.table
    if table.existing != "refuse" or len(table.key) != len(table.identity) or not table.key:
        if next(_differences(context, work.table, source), None) is not None:
            _empty(context, work)
            reload(work)
        return
    _release(context, work, source)
    for batch in batches(_differences(context, work.table, source)):
        _leave(context, work, [target for _, target in batch if target is not None])
    for batch in batches(_differences(context, work.table, source)):
        _come(context, work, source, [key for key, _ in batch if key is not None])


def _differences(context: Context, table: TablePlan, source: Source) -> Iterator[Difference]:
    # Nothing is excused: a row refused in an earlier snapshot is decided again in this one.
    yield from differing_keys(table, source, context.ledger.target, Departures())


def _leave(context: Context, work: Work, keys: Sequence[tuple[Any, ...]]) -> None:
    """Delete target rows by the columns that hold the source key."""
    if not keys:
        return
    target, identity = context.ledger.target, work.table.identity
    places = ", ".join(f"%s::{column.field.base}" for column in identity)
    names = ", ".join(pg_name(column.column) for column in identity)
    own = f"{work.table.owns} AND " if work.table.owns else ""
    # Beside parameters, a percent sign in a name is doubled.
    where = f"{pg_name(work.table.target)} t WHERE {own}({names})".replace("%", "%%")
    rows = ", ".join([f"({places})"] * len(keys))
    with target.transaction():
        note_keys(context.ledger, work.table, work.table_id, keys, BY_RUN)
        gone = target.execute(
            f"DELETE FROM {where} IN (VALUES {rows})",
            [value for key in keys for value in key],
        )
        context.ledger.adjust(work.table_id, loaded=-gone, extracted=-gone)


def _come(context: Context, work: Work, source: Source, keys: Sequence[KeyValue]) -> None:
    """Load source rows by key; those that are refused go to quarantine."""
    if not keys:
        return
    ledger, table = context.ledger, work.table
    predicate = " OR ".join(f"({key_predicate(table, key)})" for key in keys)
    rows = list(read_rows(table, source, predicate))
    good = [row for row in rows if row.refused is None]
    refused: list[RefusedRow] = [row.refused for row in rows if row.refused is not None]
    with ledger.target.transaction():
        note_keys(ledger, table, work.table_id, keys, BY_RUN)
        parts = list(store_rows(ledger.target, table, sink_for(table), good, refused))
        ledger.reject(work.table_id, refused)
        ledger.reject(work.table_id, left_out_rows(table, source, parts))
        ledger.adjust(
            work.table_id,
            loaded=sum(part.loaded for part in parts),
            skipped=sum(part.skipped for part in parts),
            rejected=len(refused),
            extracted=len(rows),
        )


def _release(context: Context, work: Work, source: Source) -> None:
    """Empty the table's quarantine: each of its rows is decided anew, or is gone by now."""
    ledger, reject = context.ledger, pg_name(models.Reject._meta.db_table)
    with ledger.target.transaction():
        counts: Counter[str] = Counter()
        for outcome, rows in ledger.target.rows(
            f"WITH gone AS (DELETE FROM {reject} WHERE table_id = %s RETURNING outcome)"
            " SELECT outcome, count(*) FROM gone GROUP BY outcome",
            [work.table_id],
        ):
            counts[_COUNTED.get(outcome, "")] += rows
        rejected, skipped = counts["rejected"], counts["skipped"]
        if work.table.where is not None:
            now = BlockReader(work.table, source).skipped(KeyRange())
            skipped = ledger.skipped(work.table_id) - now
        ledger.adjust(
            work.table_id, rejected=-rejected, skipped=-skipped, extracted=-rejected - skipped
        )


def _empty(context: Context, work: Work) -> None:
    """Take all rows away that delamp loaded, as if the table had never been begun."""
    ledger, target = context.ledger, context.ledger.target
    chunk, reject = (pg_name(m._meta.db_table) for m in (models.Chunk, models.Reject))
    with target.transaction():
        if work.table.existing == "refuse":
            target.execute(f"DELETE {work.table.target_rows}")
        else:
            forget_existing(ledger, work.table)
        for child in (chunk, reject):
            target.execute(f"DELETE FROM {child} WHERE table_id = %s", [work.table_id])
        ledger.update(
            models.Table,
            work.table_id,
            state=models.Table.State.PENDING,
            late_extracted=0,
            late_loaded=0,
            late_rejected=0,
            late_skipped=0,
        )
