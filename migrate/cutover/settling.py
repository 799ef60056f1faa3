"""Rows that differed while PHP wrote: refreshed and compared in one snapshot of the source.

In one snapshot nothing moves: what differs after it was refreshed differs for another reason.
"""

from __future__ import annotations

from collections.abc import Sequence

from mappings.keys import KeyValue
from mappings.plan import Plan, TablePlan
from mappings.registry import discover
from migrate.changes import changed_rows
from migrate.cutover import changed
from migrate.cutover.context import Context
from migrate.cutover.outcome import FindingsRemain
from migrate.existing import read_renumbering
from migrate.ledger import Ledger
from migrate.locks import become_the_run
from migrate.planning import compile_for
from migrate.refresh import Refresher, Wanted
from migrate.snapshot import open_snapshot
from migrate.source import Source
from migrate.target import Target
from migrate.verification import departures
from verify import Declared, LevelResult, NamedRow, check_named, check_named_rows
from verify.findings import KEPT_PER_TABLE
from verify.ports import Pair

__all__ = ["settle"]


def settle(context: Context, suspects: Sequence[LevelResult]) -> None:
    """Refresh the rows that differ, and compare them again. Commits; the ledger notes the rows.

    Raises `FindingsRemain` when a row differs all the same.
    """
    target, reader = Target(context.config.database), Target(context.config.database)
    try:
        become_the_run(target)
        ledger = Ledger(target)
        snapshot = open_snapshot(
            lambda: Source(context.config.source, block_bytes=context.config.chunk_bytes), 1
        )
        try:
            source = snapshot.sources[0]
            plan, catalogue = compile_for(context.config, source, ledger)
            declared = Declared(
                mappings=discover(),
                catalogue=catalogue,
                renumbering=read_renumbering(ledger, plan),
            )
            refresher = Refresher(plan, ledger, source, using=context.config.target)
            for table in _tables(plan, suspects):
                results = [result for result in suspects if result.table == table.name]
                named = _refreshed(context, table, results, refresher, ledger, source)
                excused = departures(ledger, table)
                keys = [key for key, _ in named]
                again = check_named(table, Pair(source, reader), excused, named)
                using = context.config.target
                rows = check_named_rows(declared, table, source, excused, keys, using=using)
                for result in (again, rows):
                    if not result.ok:
                        raise _remains(result)
                context.go_on()
        finally:
            snapshot.close()
    finally:
        target.close()
        reader.close()


def _refreshed(
    context: Context,
    table: TablePlan,
    results: Sequence[LevelResult],
    refresher: Refresher,
    ledger: Ledger,
    source: Source,
) -> list[NamedRow]:
    """Refresh what differs; returns the rows to be compared."""
    keys = _keys(table, results)
    if keys is not None:
        refresher.refresh({table.name: Wanted(identities=set(keys))})
        return [(key, tuple(map(str, key))) for key in keys]
    for wanted in changed_rows(context.config, source, table, departures(ledger, table)):
        refresher.refresh({table.name: wanted})
        context.go_on()
    # The whole table is as in this snapshot now, so all that was ever noted of it must be, too.
    return list(changed.changed_rows(context.record, table, source))


def _keys(table: TablePlan, results: Sequence[LevelResult]) -> set[KeyValue] | None:
    """The keys of all rows that differ; None where findings do not tell all, or not exactly."""
    exact = all(column.kind == "int" for column in table.key)
    if not exact or any(sum(r.totals.values()) > KEPT_PER_TABLE for r in results):
        return None
    found = [finding.key for result in results for finding in result.findings]
    if any(len(key) != len(table.key) for key in found):
        return None
    return {tuple(int(part) for part in key) for key in found}


def _tables(plan: Plan, suspects: Sequence[LevelResult]) -> list[TablePlan]:
    names = {result.table for result in suspects}
    return [table for table in plan.tables if table.name in names]


def _remains(result: LevelResult) -> FindingsRemain:
    first = result.findings[0].render() if result.findings else ""
    return FindingsRemain(
        f"cutover: {result.table} differs after its rows were read anew, level {result.level}, got"
        f" {sum(result.totals.values()):,} findings (expected none), such as: {first}",
        hint="run `delamp verify` for all of them: no write of PHP explains these",
    )
