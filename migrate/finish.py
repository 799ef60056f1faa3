"""After the chunks: references, counters, indexes, sequences, statistics, totals.

Each step is a transaction of its own, or several, and asks the catalogue or the ledger what is
left: a run killed here goes on here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from mappings.plan import ReferencePlan, TablePlan
from mappings.sqltext import pg_name
from migrate import models
from migrate.alterations import note_alterations
from migrate.clashes import settle_clashes
from migrate.context import Context
from migrate.counting import fill
from migrate.errors import RunError
from migrate.ledger import Ledger
from migrate.orphans import settle
from migrate.reproving import prove_again
from migrate.resume import Work
from migrate.schema import DroppedObject, pending, restore
from migrate.sequences import advance, largest_key
from migrate.snapshot import Snapshot
from migrate.source import Source
from migrate.target import Target, TargetRefused
from migrate.totals import SourceCount, close_run

__all__ = ["finish", "settle_all"]

T = TypeVar("T")


def finish(context: Context, snapshot: Snapshot) -> None:
    """Bring the target from "all chunks are in" to "finished". Raises `DelampError`."""
    target = context.ledger.target
    count = SourceCount(snapshot.sources[-1], context.work) if context.read_now else None
    with context.phase("foreign keys"):
        _references(context, snapshot.sources[0])
    with context.phase("counters"):
        _fill_counters(context)
    with context.phase("indexes"):
        _restore_indexes(context)
    with context.phase("sequences"):
        for work in context.work:
            advance(target, work.table, beyond=largest_key(snapshot.sources[0], work.table))
    with context.phase("analyze"):
        _each(context, [w.table for w in context.work], _analyze)
    if context.proving:
        with context.phase("proof"):
            prove_again(context, snapshot.sources[0])
            note_alterations(context, snapshot.sources[0])
    with context.phase("totals"):
        close_run(context, count)


def _references(context: Context, source: Source) -> None:
    """Restore foreign keys, parents first; where rows break one, its orphans are settled.

    Unique clashes of a table are settled before its children are asked for their parents: a row
    that has won its value back is a parent again.
    """
    dropped = pending(context.ledger, models.Dropped.Kind.FOREIGN_KEY)
    works = {work.table.name: work for work in context.work}
    for names in _groups(context, works):
        group = [works[name] for name in names]
        targets = {work.table.target for work in group}
        ours = [d for d in dropped if d.table in targets]
        _restore_group(context, source, group, ours)
        settle_clashes(context, source, group)
        dropped = [d for d in dropped if d.table not in targets]
    # Of a table that is no longer mapped, or that an earlier run left behind.
    for left in dropped:
        restore(context.ledger, left)


def settle_all(context: Context, source: Source) -> None:
    """Settle orphans and unique clashes, parents first, where no constraint was dropped."""
    works = {work.table.name: work for work in context.work}
    for names in _groups(context, works):
        group = [works[name] for name in names]
        _settle_group(context, source, group)
        settle_clashes(context, source, group, children_later=True)


def _groups(context: Context, names: Collection[str]) -> list[list[str]]:
    """These tables' names, parents first; those that refer to each other together."""
    circles = {name: circle for circle in context.plan.cycles for name in circle}
    found: list[list[str]] = []
    done: set[str] = set()
    for table in context.plan.tables:
        if table.name in names and table.name not in done:
            found.append([n for n in circles.get(table.name, (table.name,)) if n in names])
            done.update(found[-1])
    return found


def _restore_group(
    context: Context, source: Source, group: Sequence[Work], dropped: Sequence[DroppedObject]
) -> None:
    unconstrained = any(
        not r.constrained and r.orphans != "keep" for w in group for r in w.table.all_references
    )
    if unconstrained or not dropped:
        _settle_group(context, source, group)
    left = list(dropped)
    try:
        while left:
            restore(context.ledger, left[0])
            left.pop(0)
    except TargetRefused as error:
        if error.sqlstate != "23503":
            raise
        # Those of the group that are back already would forbid deleting orphans one by one.
        for back in dropped[: len(dropped) - len(left)]:
            _take_away(context, back)
        _settle_group(context, source, group)
        for constraint in dropped:
            _restore_settled(context.ledger, constraint)


def _restore_settled(ledger: Ledger, dropped: DroppedObject) -> None:
    try:
        restore(ledger, dropped)
    except TargetRefused as error:
        if error.sqlstate != "23503":
            raise
        raise RunError(
            f"target table {dropped.table}: rows that delamp does not delete have no parent, got"
            f" a violation of {dropped.name}",
            hint='use orphans="null" for the reference and --restart, or correct these rows in the'
            " target and run again",
        ) from error


def _take_away(context: Context, dropped: DroppedObject) -> None:
    ledger = context.ledger
    with ledger.target.transaction():
        table, name = pg_name(dropped.table), pg_name(dropped.name)
        ledger.target.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        ledger.update(models.Dropped, dropped.id, restored_at=None)


def _settle_group(context: Context, source: Source, group: Sequence[Work]) -> None:
    references = [(work, reference) for work in group for reference in work.table.all_references]
    leaving = [pair for pair in references if pair[1].orphans != "null"]
    losing = [pair for pair in references if pair[1].orphans == "null"]

    def settled(those: Sequence[tuple[Work, ReferencePlan]]) -> int:
        return sum(settle(context.ledger, source, w.table, w.table_id, r) for w, r in those)

    # References become NULL of the rows that stay only; one that is refused so makes new orphans.
    while settled(leaving) or settled(losing):
        pass
    context.require_few_rejects(context.ledger.total_rejects(context.run_id))


def _fill_counters(context: Context) -> None:
    """Fill them children first: a counter may sum up a counter of theirs.

    Tables that refer to each other, or to themselves, are filled until no value changes; a value
    passes on at most once for each counter.
    """
    counted = {table.name: table for table in _counted(context)}
    for names in reversed(_groups(context, counted)):
        group = [counted[name] for name in reversed(names)]
        filled = {table.model for table in group}
        counters = [counter for table in group for counter in table.counters]
        circular = any(counter.child in filled for counter in counters)
        for _ in range(len(counters) + 1 if circular else 1):
            if not sum(fill(context.ledger.target, t, context.config.target) for t in group):
                break


def _counted(context: Context) -> list[TablePlan]:
    """Tables of the plan whose counters this run may have changed."""
    loaded = {work.table.model for work in context.work}
    records = context.ledger.tables()
    return [
        table
        for table in context.plan.tables
        if table.counters
        and table.name in records
        and (table.model in loaded or any(c.child in loaded for c in table.counters))
    ]


def _restore_indexes(context: Context) -> None:
    def restore_one(target: Target, dropped: DroppedObject) -> None:
        target.execute(f"SET maintenance_work_mem = '{context.config.maintenance_work_mem}'")
        restore(Ledger(target), dropped)

    _each(context, pending(context.ledger, models.Dropped.Kind.INDEX), restore_one)


def _each(context: Context, items: Sequence[T], do: Callable[[Target, T], None]) -> None:
    """Do something for each item, over as many connections as there are readers."""
    left = list(reversed(items))
    failures: list[BaseException] = []
    lock = threading.Lock()

    def work() -> None:
        try:
            target = context.connect_target()
            try:
                while not failures and not context.stop.is_set():
                    with lock:
                        if not left:
                            return
                        item = left.pop()
                    do(target, item)
            finally:
                target.close()
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=work) for _ in range(min(context.config.readers, len(items)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _analyze(target: Target, table: TablePlan) -> None:
    target.execute(f"ANALYZE {pg_name(table.target)}")
