"""The schema migration that brings an app's counter triggers in line with its mappings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import migrations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.writer import MigrationWriter

from mappings.plan import TablePlan
from migrate.errors import ConfigError
from migrate.operations import CounterTriggers, RemoveCounterTriggers
from migrate.triggers.freeze import freeze
from migrate.triggers.frozen import FrozenParent

__all__ = ["NewMigration", "new_migration"]

Key = tuple[str, str]


class NewMigration:
    """A migration that is not written yet: its text, its file, and what it does."""

    def __init__(self, migration: migrations.Migration) -> None:
        writer = MigrationWriter(migration, include_header=False)
        self.text: str = writer.as_string()
        self.path = Path(writer.path)
        self.does = [operation.describe() for operation in migration.operations]

    def write(self) -> None:
        """Write the file. Raises `FileExistsError` rather than write over one."""
        with self.path.open("x", encoding="utf-8") as file:
            file.write(self.text)


def new_migration(app_label: str, tables: Sequence[TablePlan], using: str) -> NewMigration | None:
    """The migration that an app lacks, or None when its migrations say what the mappings say.

    `tables` are all with counters; those whose model belongs to the app are its own. What earlier
    migrations install otherwise is removed and installed anew. Reads migration files, connects
    nowhere. Raises `ConfigError` for an app that has no migrations, or several last ones.
    """
    loader = MigrationLoader(None)
    own = [table for table in tables if table.model._meta.app_label == app_label]
    last = _last(loader, app_label)
    wanted = {t.target: freeze(t, using) for t in own}
    there = _installed(loader, last)
    operations: list[Operation] = [
        _operation(RemoveCounterTriggers, frozen)
        for name, frozen in there.items()
        if wanted.get(name) != frozen
    ]
    operations += [
        _operation(CounterTriggers, frozen)
        for name, frozen in wanted.items()
        if there.get(name) != frozen
    ]
    if not operations:
        return None
    apps = {c.child._meta.app_label for t in own for c in t.counters} - {app_label}
    number = (MigrationAutodetector.parse_number(last[1]) or 0) + 1
    depends = [
        last,
        *(_last(loader, app) for app in sorted(apps) if app in loader.migrated_apps),
    ]
    kind = type(
        "Migration", (migrations.Migration,), {"operations": operations, "dependencies": depends}
    )
    return NewMigration(kind(f"{number:04d}_counter_triggers", app_label))


def _last(loader: MigrationLoader, app_label: str) -> Key:
    leaves = loader.graph.leaf_nodes(app_label)
    if not leaves:
        raise ConfigError(
            f"{app_label}: no such app with schema migrations, got none",
            hint=f"run `python manage.py makemigrations {app_label}` first",
        )
    if len(leaves) > 1:
        raise ConfigError(
            f"{app_label}: several last migrations, got {', '.join(name for _, name in leaves)}",
            hint=f"run `python manage.py makemigrations --merge {app_label}` first",
        )
    label, name = leaves[0]
    return str(label), str(name)


def _installed(loader: MigrationLoader, last: Key) -> dict[str, FrozenParent]:
    """What is installed once the app's migrations have run, by parent table."""
    found: dict[str, FrozenParent] = {}
    for key in loader.graph.forwards_plan(last):
        operations: Sequence[Any] = loader.graph.nodes[key].operations if key[0] == last[0] else ()
        for operation in operations:
            if isinstance(operation, RemoveCounterTriggers):
                found.pop(operation.table, None)
            elif isinstance(operation, CounterTriggers):
                found[operation.table] = operation.frozen
    return found


def _operation(kind: type[CounterTriggers], frozen: FrozenParent) -> CounterTriggers:
    return kind(**frozen.plain())
