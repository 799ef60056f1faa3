"""Stop a private server when the process that started it is gone.

Run as a program of its own, `python -I -S watchdog.py PARENT SERVER SIGNAL [FOLDER…]` (two process
ids and a number), because an `atexit` function does not run after SIGTERM or SIGKILL, and because
the kernel's own parent-death signal fires when the *thread* that started the server ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time

POLL_SECONDS = 0.25
PATIENCE_SECONDS = 20


def main(arguments: list[str]) -> None:
    """Wait until the parent is gone, then stop the server and remove the folders."""
    parent, server, number = map(int, arguments[:3])
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    deadline = time.monotonic() + PATIENCE_SECONDS
    send(server, signal.Signals(number))
    while is_running(server) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS / 5)
    send(server, signal.SIGKILL)
    for folder in arguments[3:]:
        shutil.rmtree(folder, ignore_errors=True)


def send(server: int, number: signal.Signals) -> None:
    """Signal the server; one that is gone is what we want."""
    try:
        os.kill(server, number)
    except ProcessLookupError:
        return


def is_running(server: int) -> bool:
    """Whether the process exists; a dead one that nobody has reaped does not count."""
    try:
        with open(f"/proc/{server}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        if os.path.exists("/proc/self"):
            return False
    try:
        os.kill(server, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
