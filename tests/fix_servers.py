"""Servers and fresh databases for the tests.

The servers are private ones, shared by the session, unless LEGACY_URL or DATABASE_URL name others;
then fresh databases are created and dropped on those. A server that cannot be had fails the test.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import psycopg2
import pymysql
import pytest
from django.db import connections
from psycopg2 import sql

from migrate.servers import MariaDB, MySQL56, Postgres, ServerError
from migrate.servers.binaries import Binaries, find_mariadb, find_postgres

DATABASE_NUMBERS = itertools.count(1)


class DatabaseServer(Protocol):
    """What both a private server and one of the user's own can do."""

    version: str

    def url(self, database: str = "") -> str: ...
    def create_database(self, name: str) -> str: ...
    def drop_database(self, name: str) -> None: ...
    def execute(self, statement: str) -> None: ...


class OwnMySQL:
    """The server of LEGACY_URL."""

    def __init__(self, address: str) -> None:
        self._address = address
        with self._connect() as connection:
            self.version = connection.get_server_info().removeprefix("5.5.5-")

    def url(self, database: str = "") -> str:
        return with_database(self._address, database)

    def create_database(self, name: str, *, charset: str | None = None) -> str:
        self.execute(f"CREATE DATABASE `{name}`" + (f" CHARACTER SET {charset}" if charset else ""))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS `{name}`")

    def execute(self, statement: str) -> None:
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    def _connect(self) -> Any:
        return connect_mysql(self.url())


class OwnPostgres:
    """The server of DATABASE_URL."""

    def __init__(self, address: str) -> None:
        self._address = address
        connection = psycopg2.connect(address)
        self.version = str(connection.get_parameter_status("server_version"))
        connection.close()

    def url(self, database: str = "") -> str:
        return with_database(self._address, database)

    def create_database(self, name: str) -> str:
        self.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, statement: str) -> None:
        connection = psycopg2.connect(self._address)
        connection.autocommit = True
        try:
            connection.cursor().execute(sql.SQL(statement))
        finally:
            connection.close()


def with_database(address: str, database: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(address)._replace(path=f"/{database}"))


def connect_mysql(address: str, **options: Any) -> pymysql.connections.Connection[Any]:
    """A plain PyMySQL connection, for tests that set up or look at the source by hand."""
    parts = urlsplit(address)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    where: dict[str, Any] = {"host": parts.hostname or "localhost", "port": parts.port or 3306}
    if "unix_socket" in query:
        where = {"unix_socket": query["unix_socket"]}
    return pymysql.connect(
        **where,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.lstrip("/")) or None,
        **{"charset": query.get("charset", "utf8mb4"), "autocommit": True, **options},
    )


def pytest_report_header() -> list[str]:
    """What the tests run on; nothing is started or unpacked for this."""
    return [
        f"source: {_describe('LEGACY_URL', find_mariadb)}",
        f"target: {_describe('DATABASE_URL', find_postgres)}",
    ]


def _describe(variable: str, find: Callable[..., Binaries]) -> str:
    if address := os.environ.get(variable):
        own = OwnMySQL(address) if find is find_mariadb else OwnPostgres(address)
        return f"{own.version}, from {variable}"
    try:
        server = find(unpack=False)
    except ServerError:
        return "not found, to be unpacked privately"
    command = [str(server.server), "--version"]
    done = subprocess.run(
        command, env=server.environment(), capture_output=True, text=True, check=True
    )
    version = re.search(r"\d+\.\S+", done.stdout.replace(command[0], ""))
    return f"{version[0] if version else done.stdout}, private"


@pytest.fixture(scope="session")
def mariadb() -> Iterator[DatabaseServer]:
    """The session's source server. To kill or reconfigure a server, start one with MariaDB()."""
    if address := os.environ.get("LEGACY_URL"):
        yield OwnMySQL(address)
        return
    with MariaDB(relaxed=True) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[DatabaseServer]:
    """The session's target server. To kill or reconfigure a server, start one with Postgres()."""
    if address := os.environ.get("DATABASE_URL"):
        yield OwnPostgres(address)
        return
    with Postgres(relaxed=True) as server:
        yield server


@pytest.fixture(scope="session")
def mysql56() -> Iterator[DatabaseServer]:
    """A private MySQL 5.6, or the MySQL of MYSQL_URL, for tests marked `mysql56`."""
    if address := os.environ.get("MYSQL_URL"):
        yield OwnMySQL(address)
        return
    with MySQL56(relaxed=True) as server:
        yield server


@pytest.fixture
def source_db(mariadb: DatabaseServer) -> Iterator[str]:
    """The address of an empty database on the source server, dropped afterwards."""
    yield from fresh_database(mariadb)


@pytest.fixture
def source_db56(mysql56: MySQL56) -> Iterator[str]:
    """Like `source_db`, on MySQL 5.6."""
    yield from fresh_database(mysql56)


@pytest.fixture
def target_db(postgres: DatabaseServer) -> Iterator[str]:
    """The address of an empty database on the target server, dropped afterwards."""
    yield from fresh_database(postgres)


@pytest.fixture
def django_target(target_db: str) -> Iterator[str]:
    """`target_db` as Django's default database."""
    parts = urlsplit(target_db)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    connection = connections["default"]
    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict.update(
        NAME=unquote(parts.path.lstrip("/")),
        USER=unquote(parts.username or ""),
        PASSWORD=unquote(parts.password or ""),
        HOST=query.get("host") or parts.hostname or "",
        PORT=query.get("port") or str(parts.port or ""),
    )
    yield target_db
    connection.close()
    connection.settings_dict.clear()
    connection.settings_dict.update(before)


def fresh_database(server: DatabaseServer) -> Iterator[str]:
    """Create a database that no other test of this machine uses, yield its address, drop it."""
    name = f"delamp_test_{os.getpid()}_{next(DATABASE_NUMBERS)}"
    address = server.create_database(name)
    yield address
    server.drop_database(name)
