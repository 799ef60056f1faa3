"""Start, stop, kill, restart, and the end of a server whatever ends its owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pymysql
import pytest

from migrate.servers import MariaDB, MySQL56, Postgres, PrivateServers, ServerError
from migrate.servers.server import Server
from migrate.servers.watchdog import is_running

ROOT = Path(__file__).resolve().parents[2]
KINDS = [MariaDB, Postgres, pytest.param(MySQL56, marks=pytest.mark.mysql56)]

# Starts a server as a user's program would, says where, and comes to its end.
OWNER = """
import time
from migrate.servers import MariaDB, Postgres
server = {kind}(relaxed=True)
server.start()
print(server.process.pid, server.directory, server.socket_directory, flush=True)
{end}
"""


@pytest.mark.parametrize("kind", KINDS)
def test_server_answers_until_it_is_closed_and_leaves_nothing(kind: type[Server]) -> None:
    with kind(relaxed=True) as server:
        assert server.process
        pid = server.process.pid
        assert server.ping() == server.version
        assert server.socket.is_socket()
    assert not is_running(pid)
    assert not server.directory.exists()
    assert not server.socket_directory.exists()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_committed_rows_survive(kind: type[MariaDB] | type[Postgres], end: str) -> None:
    with kind(relaxed=True) as server:
        server.create_database("kept")
        getattr(server, end)()
        assert not server.is_running()
        server.start()
        with pytest.raises(ServerError, match="exists"):
            server.create_database("kept")


def test_server_that_crashed_by_itself_starts_again() -> None:
    with MariaDB(relaxed=True) as server:
        server.create_database("kept")
        assert server.process
        os.kill(server.process.pid, signal.SIGKILL)
        wait_until(lambda: not server.is_running())
        assert server.start().ping()


@pytest.mark.parametrize("kind", [MariaDB, Postgres])
def test_kept_folder_is_taken_up_by_the_next_server(
    kind: type[MariaDB] | type[Postgres], open_path: Path
) -> None:
    with kind(open_path / "s", keep=True, relaxed=True) as server:
        server.create_database("kept")
    with kind(open_path / "s", relaxed=True) as server, pytest.raises(ServerError, match="exists"):
        server.create_database("kept")
    assert not (open_path / "s").exists()


def test_folder_with_other_files_is_refused_and_left_alone(open_path: Path) -> None:
    (open_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ServerError, match="holds files"):
        Postgres(open_path)
    assert (open_path / "thesis.txt").read_text() == "years of work"


def test_two_pairs_at_once_do_not_see_each_other() -> None:
    with PrivateServers(relaxed=True) as one, PrivateServers(relaxed=True) as other:
        for server in (one.mariadb, one.postgres, other.mariadb, other.postgres):
            server.create_database("same")
        one.close()
        assert other.mariadb.ping()
        assert other.postgres.ping()


@pytest.mark.slow
def test_many_processes_may_start_servers_at_the_same_moment(tmp_path: Path) -> None:
    script = (
        "from migrate.servers import PrivateServers\n"
        "with PrivateServers(relaxed=True) as s: print(s.mariadb.ping(), s.postgres.ping())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, cwd=tmp_path
        )
        for _ in range(5)
    ]
    outputs = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0] * 5
    assert len(set(outputs)) == 1


@pytest.mark.parametrize("kind", ["MariaDB", "Postgres"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_server_ends_with_its_owner(kind: str, number: signal.Signals) -> None:
    with owner(kind, "time.sleep(60)") as (process, pid, folders):
        process.send_signal(number)
        process.wait(20)
        assert_gone(pid, folders)


@pytest.mark.parametrize("end", ["", "1 / 0", "raise SystemExit(3)", "import os; os._exit(1)"])
def test_server_ends_when_its_owner_returns_or_raises(end: str) -> None:
    with owner("Postgres", end) as (process, pid, folders):
        process.wait(20)
        assert_gone(pid, folders)


def test_server_outlives_the_thread_that_started_it() -> None:
    server = Postgres(relaxed=True)
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    try:
        time.sleep(0.5)
        assert server.ping()
    finally:
        server.close()


def test_forked_child_that_exits_leaves_the_server_running() -> None:
    fork = "import os, sys\nif os.fork() == 0: sys.exit(0)\nos.wait()\n"
    end = f"{fork}print(server.ping(), flush=True)"
    with owner("Postgres", end) as (process, _, _):
        assert process.stdout
        assert process.stdout.readline().strip()


def test_folder_of_a_crashed_owner_is_removed_by_the_next_server() -> None:
    with Postgres(relaxed=True) as server:
        abandoned = server.directory.parent / "postgres-abandoned"
        abandoned.mkdir()
        (abandoned / "owner").touch()
        with MariaDB(relaxed=True):
            assert not abandoned.exists()
        assert server.ping()


def test_server_that_does_not_start_says_why() -> None:
    server = MariaDB(options=["--no-such-option"])
    with pytest.raises(ServerError, match=r"mariadb: did not start.*no-such-option"):
        server.start()
    server.close()
    assert not server.directory.exists()


def test_tcp_needs_the_password() -> None:
    with PrivateServers(relaxed=True, tcp=True) as servers:
        psycopg2.connect(servers.postgres.tcp_url("postgres")).close()
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(host="127.0.0.1", port=servers.postgres.port, user="delamp")
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            pymysql.connect(host="127.0.0.1", port=servers.mariadb.port or 0, user="delamp")


@contextmanager
def owner(kind: str, end: str) -> Iterator[tuple[subprocess.Popen[str], int, list[Path]]]:
    """A process of its own that starts a server: its process, the server's, and its folders."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(kind=kind, end=end)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        pid, *folders = process.stdout.readline().split()
        yield process, int(pid), [Path(folder) for folder in folders]
    finally:
        process.kill()
        process.communicate()


def assert_gone(pid: int, folders: list[Path]) -> None:
    """The server's process and folders go away within seconds."""
    wait_until(lambda: not is_running(pid) and not any(folder.exists() for folder in folders))


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, "still not so after 15 s"
        time.sleep(0.05)
