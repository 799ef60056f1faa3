"""The board of the matrix, on databases of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from migrate.source import Source
from migrate.target import Target
from migrate.urls import parse_source_url
from tests.fix_servers import DatabaseServer, fresh_database
from tests.verify.conftest import as_default_database
from tests.verify.matrix.board import Board


@pytest.fixture(scope="module")
def board(mariadb: DatabaseServer, postgres: DatabaseServer) -> Iterator[Board]:
    """An empty board; blocks are so small that tables have several ranges."""
    yield from _opened(mariadb, postgres)


@pytest.fixture(scope="module")
def board56(mysql56: DatabaseServer, postgres: DatabaseServer) -> Iterator[Board]:
    """Like `board`, on MySQL 5.6."""
    yield from _opened(mysql56, postgres)


def _opened(server: DatabaseServer, postgres: DatabaseServer) -> Iterator[Board]:
    for source_url in fresh_database(server):
        for target_url in fresh_database(postgres):
            with as_default_database(target_url):
                source = Source(parse_source_url(source_url), block_bytes=4096)
                target = Target(connection.settings_dict)
                yield Board(source, target)
                source.close()
                target.close()
