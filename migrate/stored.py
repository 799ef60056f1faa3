"""Wires `verify --stored`: reads the ledger's proofs and asks the target, and nobody else."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

from mappings.errors import nearest
from mappings.proof import RowSum
from mappings.sqltext import pg_name
from migrate import models
from migrate.config import Config
from migrate.errors import ConfigError, RunError
from migrate.ledger import Ledger
from migrate.proof import CHANGED
from migrate.target import Target, TargetRefused
from verify.stored import RangeResult, StoredRange, StoredReport, StoredTable, check_range

__all__ = ["ask_again", "run_stored"]

_GONE = "42"
"""Class of SQLSTATE: the statement does not fit the database any more."""


def run_stored(
    config: Config,
    names: Sequence[str],
    *,
    progress: Callable[[str, int], None] = lambda table, rows: None,
) -> StoredReport:
    """Ask the target for every range that the ledger has a proof of; writes nothing.

    The legacy server is not needed. `names` are mappings, models, source or target tables; none
    means all. Raises `RunError` where no range has a proof, `ConfigError` for an unknown name and
    `TargetError`; what differs is in the report.
    """
    started = time.monotonic()
    with _reading(config) as targets:
        tables = _chosen(_read_proofs(Ledger(targets[0])), names)
        if not any(part.expected for table in tables for part in table.ranges):
            raise RunError(
                "verify: no range has a proof, got none in the ledger",
                hint="load with `delamp run --proof`; what is loaded already can be compared by"
                " `delamp verify`",
            )
        results = _ask(tables, targets, progress)
        return StoredReport(
            tables=tables, results=tuple(results), seconds=time.monotonic() - started
        )


def ask_again(config: Config, run: int | None, mappings: Collection[str]) -> list[RangeResult]:
    """The same of the tables of one run, or of the latest loads: what became of their ranges."""
    with _reading(config) as targets:
        tables = _read_proofs(Ledger(targets[0]), run)
        chosen = [table for table in tables if table.name in mappings]
        return _ask(chosen, targets, lambda table, rows: None)


@contextlib.contextmanager
def _reading(config: Config) -> Iterator[list[Target]]:
    """Connections that PostgreSQL keeps from writing: the ledger's SQL is to read, whoever may
    have written it there."""
    targets: list[Target] = []
    try:
        for _ in range(config.readers):
            targets.append(Target(config.database, name="delamp verify --stored"))
            targets[-1].execute("SET default_transaction_read_only = on")
        Ledger(targets[0]).require_tables()
        yield targets
    finally:
        for target in targets:
            target.close()


def _read_proofs(ledger: Ledger, run: int | None = None) -> tuple[StoredTable, ...]:
    """What the ledger keeps of every table: of its latest load, or of one run."""
    table = pg_name(models.Table._meta.db_table)
    which = "" if run is None else f" WHERE run_id = {int(run)}"
    rows = ledger.target.rows(
        "SELECT DISTINCT ON (mapping) id, mapping, source_table, target_table, form, state"
        f" FROM {table}{which} ORDER BY mapping, id DESC"
    )
    return tuple(
        _table(ledger, *row) for row in sorted(rows, key=lambda row: row[0]) if row[4] is not None
    )


def _table(
    ledger: Ledger, number: int, name: str, source: str, target: str, form: Any, state: str
) -> StoredTable:
    found = StoredTable(
        name=name, source=source, target=target, form=form, ranges=_ranges(ledger, number)
    )
    if state in (models.Table.State.LOADED, models.Table.State.FINISHED):
        return found
    why = "its load is not finished"
    missing = [
        StoredRange(id=0, after=after, until=until, expected=None, why=why)
        for after, until in found.gaps()
    ]
    return replace(found, ranges=(*found.ranges, *missing))


def _ranges(ledger: Ledger, table_id: int) -> tuple[StoredRange, ...]:
    rows = ledger.target.rows(
        f"SELECT id, after, until, proof, held, unproven FROM"
        f" {pg_name(models.Chunk._meta.db_table)} WHERE table_id = %s ORDER BY ordinal",
        [table_id],
    )
    return tuple(
        StoredRange(
            id=number,
            after=None if after is None else tuple(after),
            until=None if until is None else tuple(until),
            expected=RowSum.parse(proof, held) if proof else None,
            why=unproven.replace(CHANGED, "changed since by ", 1),
            changed=unproven.startswith(CHANGED),
        )
        for number, after, until, proof, held, unproven in rows
    )


def _chosen(tables: tuple[StoredTable, ...], names: Sequence[str]) -> tuple[StoredTable, ...]:
    if not names:
        return tables
    found: dict[str, StoredTable] = {}
    for name in names:
        same = [
            t
            for t in tables
            if name in (t.name, t.form["label"], t.source, t.target)
            or t.name.startswith(f"{name}.")
        ]
        if not same:
            known = [n for t in tables for n in (t.name, t.form["label"], t.source)]
            raise ConfigError(
                f"no loaded table is called {name!r}",
                hint=nearest(name, known) or f"use one of {', '.join(t.name for t in tables)}",
            )
        found |= {t.name: t for t in same}
    return tuple(table for table in tables if table.name in found)


def _ask(
    tables: Sequence[StoredTable],
    targets: Sequence[Target],
    progress: Callable[[str, int], None],
) -> list[RangeResult]:
    free: SimpleQueue[Target] = SimpleQueue()
    for target in targets:
        free.put(target)

    def ask(table: StoredTable, part: StoredRange) -> RangeResult:
        target = free.get()
        try:
            result = _result(table, part, target)
        finally:
            free.put(target)
        progress(table.name, result.rows or 0)
        return result

    with ThreadPoolExecutor(len(targets)) as workers:
        asked = [workers.submit(ask, table, part) for table in tables for part in table.checkable()]
        results = [each.result() for each in asked]
    for table in tables:
        if not any(part.id == 0 for part in table.ranges):
            results += [_gap(table, *gap) for gap in table.gaps()]
    return results


def _result(table: StoredTable, part: StoredRange, target: Target) -> RangeResult:
    try:
        found = check_range(table, part, target)
        if found.state == "differs" and (now := _again(table, part, target)) is not None:
            # A refresh was at work while it was asked.
            found = check_range(table, now, target)
        return found
    except TargetRefused as error:
        if not error.sqlstate.startswith(_GONE):
            raise
        why = f"the target has changed since the load: {error.primary}"
        return check_range(table, replace(part, why=why, changed=False), target)


def _again(table: StoredTable, part: StoredRange, target: Target) -> StoredRange | None:
    """The range as the ledger has it now; None where nothing has changed."""
    chunk = pg_name(models.Chunk._meta.db_table)
    owner = target.value(f"SELECT table_id FROM {chunk} WHERE id = %s", [part.id])
    if owner is None:
        return replace(part, why="the ledger has lost it meanwhile")
    fresh = replace(table, ranges=_ranges(Ledger(target), owner))
    now = [each for each in fresh.checkable() if each.id == part.id]
    return now[0] if now and now[0] != part else None


def _gap(table: StoredTable, after: Any, until: Any) -> RangeResult:
    return RangeResult(
        table=table.name,
        state="unproven",
        after=after,
        until=until,
        whole=not table.ranged,
        names=tuple(table.form.get("names", ())),
        why="the ledger has no chunk for it",
    )
