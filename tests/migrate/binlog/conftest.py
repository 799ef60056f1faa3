"""Legacy databases to follow, on MariaDB and on MySQL 5.6."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fix_servers import fresh_database
from tests.migrate.binlog.following import Legacy

SERVERS = ["mariadb", pytest.param("mysql56", marks=pytest.mark.mysql56)]


@pytest.fixture
def legacy(source_db: str) -> Iterator[Legacy]:
    """An empty database on MariaDB."""
    made = Legacy(source_db)
    yield made
    made.close()


@pytest.fixture(params=SERVERS)
def either(request: pytest.FixtureRequest) -> Iterator[Legacy]:
    """An empty database on each of the servers."""
    databases = fresh_database(request.getfixturevalue(request.param))
    made = Legacy(next(databases))
    yield made
    made.close()
    next(databases, None)
