"""A pair of private servers that outlives the command that started it: the demo's.

What runs where is written to `servers.json` in the folder; `down` reads it, stops both servers and
removes the folder. The functions are what `python -m migrate.servers` calls.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from migrate.servers import watchdog
from migrate.servers.errors import ServerError
from migrate.servers.locks import file_lock
from migrate.servers.mariadb import quoted as mysql_quoted
from migrate.servers.mysql_wire import MySQLWire
from migrate.servers.places import cache_folder, make_open_folder
from migrate.servers.postgres import DEFAULT_PORT
from migrate.servers.postgres import quoted as postgres_quoted
from migrate.servers.postgres_wire import PostgresWire
from migrate.servers.private import PrivateServers
from migrate.servers.process import STOP_SECONDS
from migrate.servers.server import Server

STATE_FILE = "servers.json"
DATABASE = "demo"
_EXISTS_ALREADY = "42P04"

# `subprocess` complains about a process that is forgotten while it runs; these are meant to.
_left_running: list[PrivateServers] = []


@dataclass(frozen=True)
class Running:
    """One server that was started: enough to find it, to prove that it is ours, and to stop it."""

    name: str
    version: str
    pid: int
    stop_signal: int
    folders: tuple[str, ...]
    url: str

    @property
    def sockets(self) -> Path:
        """The folder of the server's socket."""
        return Path(self.folders[-1])

    def on(self, database: str) -> Running:
        """The same server, its address naming another database."""
        return replace(
            self, url=urlsplit(self.url)._replace(path=f"/{quote(database, safe='')}").geturl()
        )

    def is_running(self) -> bool:
        """Whether the process lives and is still that server, not another with its number."""
        if not watchdog.is_running(self.pid):
            return False
        command = Path(f"/proc/{self.pid}/cmdline")
        return not command.exists() or self.folders[0].encode() in command.read_bytes()

    def stop(self) -> None:
        """Stop the server at once, its data being removed with its folders."""
        if self.is_running():
            watchdog.send(self.pid, signal.Signals(self.stop_signal))
        deadline = time.monotonic() + STOP_SECONDS
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.05)
        if self.is_running():
            watchdog.send(self.pid, signal.SIGKILL)
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Pair:
    """The two servers; their `url` names the database that was asked for last."""

    mariadb: Running
    postgres: Running

    def is_running(self) -> bool:
        """Whether both live."""
        return self.mariadb.is_running() and self.postgres.is_running()

    def environment(self) -> dict[str, str]:
        """The variables under which delamp finds the servers."""
        return {"LEGACY_URL": self.mariadb.url, "DATABASE_URL": self.postgres.url}


def default_folder() -> Path:
    """`.delamp/demo` of the clone, or its stand-in."""
    return cache_folder() / "demo"


def up(folder: Path | None = None, *, database: str | None = None, memory: str = "256M") -> Pair:
    """Start both servers with an empty `database` on each (`demo`), or find them running.

    Then a `database` that is named is created where it does not exist, and is what the addresses
    name from now on; without one nothing changes. Raises ServerError when a server is missing or
    does not start; then none is left running.
    """
    folder = folder or default_folder()
    with file_lock(cache_folder() / "locks" / "detached.lock"):
        pair = status(folder)
        if pair and pair.is_running():
            return pair if database is None else _also(pair, database, folder)
        # One of the two died: the data of the other alone are of no use to anybody.
        down(folder)
        make_open_folder(folder)
        servers = PrivateServers(folder, detached=True, memory=memory).start()
        try:
            pair = _describe(servers, database or DATABASE)
            _write(pair, folder)
        except BaseException:
            servers.close()
            raise
        _left_running.append(servers)
        return pair


def _also(pair: Pair, database: str, folder: Path) -> Pair:
    """The running pair with the database on both; a database that exists is left as it is."""
    on_mysql = f"CREATE DATABASE IF NOT EXISTS {mysql_quoted(database)}"
    with contextlib.closing(MySQLWire(pair.mariadb.sockets / "mysql.sock")) as mysql:
        mysql.execute(on_mysql)
    try:
        _on_postgres(pair, f"CREATE DATABASE {postgres_quoted(database)}")
    except ServerError as error:
        if _EXISTS_ALREADY not in str(error):
            raise
    pair = Pair(pair.mariadb.on(database), pair.postgres.on(database))
    _write(pair, folder)
    return pair


def empty_target(pair: Pair) -> None:
    """Drop the database that the PostgreSQL address names, with its sessions; make it anew."""
    database = postgres_quoted(unquote(urlsplit(pair.postgres.url).path[1:]))
    _on_postgres(pair, f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    _on_postgres(pair, f"CREATE DATABASE {database}")


def _on_postgres(pair: Pair, statement: str) -> None:
    socket = pair.postgres.sockets / f".s.PGSQL.{DEFAULT_PORT}"
    with contextlib.closing(PostgresWire(socket)) as postgres:
        postgres.execute(statement)


def _write(pair: Pair, folder: Path) -> None:
    (folder / STATE_FILE).write_text(json.dumps(asdict(pair), indent=2) + "\n")


def _describe(servers: PrivateServers, database: str) -> Pair:
    for server in (servers.mariadb, servers.postgres):
        # An earlier start that was killed half-way may have left one.
        server.drop_database(database)
    return Pair(
        _running(servers.mariadb, servers.mariadb.create_database(database)),
        _running(servers.postgres, servers.postgres.create_database(database)),
    )


def status(folder: Path | None = None) -> Pair | None:
    """What was started from the folder, running or not; None when nothing was."""
    path = (folder or default_folder()) / STATE_FILE
    if not path.exists():
        return None
    try:
        state = json.loads(path.read_text())
        return Pair(*(_read(state[name]) for name in ("mariadb", "postgres")))
    except (ValueError, KeyError, TypeError) as exc:
        raise ServerError(
            f"{path}: not readable as the state of two servers, got {exc}",
            hint="stop the servers by hand and remove the folder",
        ) from exc


def down(folder: Path | None = None) -> bool:
    """Stop both servers and remove their data; False when there was nothing to stop."""
    folder = folder or default_folder()
    pair = status(folder)
    if pair is None:
        return False
    pair.mariadb.stop()
    pair.postgres.stop()
    (folder / STATE_FILE).unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
    return True


def _running(server: Server, url: str) -> Running:
    if server.process is None:
        raise ServerError(f"{server.name}: not running, got no process")
    folders = [server.directory]
    if server.socket_directory != server.directory:
        folders.append(server.socket_directory)
    return Running(
        server.name,
        server.version,
        server.process.pid,
        int(server.quick_signal),
        tuple(map(str, folders)),
        url,
    )


def _read(state: dict[str, Any]) -> Running:
    return Running(**{**state, "folders": tuple(state["folders"])})
