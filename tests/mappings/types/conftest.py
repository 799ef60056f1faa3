"""The checker on databases of its own, one pair for the whole run: each check makes its tables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from migrate.servers import MySQL56
from tests.fix_servers import DatabaseServer, fresh_database
from tests.mappings.types.checker import Checker


@pytest.fixture(scope="session")
def checker(mariadb: DatabaseServer, postgres: DatabaseServer) -> Iterator[Checker]:
    for source in fresh_database(mariadb):
        for target in fresh_database(postgres):
            opened = Checker(source, target)
            yield opened
            opened.close()


@pytest.fixture(scope="session")
def checker56(mysql56: MySQL56, postgres: DatabaseServer) -> Iterator[Checker]:
    for source in fresh_database(mysql56):
        for target in fresh_database(postgres):
            opened = Checker(source, target)
            yield opened
            opened.close()
