"""Servers of a test's own, to stop, kill and configure, and a network that can go silent."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from migrate.servers import MariaDB, MySQL56
from tests.fix_servers import connect_mysql
from tests.migrate.binlog.following import Legacy

__all__ = ["GTID", "Own", "Silencer", "own", "purge", "replicate", "wait_for"]

GTID = ("--gtid-mode=ON", "--enforce-gtid-consistency", "--log-slave-updates")
_KINDS: dict[str, tuple[type[MariaDB | MySQL56], tuple[str, ...]]] = {
    "mariadb": (MariaDB, ()),
    "mysql56": (MySQL56, ()),
    "mysql56_gtid": (MySQL56, GTID),
}


class Own(Legacy):
    """A database on a server of its own."""

    def __init__(self, server: MariaDB | MySQL56, address: str) -> None:
        super().__init__(address)
        self.server = server

    def kill(self) -> None:
        """SIGKILL, and up again."""
        self.server.kill()
        self.server.start()


@pytest.fixture
def own() -> Iterator[Callable[..., Own]]:
    """Start a server: `own("mariadb", "--option", …)`; ended with the test."""
    with contextlib.ExitStack() as closing:

        def start(kind: str = "mariadb", *options: str, create: str = "shop", **more: Any) -> Own:
            cls, of_kind = _KINDS[kind]
            server = closing.enter_context(
                cls(options=[*of_kind, *options], relaxed=True, memory="32M", **more)
            )
            made = Own(server, server.create_database(create) if create else server.url("shop"))
            closing.callback(made.close)
            return made

        yield start


def replicate(primary: Own, replica: Own) -> None:
    """Have a server follow another by GTID. The primary listens on TCP."""
    password = primary.server._tcp_password
    mariadb = isinstance(primary.server, MariaDB)
    by_gtid = "MASTER_USE_GTID = slave_pos" if mariadb else "MASTER_AUTO_POSITION = 1"
    with connect_mysql(replica.server.url()) as link, link.cursor() as cursor:
        cursor.execute(
            f"CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {primary.server.port},"
            f" MASTER_USER = 'delamp', MASTER_PASSWORD = '{password}', {by_gtid}"
        )
        cursor.execute("START SLAVE")


def purge(legacy: Legacy) -> None:
    """Leave the server its latest file only. It keeps what a reader may still need."""
    until = time.monotonic() + 30
    while len(legacy.run("SHOW BINARY LOGS")) > 1:
        assert time.monotonic() < until
        legacy.run(f"PURGE BINARY LOGS TO '{legacy.now().file}'")
        time.sleep(0.02)


def wait_for(legacy: Legacy, query: str, rows: list[tuple[Any, ...]]) -> None:
    """Wait until a server answers so."""
    until, got = time.monotonic() + 30, None
    while time.monotonic() < until:
        with contextlib.suppress(Exception):
            got = legacy.run(query)
            if got == rows:
                return
        time.sleep(0.05)
    raise AssertionError(f"{query}: {got}")


class Silencer:
    """A port of 127.0.0.1 before a server's socket, whose connections can be left open and mute."""

    def __init__(self, server: Path) -> None:
        self.server = server
        self.mute = threading.Event()
        """From now on nothing more is passed on, over new connections either."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection."""
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(str(self.server))
            except OSError:
                near.close()
                continue
            self._ends += [near, far]
            thread = threading.Thread(target=self._join, args=(near, far, self.mute), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _join(self, near: socket.socket, far: socket.socket, muted: threading.Event) -> None:
        back = threading.Thread(target=self._pass, args=(far, near, muted), daemon=True)
        back.start()
        self._pass(near, far, muted)
        back.join()
        near.close()
        far.close()

    def _pass(self, one: socket.socket, other: socket.socket, muted: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if not muted.is_set():
                    other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def speak(self) -> None:
        """New connections are passed on again; those of before stay mute."""
        self.mute = threading.Event()
