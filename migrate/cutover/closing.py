"""Before the switch: sequences past every key, constraints valid, statistics fresh.

All of it is harmless if the cutover fails after it, and if it is done again.
"""

from __future__ import annotations

from mappings.plan import Plan
from mappings.sqltext import pg_name
from migrate.cutover.changed import changed_tables
from migrate.cutover.context import Context
from migrate.cutover.outcome import FindingsRemain
from migrate.schema import owned
from migrate.sequences import advance, largest_key
from verify.database import check_database, with_through_tables

__all__ = ["analyze", "close"]

_SHARE = 0.1
"""Of a table's rows that must have changed for its statistics to be worth the pause."""


def analyze(context: Context) -> None:
    """Fresh statistics for every table, before the freeze. Each is a transaction of its own."""
    with context.source() as source:
        plan, _ = context.compiled(source, anew=True)
    tables = list(dict.fromkeys(table.target for table in plan.tables))
    if not owned(context.ledger.target, tables):
        return
    for table in tables:
        context.ledger.target.execute(f"ANALYZE {pg_name(table)}")
        context.go_on()


def close(context: Context) -> None:
    """Make the target ready to be written by Django.

    Raises `FindingsRemain` for constraints, indexes and sequences that are not as the models say.
    That rows keep the constraints was looked at before the freeze, and kept by PostgreSQL since.
    """
    target = context.ledger.target
    with context.source() as source:
        plan, _ = context.compiled(source)
        for table in plan.tables:
            advance(target, table, beyond=largest_key(source, table))
    by_model = {table.model: table for table in reversed(plan.tables)}
    named = with_through_tables((table.name, table.model) for table in plan.tables)
    findings = [
        finding
        for model, name in named.items()
        for finding in check_database(name, model, target, by_model.get(model), rows=False).findings
    ]
    if findings:
        raise FindingsRemain(
            f"cutover: the target's constraints, indexes or sequences, got {len(findings)} findings"
            f" (expected none), such as: {findings[0].render()}",
            hint="run `delamp verify --level database` for all of them",
        )
    _analyze_changed(context, plan)


def _analyze_changed(context: Context, plan: Plan) -> None:
    """Tables of which much has changed since the statistics that were made before the freeze."""
    target, changed = context.ledger.target, changed_tables(context.record)
    for table in plan.tables:
        rows = changed.get(table.name, 0)
        if not rows or not owned(target, [table.target]):
            continue
        known = target.value(
            "SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = to_regclass(%s)",
            [pg_name(table.target)],
        )
        if rows > _SHARE * float(known or 0):
            target.execute(f"ANALYZE {pg_name(table.target)}")
