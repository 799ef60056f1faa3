"""What of the target must be as Django needs it: rights, schema migrations, triggers, room."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from django.db import Error, connections
from django.db.migrations.executor import MigrationExecutor

from mappings.plan import Plan
from migrate.cutover.check import Check
from migrate.cutover.context import Context
from migrate.schema import owned
from migrate.target import Target, TargetRefused
from migrate.triggers import missing_triggers

__all__ = ["check_target"]

_LEAST_FREE_BYTES = 1024**3
_LEAST_FREE_SHARE = 0.1


def check_target(context: Context, plan: Plan) -> Iterator[Check]:
    """Yield what fails, or is only to be known; only reads."""
    target = context.ledger.target
    if not owned(target, [table.target for table in plan.tables]):
        yield Check(
            name="rights",
            text="the tables of the target belong to another user: no ANALYZE, no triggers",
            hint="run `delamp grants cutover`",
        )
    yield from _migrations(context.config.target)
    if missing := missing_triggers(target, plan.tables, context.config.target):
        apps = ", ".join(dict.fromkeys(t.model._meta.app_label for t in plan.tables if t.counters))
        yield Check(
            name="triggers",
            text=f"nothing will keep counters true when Django writes: {len(missing)} triggers are"
            f" not installed ({missing[0]})",
            hint=f"run `delamp counters migration` for {apps}, then `python manage.py migrate`",
        )
    yield from _disk(target)


def _migrations(using: str) -> Iterator[Check]:
    try:
        executor = MigrationExecutor(connections[using])
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        text = "whether Django's schema migrations are applied was not looked at: no right to see"
        yield Check(name="migrations", text=text, warning=True)
        return
    finally:
        connections[using].close()
    if waiting:
        names = ", ".join(f"{m.app_label}.{m.name}" for m, _ in waiting[:5])
        yield Check(
            name="migrations",
            text=f"{len(waiting)} schema migrations of Django are not applied ({names})",
            hint="run `python manage.py migrate`",
        )


def _disk(target: Target) -> Iterator[Check]:
    """Room where PostgreSQL keeps its data, if that is on this machine and ours to see."""
    try:
        folder = Path(str(target.value("SHOW data_directory")))
        free = shutil.disk_usage(folder).free
    except (TargetRefused, OSError):
        text = "the target's free disk was not looked at: it is another machine's, or not ours"
        yield Check(name="disk", text=text, warning=True)
        return
    size = int(target.value("SELECT pg_database_size(current_database())"))
    least = max(_LEAST_FREE_BYTES, int(size * _LEAST_FREE_SHARE))
    if free < least:
        yield Check(
            name="disk",
            text=f"the target has little room, got {free >> 20:,} MiB free"
            f" (expected {least >> 20:,} MiB)",
            hint="make room where PostgreSQL keeps its data",
        )
