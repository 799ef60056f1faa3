"""A private MariaDB that is kept: its data outlive its process, and whoever needs it starts it.

What a dump was loaded into, for the project that was drafted from it. A legacy URL names it by its
folder, `mysql://root@localhost/shop?private_server=/srv/shop/.delamp/legacy`; where its socket is
changes with each start. It ends by itself when nobody has used it for a while
(`migrate.servers.keeper`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path

from migrate.servers import watchdog
from migrate.servers.detached import Running
from migrate.servers.errors import ServerError
from migrate.servers.locks import file_lock
from migrate.servers.mariadb import MariaDB
from migrate.servers.places import cache_folder, fallback_folder
from migrate.servers.process import STOP_SECONDS

__all__ = [
    "end",
    "kept_socket",
    "remove_kept",
    "running_in",
    "start_kept",
    "stop_kept",
    "stop_unused",
]

_STATE_FILE = "server.json"
_OPTIONS = (
    # Nobody follows a dump, and a dump brings every sin that a server ever let pass.
    "--skip-log-bin",
    "--max-allowed-packet=1G",
    "--innodb-strict-mode=OFF",
    "--sql-mode=",
)

# `subprocess` complains about a process that is forgotten while it runs; these are meant to.
_left_running: list[MariaDB] = []


def kept_socket(folder: Path) -> Path:
    """The socket of the server whose data are in `folder`, started when it does not run.

    Raises ServerError when there is none, or when it does not start.
    """
    if not (folder / _STATE_FILE).exists():
        raise ServerError(
            f"private server {folder}: not found, got no {_STATE_FILE} there",
            hint="draft again from the dump, or set LEGACY_URL to a server of your own",
        )
    return start_kept(folder)


def start_kept(folder: Path) -> Path:
    """Start the server on the data in `folder`, new or kept; returns its socket."""
    folder = folder.absolute()
    with _lock(folder):
        if (running := running_in(folder)) and running.is_running():
            socket = running.sockets / "mysql.sock"
            if socket.exists():
                return socket
            # The project was moved: the server runs on, where nobody finds its socket.
            end(running, folder)
        folder.mkdir(parents=True, exist_ok=True)
        server = MariaDB(
            _data(folder), keep=True, detached=True, relaxed=True, options=_OPTIONS
        ).start()
        _left_running.append(server)
        assert server.process is not None
        folders = dict.fromkeys((str(server.directory), str(server.socket_directory)))
        running = Running(
            name=server.name,
            version=server.version,
            pid=server.process.pid,
            stop_signal=int(server.stop_signal),
            folders=tuple(folders),
            url=server.url(),
        )
        (folder / _STATE_FILE).write_text(json.dumps(asdict(running), indent=2) + "\n")
        # Imported late: it imports this module.
        from migrate.servers import keeper

        keeper.begin(folder, running)
        return server.socket


def _data(folder: Path) -> Path:
    """Where the data are: in the folder, or where they had to be kept when it was elsewhere."""
    before = running_in(folder)
    kept = Path(before.folders[0]) if before else folder
    return kept if kept.is_dir() and fallback_folder() in kept.parents else folder


def stop_kept(folder: Path) -> bool:
    """Stop the server in order, its data stay; False when none runs from that folder."""
    folder = folder.absolute()
    with _lock(folder):
        running = running_in(folder)
        if running is None or not running.is_running():
            return False
        end(running, folder)
        return True


def stop_unused(folder: Path, running: Running, clients: Callable[[Path], int | None]) -> bool:
    """Stop this server unless somebody has come since; False when one has."""
    with _lock(folder):
        if clients(running.sockets / "mysql.sock") != 0:
            return False
        end(running, folder)
        return True


def end(running: Running, folder: Path) -> None:
    """Stop the server in order; raises ServerError when it does not end."""
    watchdog.send(running.pid, signal.Signals(running.stop_signal))
    deadline = time.monotonic() + STOP_SECONDS
    while running.is_running() and time.monotonic() < deadline:
        time.sleep(0.05)
    if running.is_running():
        raise ServerError(f"private server {folder}: not stopped after {STOP_SECONDS} s")
    for place in running.folders[1:]:
        shutil.rmtree(place, ignore_errors=True)


def remove_kept(folder: Path) -> None:
    """Stop the server and remove its data, wherever they are."""
    folder = folder.absolute()
    running = running_in(folder)
    stop_kept(folder)
    for place in running.folders if running else ():
        shutil.rmtree(place, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _lock(folder: Path) -> AbstractContextManager[None]:
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return file_lock(cache_folder() / "locks" / f"kept-{name}.lock")


def running_in(folder: Path) -> Running | None:
    """The server that was started last on the data in `folder`, running or not."""
    path = folder / _STATE_FILE
    if not path.exists():
        return None
    state = json.loads(path.read_text())
    return Running(**{**state, "folders": tuple(state["folders"])})
