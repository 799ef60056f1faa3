"""Fixtures for the command line: a project without servers, and some with both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.fix_project import LEGACY, Project, make_project
from tests.fix_servers import DatabaseServer, connect_mysql, fresh_database


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose servers do not answer."""
    return make_project(tmp_path / "site")


@pytest.fixture
def live_project(tmp_path: Path, source_db: str, target_db: str) -> Project:
    """A project with its schema migrated and a filled legacy database."""
    return fill(make_project(tmp_path / "site", LEGACY_URL=source_db, DATABASE_URL=target_db))


@pytest.fixture(scope="module")
def loaded_project(
    tmp_path_factory: pytest.TempPathFactory, mariadb: DatabaseServer, postgres: DatabaseServer
) -> Iterator[Project]:
    """One whose run is finished, shared by tests that only read."""
    sources, targets = fresh_database(mariadb), fresh_database(postgres)
    urls = {"LEGACY_URL": next(sources), "DATABASE_URL": next(targets)}
    project = fill(make_project(tmp_path_factory.mktemp("loaded") / "site", **urls))
    done = project.delamp("run", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    yield project
    for databases in (sources, targets):
        next(databases, None)


def fill(project: Project) -> Project:
    """Make the target's schema, and the legacy database with its rows."""
    legacy = project.environment["LEGACY_URL"]
    with connect_mysql(legacy) as connection, connection.cursor() as cursor:
        for statement in filter(str.strip, LEGACY.split(";")):
            cursor.execute(statement)
    for command in (["makemigrations", "shop"], ["migrate"]):
        done = project.manage(*command, "-v0")
        assert done.returncode == 0, done.stderr
    return project
