"""`delamp dry-run --rehearse`: load everything for once, compare with what was foretold, undo it.

The whole load runs in one transaction over copies of the tables in a schema of its own, by the same
code as a run; the transaction is rolled back. So whatever PostgreSQL would refuse, it refuses here.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mappings.sqltext import pg_name
from migrate import models
from migrate.config import Config
from migrate.context import Context
from migrate.events import Listener
from migrate.finish import settle_all
from migrate.ledger import Ledger
from migrate.load.pool import load_all
from migrate.locks import become_the_run
from migrate.opening import open_run
from migrate.planning import choose_tables, compile_for
from migrate.prepare import RunOptions, prepare
from migrate.python_tier import PythonTier
from migrate.scratch import make_scratch
from migrate.snapshot import Snapshot, open_snapshot
from migrate.source import Source
from migrate.target import Target
from verify.dry_run import DryRunReport

__all__ = ["Comparison", "Fate", "Rehearsal", "compare", "rehearse"]

Fate = tuple[str, str, str]
"""A row that does not load as it is: its mapping, its key as JSON (or nothing), its outcome."""


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What became of the rows in a load that was undone."""

    fates: Counter[Fate]
    codes: dict[Fate, str]
    """By which rule."""
    loaded: dict[str, int]
    """Rows loaded, by mapping."""
    nameless: frozenset[str] = frozenset()
    """Mappings whose key the target does not hold: an orphan found there has none."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A rehearsal beside what the dry run had foretold. Both empty: it foretold every row."""

    unforeseen: dict[Fate, int]
    """Rows that did not load as they are, and nobody had said so."""
    unfulfilled: dict[Fate, int]
    """Rows that were said not to load as they are, and did."""

    @property
    def ok(self) -> bool:
        return not self.unforeseen and not self.unfulfilled


def compare(report: DryRunReport, rehearsal: Rehearsal) -> Comparison:
    """Row by row, of a report that names every row; where a key is not known only the numbers."""
    foretold: Counter[Fate] = Counter()
    for table in report.tables:
        for rule in table.rules:
            if rule.outcome == "warned" or rule.code == "left_out":
                continue
            named = 0
            for row in rule.rows:
                if row.key is not None:
                    foretold[table.name, json.dumps(row.key), rule.outcome] += 1
                    named += 1
            if rule.count > named:
                foretold[table.name, "", rule.outcome] += rule.count - named
    unforeseen, unfulfilled = rehearsal.fates - foretold, foretold - rehearsal.fates
    for fate in [f for f in unfulfilled if f[0] in rehearsal.nameless]:
        mapping, _, outcome = fate
        same = min(unfulfilled[fate], unforeseen[mapping, "", outcome])
        unfulfilled[fate] -= same
        unforeseen[mapping, "", outcome] -= same
    return Comparison(unforeseen=dict(+unforeseen), unfulfilled=dict(+unfulfilled))


class _Undone(Exception):
    """Ends the transaction of a rehearsal."""


def rehearse(config: Config, names: Sequence[str], *, listener: Listener) -> Rehearsal:
    """Load the tables (all without a name) into copies of theirs, in a transaction that is undone.

    Needs the right to create a schema in the target, and room for the rows. Raises what a run
    raises; nothing is left behind in either case.
    """
    target = Target(config.database, name="delamp rehearsal")
    try:
        become_the_run(target)
        ledger = Ledger(target)
        ledger.require_tables()
        snapshot = open_snapshot(lambda: Source(config.source, block_bytes=config.chunk_bytes), 1)
        try:
            return _rehearse(config, names, listener, ledger, snapshot)
        finally:
            snapshot.close()
    finally:
        target.close()


def _rehearse(
    config: Config, names: Sequence[str], listener: Listener, ledger: Ledger, snapshot: Snapshot
) -> Rehearsal:
    target, source = ledger.target, snapshot.sources[0]
    found: Rehearsal | None = None
    try:
        with target.transaction():
            plan, _ = compile_for(config, source, ledger)
            make_scratch(target, choose_tables(plan, names))
            options, stop = RunOptions(tables=tuple(names)), threading.Event()
            # However many are refused: to know them is what it is for.
            config = replace(config, max_rejects=sys.maxsize)
            context = prepare(config, options, source, ledger, listener, stop)
            context.one_transaction = True
            open_run(context, snapshot, source.url.redacted, source.server.version)
            _load(context, snapshot)
            nameless = {work.table.name for work in context.work if not work.table.identity}
            found = replace(_outcome(ledger), nameless=frozenset(nameless))
            raise _Undone
    except _Undone:
        assert found is not None
        return found


def _load(context: Context, snapshot: Snapshot) -> None:
    tier = PythonTier([work.table for work in context.work], 1)
    try:
        with context.phase("load"):
            load_all(context, snapshot, tier, context.work)
    finally:
        tier.close()
    source = snapshot.sources[0]
    with context.phase("foreign keys"):
        settle_all(context, source)
        context.ledger.target.execute("SET CONSTRAINTS ALL IMMEDIATE")
    context.ledger.total([work.table_id for work in context.work])


def _outcome(ledger: Ledger) -> Rehearsal:
    reject, table = (pg_name(m._meta.db_table) for m in (models.Reject, models.Table))
    fates: Counter[Fate] = Counter()
    codes: dict[Fate, str] = {}
    for mapping, key, outcome, code in ledger.target.rows(
        f"SELECT t.mapping, r.key::text, r.outcome, r.code FROM {reject} r"
        f" JOIN {table} t ON t.id = r.table_id ORDER BY r.id"
    ):
        fate = (mapping, key or "", outcome)
        fates[fate] += 1
        codes.setdefault(fate, code)
    loaded = ledger.target.rows(f"SELECT mapping, loaded FROM {table}")
    return Rehearsal(fates=fates, codes=codes, loaded=dict(loaded))
