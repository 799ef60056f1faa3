"""The process of a private server, and the watchdog that ends it when its owner is gone."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from migrate.servers import watchdog
from migrate.servers.accounts import Account, process_options

logger = logging.getLogger("delamp.servers")

STOP_SECONDS = 60


class ServerProcess:
    """A started server program; its output goes to `log`."""

    def __init__(
        self,
        command: Sequence[str],
        environment: dict[str, str],
        log: Path,
        account: Account | None,
    ) -> None:
        self._watchdog: subprocess.Popen[bytes] | None = None
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                command,
                env=environment,
                cwd=log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C in a terminal goes to a whole group; the server is ours to stop.
                start_new_session=True,
                **process_options(account),
            )
        self.pid = self._popen.pid

    def guard(self, number: signal.Signals, folders: Sequence[Path]) -> None:
        """Have the server stopped with `number`, and `folders` removed, if this process dies."""
        arguments = [os.getpid(), self.pid, int(number), *folders]
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", watchdog.__file__, *map(str, arguments)],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def exit_code(self) -> int | None:
        """How the server ended; None while it runs."""
        return self._popen.poll()

    def end(self, number: signal.Signals) -> None:
        """Send the signal and wait for the end; a server that does not react is killed."""
        # Popen sends nothing to a process that has ended.
        self._popen.send_signal(number)
        try:
            self._popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            logger.warning("server %s: not stopped after %s s, killed", self.pid, STOP_SECONDS)
            self._popen.kill()
            self._popen.wait()
        if self._watchdog is not None:
            self._watchdog.kill()
            self._watchdog.wait()
