"""Ends a kept server that nobody needs: idle for a while, or its folder is gone.

Run as a program of its own, `python -m migrate.servers.keeper FOLDER SERVER`, one for each start
(the server as JSON). Whoever needs the data again starts the server again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from migrate.servers import kept
from migrate.servers.detached import Running

__all__ = ["IDLE_SECONDS", "begin", "clients", "keep_watch"]

IDLE_SECONDS = 15 * 60.0
_LOOK_SECONDS = 2.0
_CONNECTED = "03"
"""SS_CONNECTED, in the column "St" of /proc/net/unix (proc(5))."""
_TABLE = Path("/proc/net/unix")

# `subprocess` complains about a process that is forgotten while it runs; these are meant to.
_left_running: list[subprocess.Popen[bytes]] = []


def begin(folder: Path, running: Running) -> None:
    """Start the watch over the server of this folder in a process that outlives this one."""
    _left_running.append(
        subprocess.Popen(
            [
                *(sys.executable, "-m", "migrate.servers.keeper"),
                *(str(folder), json.dumps(asdict(running))),
            ],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    )


def keep_watch(
    folder: Path,
    running: Running,
    *,
    idle_seconds: float = IDLE_SECONDS,
    look_seconds: float = _LOOK_SECONDS,
) -> str:
    """Return once the server is down, with the reason: "gone", "idle", or "stopped" by others."""
    used = time.monotonic()
    while running.is_running():
        if not folder.exists():
            kept.end(running, folder)
            return "gone"
        if clients(running.sockets / "mysql.sock") != 0:
            used = time.monotonic()
        elif time.monotonic() - used > idle_seconds and kept.stop_unused(folder, running, clients):
            return "idle"
        time.sleep(look_seconds)
    return "stopped"


def clients(socket: Path) -> int | None:
    """How many connections the socket has; None where the system does not tell."""
    try:
        lines = _TABLE.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return None
    fields = (line.split(maxsplit=7) for line in lines)
    return sum(len(f) == 8 and f[5] == _CONNECTED and f[7] == str(socket) for f in fields)


if __name__ == "__main__":
    keep_watch(Path(sys.argv[1]), Running(**json.loads(sys.argv[2])))
