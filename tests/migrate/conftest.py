"""A shop in a folder of its own: models and mappings per test, both servers real."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.cli.fix_project import Project, make_project
from tests.fix_servers import DATABASE_NUMBERS, DatabaseServer, connect_mysql


@dataclass
class Shop:
    """A Django project, its legacy database and its target."""

    project: Project
    source_url: str
    target_url: str

    def source(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements on the legacy database; the rows of the last."""
        with connect_mysql(self.source_url) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def target(self, statement: str, *params: object) -> list[tuple[Any, ...]]:
        """Run a statement on the target; its rows."""
        connection = psycopg2.connect(self.target_url)
        connection.autocommit = True
        try:
            cursor = connection.cursor()
            cursor.execute(statement, params or None)
            return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def migrate(self) -> None:
        """Make the tables of the shop's models."""
        done = self.project.manage("migrate", "--run-syncdb", "-v0")
        assert done.returncode == 0, done.stderr

    def delamp(self, *arguments: str, code: int = 0) -> str:
        """Run a command, expect its exit code, return all it said."""
        done = self.project.delamp(*arguments)
        said = done.stdout + done.stderr
        assert done.returncode == code, f"exit {done.returncode}: {said}"
        return said

    def totals(self, table: str) -> tuple[int, int, int, int]:
        """Extracted, loaded, rejected and skipped of a mapping, from the ledger."""
        return self.target(
            "SELECT extracted, loaded, rejected, skipped FROM delamp_table"
            " WHERE mapping = %s ORDER BY id DESC LIMIT 1",
            table,
        )[0]

    def rejects(self, table: str) -> list[tuple[str, str, str, str]]:
        """(key, field, code, outcome) of a mapping's quarantine."""
        return self.target(
            'SELECT r.key_text, r."column", r.code, r.outcome FROM delamp_reject r'
            " JOIN delamp_table t ON t.id = r.table_id WHERE t.mapping = %s"
            " ORDER BY r.key, r.key_text",
            table,
        )

    def findings(self) -> list[dict[str, Any]]:
        """What `delamp verify` finds at all levels; by level rows, what no other has found."""
        file = self.project.folder / "report.json"
        self.project.delamp("verify", "--json", str(file), "-q")
        report = json.loads(file.read_text())
        by_level = [(table["level"], f) for table in report["tables"] for f in table["findings"]]
        found = [finding for level, finding in by_level if level != "rows"]
        known = [[f[part] for part in ("kind", "table", "key", "columns")] for f in found]
        return found + [
            f
            for level, f in by_level
            if level == "rows" and [f[p] for p in ("kind", "table", "key", "columns")] not in known
        ]


def make_shop(
    folder: Path, source_url: str, target_url: str, models: str, mappings: str, *statements: str
) -> Shop:
    """Write the project, fill the legacy database, migrate the target's schema."""
    project = make_project(folder, LEGACY_URL=source_url, DATABASE_URL=target_url)
    made = Shop(project, source_url, target_url)
    project.write("shop/models.py", models)
    project.write("shop/mappings.py", mappings)
    # Without schema migrations of its own, the app's tables are made by one command.
    shutil.rmtree(folder / "shop" / "migrations")
    made.source("SET sql_mode = ''", *statements)
    made.migrate()
    return made


@pytest.fixture(scope="session")
def migrated_template(
    postgres: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a database in which Django's and delamp's own tables are made already."""
    name = f"delamp_template_{os.getpid()}_{next(DATABASE_NUMBERS)}"
    url = postgres.create_database(name)
    project = make_project(tmp_path_factory.mktemp("template"), DATABASE_URL=url)
    done = project.manage("migrate", "-v0")
    assert done.returncode == 0, done.stderr
    yield name
    postgres.drop_database(name)


@pytest.fixture
def target_db(postgres: DatabaseServer, migrated_template: str) -> Iterator[str]:
    """A fresh copy of the template, dropped afterwards."""
    name = f"delamp_shop_{os.getpid()}_{next(DATABASE_NUMBERS)}"
    postgres.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}"')
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def shop(tmp_path: Path, source_db: str, target_db: str) -> Callable[..., Shop]:
    """Make a shop: `shop(models, mappings, *legacy_statements)`."""
    return partial(make_shop, tmp_path / "site", source_db, target_db)


@pytest.fixture
def shop56(tmp_path: Path, source_db56: str, target_db: str) -> Callable[..., Shop]:
    """The same with its legacy database on MySQL 5.6."""
    return partial(make_shop, tmp_path / "site", source_db56, target_db)
