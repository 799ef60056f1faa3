"""The board of the matrix, on databases of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from migrate.source import Source
from migrate.target import Target
from migrate.urls import parse_source_url, parse_target_url
from tests.fix_servers import DatabaseServer, fresh_database
from tests.verify.conftest import as_default_database
from tests.verify.matrix.board import Board

_Placed = tuple[Board, str]
"""A board, and the URL of its target."""


@pytest.fixture(scope="module")
def _of_mariadb(mariadb: DatabaseServer, postgres: DatabaseServer) -> Iterator[_Placed]:
    yield from _opened(mariadb, postgres)


@pytest.fixture(scope="module")
def _of_mysql56(mysql56: DatabaseServer, postgres: DatabaseServer) -> Iterator[_Placed]:
    yield from _opened(mysql56, postgres)


@pytest.fixture
def board(_of_mariadb: _Placed) -> Iterator[Board]:
    """An empty board; blocks are so small that tables have several ranges."""
    with as_default_database(_of_mariadb[1]):
        yield _of_mariadb[0]


@pytest.fixture
def board56(_of_mysql56: _Placed) -> Iterator[Board]:
    """Like `board`, on MySQL 5.6."""
    with as_default_database(_of_mysql56[1]):
        yield _of_mysql56[0]


def _opened(server: DatabaseServer, postgres: DatabaseServer) -> Iterator[_Placed]:
    for source_url in fresh_database(server):
        for target_url in fresh_database(postgres):
            source = Source(parse_source_url(source_url), block_bytes=4096)
            target = Target(parse_target_url(target_url))
            yield Board(source, target), target_url
            source.close()
            target.close()
