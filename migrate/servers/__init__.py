"""Private throwaway MariaDB and PostgreSQL servers, for the demo, the tests and the benchmarks.

Standard library only: this package runs before anything is installed. Nothing of the system's own
servers is touched or needed: own data folders, own sockets, no TCP port unless asked for.
"""

from __future__ import annotations

from migrate.servers.errors import ServerError
from migrate.servers.mariadb import MariaDB
from migrate.servers.mysql56 import MySQL56
from migrate.servers.postgres import Postgres
from migrate.servers.private import PrivateServers

__all__ = ["MariaDB", "MySQL56", "Postgres", "PrivateServers", "ServerError"]
