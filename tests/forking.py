"""Python commands as processes of their own that have imported everything already.

Most of the time of a short command is spent on imports. A server that has done them forks itself
for each command: a process with its own environment, folder, output and exit code, as any other.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import random
import runpy
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import types
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["Forks", "forks"]

ROOT = Path(__file__).resolve().parents[1]
OURS = ("mappings", "verify", "migrate")
OTHERS = (
    "bcrypt",
    "click",
    "django.contrib.admin",
    "django.contrib.auth.hashers",
    "django.contrib.postgres.fields",
    "django.core.management.commands.check",
    "django.core.management.commands.migrate",
    "django.db.backends.postgresql.base",
    "django.db.models",
    "django.test.client",
    "psycopg2.extras",
    "pymysql",
    "tqdm",
)


class Forks:
    """A server that runs Python commands for one test process."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="delamp-forks-", dir="/tmp"))
        self._address = str(self._folder / "socket")
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.forking", self._address],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._server.stdout is not None
        if not self._server.stdout.readline():
            raise RuntimeError("the server of forks did not start")

    def run(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        input: str | None = None,
        timeout: float = 300,
    ) -> subprocess.CompletedProcess[str]:
        """`python ARGUMENTS…`, which begin with `-c` and code, or a script; as subprocess.run."""
        asked = {"arguments": list(arguments), "cwd": str(cwd), "env": dict(env)}
        given = os.memfd_create("input")
        os.write(given, (input or "").encode())
        os.lseek(given, 0, os.SEEK_SET)
        outputs = [os.pipe(), os.pipe()]
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self._address)
            line = json.dumps(asked).encode() + b"\n"
            socket.send_fds(connection, [line[:1]], [given, *(write for _, write in outputs)])
            connection.sendall(line[1:])
            for descriptor in (given, *(write for _, write in outputs)):
                os.close(descriptor)
            texts: list[bytes] = [b"", b""]
            readers = [
                threading.Thread(target=_read, args=(outputs[n][0], texts, n)) for n in (0, 1)
            ]
            for reader in readers:
                reader.start()
            answers = connection.makefile("r")
            child = int(answers.readline())
            connection.settimeout(timeout)
            try:
                code = int(answers.readline())
            except TimeoutError as error:
                os.kill(child, 9)
                raise subprocess.TimeoutExpired(list(arguments), timeout) from error
            for reader in readers:
                reader.join()
        stdout, stderr = (text.decode().replace("\r\n", "\n") for text in texts)
        return subprocess.CompletedProcess(list(arguments), code, stdout, stderr)

    def close(self) -> None:
        """End the server; it also ends with the process that started it."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait()
        shutil.rmtree(self._folder)


def _read(descriptor: int, texts: list[bytes], place: int) -> None:
    with open(descriptor, "rb") as pipe:
        texts[place] = pipe.read()


_started: dict[int, Forks] = {}


def forks() -> Forks:
    """The server of this process, started when first asked for."""
    if os.getpid() not in _started:
        _started[os.getpid()] = Forks()
    return _started[os.getpid()]


def _import_all() -> None:
    for name in OTHERS:
        importlib.import_module(name)
    for package in OURS:
        for file in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            if ".migrations." in name or name.endswith("__"):
                continue
            # What needs Django's settings is imported by the commands.
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def _serve(address: str) -> dict[str, Any]:
    """Fork for each request; returns in each child, with what it is to run."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(64)
    waiting = selectors.DefaultSelector()
    waiting.register(listener, selectors.EVENT_READ)
    waiting.register(sys.stdin, selectors.EVENT_READ)
    print("ready", flush=True)
    children: dict[int, tuple[int, socket.socket]] = {}
    while True:
        for key, _ in waiting.select():
            if key.fileobj is listener:
                connection, _ = listener.accept()
                asked, standard = _asked(connection)
                child = os.fork()
                if child == 0:
                    for descriptor, other in children.values():
                        os.close(descriptor)
                        other.close()
                    waiting.close()
                    listener.close()
                    connection.close()
                    return {**asked, "standard": standard}
                for descriptor in standard:
                    os.close(descriptor)
                connection.sendall(f"{child}\n".encode())
                descriptor = os.pidfd_open(child)
                children[descriptor] = (descriptor, connection)
                waiting.register(descriptor, selectors.EVENT_READ, child)
            elif key.fileobj is sys.stdin:
                listener.close()
                sys.exit(0)
            else:
                waiting.unregister(key.fileobj)
                descriptor, connection = children.pop(key.fd)
                _, status = os.waitpid(key.data, 0)
                os.close(descriptor)
                with contextlib.suppress(OSError):
                    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
                connection.close()


def _asked(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    line, standard, _, _ = socket.recv_fds(connection, 1, 3)
    while not line.endswith(b"\n"):
        line += connection.recv(1 << 16)
    return json.loads(line), standard


def _become(asked: dict[str, Any]) -> None:
    """Take over what a process is started with."""
    for place, descriptor in enumerate(asked["standard"]):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.stdin, sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.BufferedReader(io.FileIO(0, "r", closefd=False)), encoding="utf-8"),
        io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8"),
        io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(2, "w", closefd=False)),
            encoding="utf-8",
            errors="backslashreplace",
            line_buffering=True,
        ),
    )
    if asked["env"].get("PYTHONWARNINGS") != "error":
        warnings.simplefilter("ignore")
    random.seed()
    paths = [path for path in asked["env"].get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:] = [p for p in sys.path if p not in ("", str(ROOT), *paths)]
    sys.path[:0] = paths


def _run(arguments: list[str]) -> None:
    if arguments[0] == "-c":
        sys.path.insert(0, "")
        sys.argv = ["-c", *arguments[2:]]
        main = types.ModuleType("__main__")
        sys.modules["__main__"] = main
        exec(compile(arguments[1], "<string>", "exec"), main.__dict__)
    else:
        sys.path.insert(0, str(Path(arguments[0]).resolve().parent))
        sys.argv = list(arguments)
        runpy.run_path(arguments[0], run_name="__main__")


def _main() -> None:
    _import_all()
    # Or the collector would touch, and so copy, every page of it in each child.
    gc.freeze()
    asked = _serve(sys.argv[1])
    _become(asked)
    _run(asked["arguments"])


if __name__ == "__main__":
    _main()
