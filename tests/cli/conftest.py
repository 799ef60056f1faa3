"""Fixtures for the command line: a project without servers, and one with both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.fix_project import LEGACY, Project, make_project
from tests.fix_servers import connect_mysql


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose servers do not answer."""
    return make_project(tmp_path / "site")


@pytest.fixture
def live_project(tmp_path: Path, source_db: str, target_db: str) -> Iterator[Project]:
    """A project with its schema migrated and a filled legacy database."""
    with connect_mysql(source_db) as connection, connection.cursor() as cursor:
        for statement in filter(str.strip, LEGACY.split(";")):
            cursor.execute(statement)
    project = make_project(tmp_path / "site", LEGACY_URL=source_db, DATABASE_URL=target_db)
    for command in (["makemigrations", "shop"], ["migrate"]):
        done = project.manage(*command, "-v0")
        assert done.returncode == 0, done.stderr
    yield project
