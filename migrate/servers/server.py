"""What every private server has in common: folder, start, stop, kill, and an end for certain."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, ClassVar, Self

from migrate.servers.accounts import server_account
from migrate.servers.binaries import Binaries
from migrate.servers.errors import ServerError
from migrate.servers.places import data_folder, make_open_folder, socket_folder
from migrate.servers.process import ServerProcess
from migrate.servers.runs import make_run_folder
from migrate.servers.templates import own

START_SECONDS = 60


class Server(ABC):
    """One private server: its folder, its process and its socket.

    directory: where the data live; None means a new folder, removed by `close()`.
    options:   further options for the server program, after our own so that they win.
    relaxed:   give up durability for speed (tests); the default is the server's own durability.
    memory:    buffer pool, such as "256M".
    tcp:       also listen on a free port of 127.0.0.1, for programs that know no sockets.
    keep:      `close()` leaves the data in `directory`, and `start()` takes them up again.
    detached:  the server outlives this process; `stop()` or `close()` still end it.

    `with Server(...) as server:` starts and closes. Otherwise the server is closed at the end of
    the process, whatever ends it: return, exception, Ctrl-C, SIGTERM, SIGKILL.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    # For data that are removed anyway: no checkpoint, but nothing left behind in the system.
    quick_signal: ClassVar[signal.Signals]

    def __init__(
        self,
        directory: Path | str | None = None,
        *,
        options: Sequence[str] = (),
        relaxed: bool = False,
        memory: str = "256M",
        tcp: bool = False,
        keep: bool = False,
        detached: bool = False,
    ) -> None:
        self.options = tuple(options)
        self.relaxed = relaxed
        self.memory = memory
        self.tcp = tcp
        self.keep = keep
        self.detached = detached
        self.account = server_account()
        self.binaries = self.find()
        self.version = ""
        self.port: int | None = None
        self.process: ServerProcess | None = None
        self._owner = os.getpid()
        self._closed = False
        if detached and directory is None:
            raise ServerError(
                f"{self.name}: directory, got None (expected one for a detached server)"
            )
        self._owner_file: IO[str] | None = None
        self.directory = self._make_directory(directory)
        self.data = self.directory / "data"
        self.log = self.directory / "server.log"
        self.socket_directory, self._has_socket_directory = socket_folder(self.directory)
        if self._has_socket_directory:
            own(self.socket_directory, self.account)

    def _make_directory(self, wanted: Path | str | None) -> Path:
        if wanted is None:
            folder, self._owner_file = make_run_folder(self.name)
        else:
            folder = data_folder(Path(wanted), self.account)
            make_open_folder(folder)
            # It is going to be removed, or at least closed to others: it must be nobody's yet.
            if any(folder.iterdir()) and not (folder / "server.log").exists():
                raise ServerError(f"{self.name}: {folder} holds files (expected an empty folder)")
        own(folder, self.account)
        return folder

    @property
    @abstractmethod
    def socket(self) -> Path:
        """The path of the server's socket."""

    @abstractmethod
    def find(self) -> Binaries:
        """The server's programs; raises ServerError when there are none."""

    @abstractmethod
    def initialise(self) -> None:
        """Fill `self.data`, which does not exist yet."""

    @abstractmethod
    def command(self) -> list[str]:
        """The program and the options that start the server."""

    @abstractmethod
    def ping(self) -> str:
        """The version of the answering server; OSError or ServerError while it does not answer."""

    @abstractmethod
    def execute(self, statement: str) -> None:
        """Run one statement without rows as the server's superuser; ServerError if refused."""

    @abstractmethod
    def url(self, database: str = "", *, user: str = "", password: str = "") -> str:
        """The address of a database over the socket; without a user, as the superuser."""

    @abstractmethod
    def open_tcp(self) -> None:
        """Give the TCP account a new random password, once the server answers."""

    def start(self) -> Self:
        """Initialise the folder when it is new, start the server, return when it answers.

        Raises ServerError with the end of the server's log when it does not come up.
        """
        if self._closed:
            raise ServerError(f"{self.name}: cannot start, got a closed server")
        if self.is_running():
            return self
        # One that crashed by itself still has a watchdog.
        self.kill()
        if not self.data.exists():
            self.initialise()
        command = [*self.command(), *self.options]
        environment = self.binaries.environment()
        self.process = ServerProcess(command, environment, self.log, self.account)
        try:
            if not self.detached:
                atexit.register(self._close_at_exit)
                self.process.guard(self._last_signal(), self._folders())
            self._wait_until_it_answers(self.process)
            if self.tcp:
                self.open_tcp()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Shut the server down in order and wait; the data stay until `close()`."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """Kill the server with SIGKILL, as a power cut would; `start()` recovers it."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.end(number)
            self.process = None

    def restart(self) -> Self:
        """Stop and start on the same data and the same socket."""
        self.stop()
        return self.start()

    def close(self) -> None:
        """Stop the server and remove its folder, unless `keep` was asked for."""
        self._end(self._last_signal())
        self._closed = True
        atexit.unregister(self._close_at_exit)
        for folder in self._folders():
            shutil.rmtree(folder, ignore_errors=True)
        if self._owner_file is not None:
            self._owner_file.close()

    def is_running(self) -> bool:
        """Whether the server process lives."""
        return self.process is not None and self.process.exit_code() is None

    def _folders(self) -> list[Path]:
        sockets = [self.socket_directory] if self._has_socket_directory else []
        return sockets if self.keep else [self.directory, *sockets]

    def _last_signal(self) -> signal.Signals:
        return self.stop_signal if self.keep else self.quick_signal

    def _close_at_exit(self) -> None:
        # A forked child inherits the exit functions, but the server is not its to stop.
        if os.getpid() == self._owner:
            self.close()

    def _wait_until_it_answers(self, process: ServerProcess) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.version = self.ping()
                return
            except (OSError, ServerError) as exc:
                if (code := process.exit_code()) is not None:
                    reason = f"exit code {code}"
                elif time.monotonic() > deadline:
                    reason = f"no answer after {START_SECONDS} s ({exc})"
                else:
                    time.sleep(0.02)
                    continue
            raise ServerError(f"{self.name}: did not start, got {reason}: {self.log_tail()}")

    def log_tail(self, lines: int = 5) -> str:
        """The last errors in the server's log, else its last lines, on one line."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        found = text.strip().splitlines()
        errors = [line for line in found if "ERROR" in line or "FATAL" in line] or found
        return " / ".join(errors[-lines:]) or "empty log"

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.version or 'not started'} in {self.directory}>"
