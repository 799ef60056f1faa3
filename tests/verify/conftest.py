"""Both databases, moved and equal, for tests that then damage one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from mappings.compiler import compile_plan
from mappings.plan import Plan, TablePlan
from mappings.recount import recount
from mappings.sqltext import my_name, pg_name
from migrate.catalogue_reader import read_catalogue
from migrate.source import Source
from migrate.target import Target
from migrate.urls import parse_source_url
from tests.fix_servers import connect_mysql
from tests.verify.app.models import (
    Child,
    Everything,
    Loose,
    Lost,
    Named,
    Pairing,
    Parent,
)
from tests.verify.legacy import MAPPINGS, ROWS, TABLES, fill
from verify import Report, verify_plan

MODELS = (Everything, Pairing, Named, Loose, Lost, Parent, Child)


@dataclass
class Moved:
    """A legacy database and the target it was moved to."""

    plan: Plan
    sources: list[Source]
    targets: list[Target]
    source_url: str

    def legacy(self, statement: str, *values: Any) -> None:
        """Run a statement on the legacy database."""
        with connect_mysql(self.source_url) as connected, connected.cursor() as cursor:
            cursor.execute(statement, values or None)

    def target(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement on the target, foreign keys not looked at."""
        return self.targets[0].rows(statement)

    def table(self, name: str) -> TablePlan:
        found = self.plan.table(name)
        assert found is not None
        return found

    def verify(self, *levels: Any, **options: Any) -> Report:
        chosen = {"levels": levels} if levels else {}
        return verify_plan(self.plan, self.sources, self.targets, **chosen, **options)


def connect(source_url: str, target_url: str, count: int = 2) -> tuple[list[Source], list[Target]]:
    """Connections as migrate makes them, with blocks so small that every table has many ranges."""
    url = parse_source_url(source_url)
    config = connection.settings_dict
    return (
        [Source(url, block_bytes=4096) for _ in range(count)],
        [Target(config) for _ in range(count)],
    )


def load(table: TablePlan, source: Source, target: Target) -> None:
    """Copy a table by the plan's Python tier, so that SQL and Python are held together."""
    raws = ", ".join(column.raw for column in table.columns)
    lines = []
    for row in source.rows(f"SELECT {raws} FROM {my_name(table.source.name)} s"):
        fields = [c.encode(c.python(raw)) for c, raw in zip(table.columns, row, strict=True)]
        lines.append(b"\t".join(fields) + b"\n")
    names = ", ".join(pg_name(column.column) for column in table.columns)
    target.copy(f"COPY {pg_name(table.target)} ({names}) FROM STDIN", lines)
    if table.model._meta.pk.name in {c.name for c in table.columns} and table.model is not Named:
        target.rows(
            f"SELECT setval(pg_get_serial_sequence('{table.target}', 'id'), max(id))"
            f" FROM {pg_name(table.target)}"
        )


def count(table: TablePlan, target: Target) -> None:
    """Fill the counters of a table."""
    fresh = recount(table, "default")
    sets = ", ".join(f"{pg_name(c)} = q.{pg_name(c)}" for c in fresh.columns)
    target.execute(
        f"UPDATE {pg_name(table.target)} t SET {sets} FROM ({fresh.sql}) q WHERE q.id = t.id",
        fresh.params,
    )


@pytest.fixture(scope="session", autouse=True)
def _app() -> Iterator[None]:
    with override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, "tests.verify.app"]):
        yield


@pytest.fixture(scope="session")
def legacy_rows() -> dict[str, list[list[Any]]]:
    rows: dict[str, list[list[Any]]] = {name: [] for name in TABLES}
    for n in range(1, ROWS + 1):
        for name, row in fill(n).items():
            rows[name].append(row)
    return rows


@pytest.fixture
def moved(
    source_db: str, django_target: str, legacy_rows: dict[str, list[list[Any]]]
) -> Iterator[Moved]:
    """Fresh databases on both sides, filled and moved."""
    with connect_mysql(source_db) as legacy, legacy.cursor() as cursor:
        cursor.execute("SET sql_mode = '', time_zone = '+00:00'")
        for name, statement in TABLES.items():
            cursor.execute(statement)
            rows = legacy_rows[name]
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {name} VALUES ({places})", rows)
    with connection.schema_editor() as editor:
        for model in MODELS:
            editor.create_model(model)
    sources, targets = connect(source_db, django_target)
    plan = compile_plan(MAPPINGS, read_catalogue(sources[0]))
    # Deferred foreign keys are checked at the end of the transaction.
    with targets[0].transaction():
        for table in plan.tables:
            load(table, sources[0], targets[0])
    for table in plan.tables:
        if table.counters:
            count(table, targets[0])
    yield Moved(plan, sources, targets, source_db)
    for opened in (*sources, *targets):
        opened.close()
