"""Before a load: the plan, what the ledger leaves to do, and which rows are there already."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from mappings.plan import Plan, TablePlan
from migrate.config import Config
from migrate.context import Context
from migrate.events import Listener
from migrate.existing import forget_matches, remember_existing
from migrate.ledger import Ledger
from migrate.planning import choose_tables, compile_for
from migrate.resume import decide
from migrate.source import Source
from migrate.target_columns import require_columns

__all__ = ["RunOptions", "prepare"]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What a run is asked for: which tables (all by default), and whether to start anew."""

    tables: tuple[str, ...] = ()
    restart: bool = False
    force: bool = False
    """With `restart`: also delete rows that delamp did not load."""
    proof: bool = False
    """Keep what is needed to prove the copy later. A run that was begun so goes on so."""


def prepare(
    config: Config,
    options: RunOptions,
    source: Source,
    ledger: Ledger,
    listener: Listener,
    stop: threading.Event,
) -> Context:
    """The plan, and the work that the ledger leaves; rows that exist already are written down."""
    plan, _ = compile_for(config, source, ledger)
    tables = choose_tables(plan, options.tables)
    require_columns(ledger.target, tables, using=config.target)
    known = [table.name for table in plan.tables]
    restart, force = options.restart, options.force
    work = decide(ledger, tables, known=known, restart=restart, force=force)
    fresh = [w.table for w in work if w.record is None and w.table.existing != "refuse"]
    if fresh:
        forget_matches(ledger, fresh)
        for table in fresh:
            # Parents first, each under the matches of those before: a natural key may refer there.
            plan, _ = compile_for(config, source, ledger)
            remember_existing(ledger, source, _same(plan, table))
        plan, _ = compile_for(config, source, ledger)
        tables = choose_tables(plan, options.tables)
        work = tuple(replace(w, table=_same(plan, w.table)) for w in work)
    return Context(
        config=config,
        plan=plan,
        tables=tables,
        ledger=ledger,
        listener=listener,
        stop=stop,
        proving=options.proof or ledger.proving(),
        work=work,
    )


def _same(plan: Plan, table: TablePlan) -> TablePlan:
    """The table as a newer plan has it."""
    return next(t for t in plan.tables if t.name == table.name)
