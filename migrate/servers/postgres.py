"""A private PostgreSQL server."""

from __future__ import annotations

import re
import secrets
import signal
from pathlib import Path
from urllib.parse import quote

from migrate.servers.binaries import Binaries, find_postgres
from migrate.servers.errors import ServerError
from migrate.servers.ports import free_port
from migrate.servers.postgres_wire import PostgresWire
from migrate.servers.server import Server
from migrate.servers.templates import copy_template, run_program

TCP_USER = "delamp"
DEFAULT_PORT = 5432

# synchronous_commit stays on: a killed server loses nothing, a power cut would.
RELAXED = ("fsync=off", "full_page_writes=off")

ACCESS = f"""\
local all all trust
host all {TCP_USER} 127.0.0.1/32 scram-sha-256
"""

CREATE_TCP_ROLE = f"""\
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{TCP_USER}') THEN
        CREATE ROLE {TCP_USER} SUPERUSER LOGIN;
    END IF;
END $$
"""


class Postgres(Server):
    """A private PostgreSQL, UTF8 and locale C; everybody who can enter the folder is trusted."""

    name = "postgres"
    # "Fast": sessions are cut, the checkpoint is written.
    stop_signal = signal.SIGINT
    # "Immediate"; SIGKILL would leave the shared memory behind.
    quick_signal = signal.SIGQUIT
    _tcp_password = ""

    @property
    def socket(self) -> Path:
        """The path of the server's socket; libpq wants its folder (`socket_directory`)."""
        return self.socket_directory / f".s.PGSQL.{self.port or DEFAULT_PORT}"

    def find(self) -> Binaries:
        """The installed programs, else unpacked ones."""
        return find_postgres()

    def initialise(self) -> None:
        """Copy the initialised template, made with `initdb` the first time."""
        name = f"postgres-{self.binaries.identity()}"
        copy_template(name, self.data, self.account, self._initdb)

    def _initdb(self, folder: Path) -> None:
        command = [
            str(self.binaries.initialise),
            f"--pgdata={folder}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            # The copies are what servers write to, and those do sync.
            "--no-sync",
        ]
        run_program(command, self.binaries.environment(), self.account)
        (folder / "pg_hba.conf").write_text(ACCESS)

    def command(self) -> list[str]:
        """postgres with our settings."""
        self.port = free_port() if self.tcp else None
        settings = [
            f"listen_addresses={'127.0.0.1' if self.tcp else ''}",
            f"port={self.port or DEFAULT_PORT}",
            f"unix_socket_directories={self.socket_directory}",
            # 0700 on the folder guards the socket; root and the account itself may both connect.
            "unix_socket_permissions=0777",
            f"shared_buffers={megabytes(self.memory)}MB",
            "max_connections=200",
            "timezone=UTC",
            # LLVM is not unpacked with a private PostgreSQL.
            *(["jit=off"] if self.binaries.libraries else []),
            *(RELAXED if self.relaxed else ()),
        ]
        flags = [part for setting in settings for part in ("-c", setting)]
        return [str(self.binaries.server), "-D", str(self.data), *flags]

    def open_tcp(self) -> None:
        """Create the role for TCP, or give it a new password."""
        self._tcp_password = secrets.token_hex(12)
        self.execute(CREATE_TCP_ROLE)
        self.execute(f"ALTER ROLE {TCP_USER} PASSWORD '{self._tcp_password}'")

    def ping(self) -> str:
        """The version that the server reports at login."""
        wire = PostgresWire(self.socket)
        wire.close()
        return wire.version

    def execute(self, statement: str, *, database: str = "postgres") -> None:
        """Run one statement as `postgres`; raises ServerError when it is refused."""
        wire = PostgresWire(self.socket, database=database)
        try:
            wire.execute(statement)
        finally:
            wire.close()

    def create_database(self, name: str) -> str:
        """Create an empty database and return its address (`url`)."""
        self.execute(f"CREATE DATABASE {quoted(name)}")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database with the sessions in it; one that does not exist is no error."""
        self.execute(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")

    def url(self, database: str = "", *, user: str = "postgres", password: str = "") -> str:
        """`postgresql://postgres@/DATABASE?host=FOLDER`, as libpq understands it."""
        login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
        folder = quote(str(self.socket_directory), safe="/")
        port = f"&port={self.port}" if self.port else ""
        return f"postgresql://{login}@/{quote(database, safe='')}?host={folder}{port}"

    def tcp_url(self, database: str = "") -> str:
        """`postgresql://delamp:PASSWORD@127.0.0.1:PORT/DATABASE`; only with `tcp=True`."""
        login = f"{TCP_USER}:{self._tcp_password}"
        return f"postgresql://{login}@127.0.0.1:{self.port}/{quote(database, safe='')}"


def quoted(name: str) -> str:
    """A PostgreSQL identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def megabytes(size: str) -> int:
    """Megabytes in a size such as "256M" or "2G"; raises ServerError for anything else."""
    match = re.fullmatch(r"(\d+)([MG])", size)
    if not match:
        raise ServerError(f"postgres: memory, got {size!r} (expected a size such as '256M')")
    return int(match[1]) * (1024 if match[2] == "G" else 1)
