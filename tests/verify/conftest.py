"""Both databases, moved and equal, for tests that then damage one of them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

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
from migrate.urls import parse_source_url, parse_target_url
from tests.fix_servers import (
    DatabaseServer,
    connect_mysql,
    fresh_database,
)
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

_COPIES = itertools.count(1)
MODELS = (Everything, Pairing, Named, Loose, Lost, Parent, Child)


@dataclass
class Moved:
    """A legacy database and the target it was moved to."""

    plan: Plan
    sources: list[Source]
    targets: list[Target]
    source_url: str
    changed: bool = False

    def legacy(self, statement: str, *values: Any) -> None:
        """Run a statement on the legacy database."""
        self.changed = True
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


def connect(source_url: str, count: int = 2) -> tuple[list[Source], list[Target]]:
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


def fill_legacy(url: str) -> None:
    """Make the legacy tables anew."""
    with connect_mysql(url) as legacy, legacy.cursor() as cursor:
        cursor.execute("SET sql_mode = '', time_zone = '+00:00'")
        for name, statement in TABLES.items():
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(statement)
            rows = [fill(n)[name] for n in range(1, ROWS + 1)]
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {name} VALUES ({places})", rows)


def move(source: Source, target: Target) -> None:
    """Make the target's tables and load them."""
    with connection.schema_editor() as editor:
        for model in MODELS:
            editor.create_model(model)
    plan = compile_plan(MAPPINGS, read_catalogue(source))
    # Deferred foreign keys are checked at the end of the transaction.
    with target.transaction():
        for table in plan.tables:
            load(table, source, target)
    for table in plan.tables:
        if table.counters:
            count(table, target)


@contextmanager
def as_default_database(url: str) -> Iterator[None]:
    """Django's default database is the one at `url`, for as long as the block lasts."""
    before = dict(connection.settings_dict)
    connection.settings_dict.update(parse_target_url(url))
    yield
    connection.close()
    connection.settings_dict.clear()
    connection.settings_dict.update(before)


@pytest.fixture(scope="session")
def source_database(mariadb: DatabaseServer) -> Iterator[str]:
    """The legacy database, filled; who changes it fills it again."""
    for url in fresh_database(mariadb):
        fill_legacy(url)
        yield url


@pytest.fixture(scope="session")
def template(source_database: str, postgres: DatabaseServer, _app: None) -> Iterator[str]:
    """The name of a database that every test's target is a copy of."""
    for url in fresh_database(postgres):
        with as_default_database(url):
            sources, targets = connect(source_database, 1)
            move(sources[0], targets[0])
            for opened in (*sources, *targets):
                opened.close()
        yield urlsplit(url).path.lstrip("/")


@pytest.fixture
def target_db(postgres: DatabaseServer, template: str) -> Iterator[str]:
    """The address of a copy of the moved database, dropped afterwards."""
    name = f"delamp_test_{os.getpid()}_copy_{next(_COPIES)}"
    postgres.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def moved(source_database: str, django_target: str) -> Iterator[Moved]:
    """Both databases, equal, open."""
    sources, targets = connect(source_database)
    plan = compile_plan(MAPPINGS, read_catalogue(sources[0]))
    found = Moved(plan, sources, targets, source_database)
    yield found
    for opened in (*sources, *targets):
        opened.close()
    if found.changed:
        fill_legacy(source_database)
