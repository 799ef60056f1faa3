"""Wires the dry run: one snapshot of the source, the target if it is there, and the plan."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from django.apps import apps

from mappings.catalogue import Catalogue
from mappings.plan import Plan, TablePlan
from migrate import models
from migrate.config import Config
from migrate.errors import TargetError
from migrate.ledger import Ledger
from migrate.planning import choose_tables, compile_for
from migrate.python_tier import PythonTier
from migrate.snapshot import open_snapshot
from migrate.source import Source
from migrate.target import Target
from verify.dry_run import Connections, DryRunOptions, DryRunReport, dry_run
from verify.dry_run.runner import EachRow
from verify.dry_run.target_tables import TargetTables

__all__ = ["run_dry"]

_WORTH_PROCESSES = 20_000
"""Rows that travel, by the catalogue's estimate."""


def run_dry(
    config: Config,
    *,
    tables: Sequence[str],
    sample: int | None = None,
    shown: int | None = 5,
    progress: Callable[[str, str, int], None] | None = None,
    prepared: Callable[[Sequence[TablePlan], Source], None] | None = None,
    each_row: EachRow | None = None,
) -> DryRunReport:
    """Foretell what `delamp run` would do with every row; writes to neither database.

    Neither the target's tables nor its server need exist: then the models alone are asked, and the
    report says so. `prepared` is told the tables, with a connection, before any row is looked at;
    `each_row` is given every row of every rule. Raises `ConfigError`, `DeclarationError` and
    `SourceError`.
    """
    notes: list[str] = []
    target = _target(config, notes)
    try:
        ledger = _ledger(target)
        plan, catalogue = _compiled(config, ledger)
        chosen = choose_tables(plan, tables)
        notes += _on_target(target, plan)
        if len(chosen) < len(plan.tables):
            notes.append("tables that were not asked for are taken to load whole, as parents")
        processes = config.processes or min(os.cpu_count() or 1, 2 * config.readers)
        options = DryRunOptions(
            sample=sample,
            shown=shown,
            values=config.show_values,
            each_row=each_row,
            processes=processes,
        )
        # Forked before any snapshot is open, and any thread begun.
        with contextlib.closing(_workers(chosen, processes, target)) as workers:
            given = Connections((), target, config.target, workers)
            snapshot, report = _look(config, plan, chosen, given, options, prepared, progress)
        return replace(
            report,
            drift=tuple(_drift(ledger, chosen)),
            notes=(*notes, *report.notes),
            snapshot=snapshot,
            unmapped_tables=tuple(_unmapped_tables(plan, catalogue)),
            unmapped_models=tuple(_unmapped_models(plan)),
        )
    finally:
        if target is not None:
            target.close()


def _compiled(config: Config, ledger: Ledger | None) -> tuple[Plan, Catalogue]:
    source = Source(config.source, block_bytes=config.chunk_bytes)
    try:
        return compile_for(config, source, ledger)
    finally:
        source.close()


def _look(
    config: Config,
    plan: Plan,
    chosen: Sequence[TablePlan],
    given: Connections,
    options: DryRunOptions,
    prepared: Callable[[Sequence[TablePlan], Source], None] | None,
    progress: Callable[[str, str, int], None] | None,
) -> tuple[str, DryRunReport]:
    """The snapshot's mode, and what was found in it."""
    snapshot = open_snapshot(
        lambda: Source(config.source, block_bytes=config.chunk_bytes), config.readers
    )
    try:
        if prepared is not None:
            prepared(chosen, snapshot.sources[0])
        given = replace(given, sources=snapshot.sources)
        return snapshot.mode, dry_run(plan, chosen, given, options, progress)
    finally:
        snapshot.close()


def _workers(chosen: Sequence[TablePlan], processes: int, target: Target | None) -> PythonTier:
    """What does the work of Python: processes, where there is enough of it to be worth them."""
    travelling = [table for table in chosen if table.python_tier or table.full_clean]
    rows = sum(table.source.rows_estimate for table in travelling)
    inherited = [] if target is None else [target.fileno()]
    many = processes if rows >= _WORTH_PROCESSES else 1
    return PythonTier(travelling, many, inherited, every=True)


def _target(config: Config, notes: list[str]) -> Target | None:
    """A connection that PostgreSQL keeps from writing, or None."""
    try:
        target = Target(config.database, name="delamp dry-run")
    except TargetError as error:
        notes.append(
            f"{error.message}: conditions and expressions of constraints, and rows that the target"
            " holds, were not looked at"
        )
        return None
    target.execute("SET default_transaction_read_only = on")
    return target


def _ledger(target: Target | None) -> Ledger | None:
    """The ledger where it exists: it may say that rows were matched to existing ones."""
    if target is None or TargetTables(target).rows(models.KeyMap._meta.db_table) is None:
        return None
    return Ledger(target)


def _on_target(target: Target | None, plan: Plan) -> Iterator[str]:
    if target is None:
        return
    held = TargetTables(target)
    states = {table.target: held.rows(table.target) for table in plan.tables}
    missing = [name for name, rows in states.items() if rows is None]
    if missing:
        names = "all of them" if len(missing) == len(states) else ", ".join(missing)
        yield (
            f"tables do not exist in the target yet, or may not be read ({names}): the models alone"
            " were asked"
        )


def _drift(ledger: Ledger | None, chosen: Sequence[TablePlan]) -> Iterator[str]:
    """Tables whose plan is another one than that of their last run.

    The ledger keeps one digest of mapping, model and source table: what of them changed, it cannot
    tell.
    """
    if ledger is None or TargetTables(ledger.target).rows(models.Table._meta.db_table) is None:
        return
    known = ledger.tables()
    for table in chosen:
        record = known.get(table.name)
        if record is not None and record.fingerprint != table.fingerprint:
            yield (
                f"{table.name}: its mapping, its model or the source table {table.source.name} has"
                f" changed since run {record.run_id}; a run asks for --restart"
            )


def _unmapped_tables(plan: Plan, catalogue: Catalogue) -> Iterator[str]:
    mapped = {table.source.name for table in plan.tables}
    joined = {join.table for table in plan.tables for join in table.source.joins}
    gathered = {other for t in plan.tables for c in t.columns for other, _ in c.elsewhere}
    yield from sorted(catalogue.tables.keys() - mapped - joined - gathered)


def _unmapped_models(plan: Plan) -> Iterator[str]:
    """Models of the project's own that no mapping fills."""
    filled = {table.model for table in plan.tables}
    for model in apps.get_models():
        own = not model.__module__.startswith(("django.", "migrate."))
        if own and model._meta.managed and not model._meta.proxy and model not in filled:
            yield model._meta.label
