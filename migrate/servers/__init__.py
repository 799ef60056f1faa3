"""Private throwaway MariaDB and PostgreSQL servers, for the demo, the tests and the benchmarks.

Standard library only: this package runs before anything is installed. Nothing of the system's own
servers is touched or needed: own data folders, own sockets, no TCP port unless asked for.

    with PrivateServers() as servers:
        source_url = servers.mariadb.create_database("shop", charset="latin1")
        target_url = servers.postgres.create_database("shop")

`MariaDB`, `Postgres` and `MySQL56` may also be started alone; `Server` has their common arguments
and methods, `detached` starts a pair that outlives its command (`python -m migrate.servers up`).
Programs are taken from the system, or unpacked from the distribution's packages without root into
`.delamp/` of the clone; `DELAMP_CACHE` names another folder. Started by root, the servers run as an
account without rights. Everything ends with the process that started it, however that ends.
"""

from __future__ import annotations

from migrate.servers.errors import ServerError
from migrate.servers.mariadb import MariaDB
from migrate.servers.mysql56 import MySQL56
from migrate.servers.postgres import Postgres
from migrate.servers.private import PrivateServers
from migrate.servers.server import Server

__all__ = ["MariaDB", "MySQL56", "Postgres", "PrivateServers", "Server", "ServerError"]
