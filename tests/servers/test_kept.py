"""A kept server: its data outlive its process, and whoever needs it starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.errors import SourceError
from migrate.servers import ServerError, watchdog
from migrate.servers.__main__ import main
from migrate.servers.kept import kept_socket, remove_kept, start_kept, stop_kept
from migrate.servers.mysql_wire import MySQLWire
from migrate.source import Source
from migrate.urls import SourceUrl, parse_source_url

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "legacy"
    remove_kept(tmp_path / "legacy")


def execute(socket: Path, *statements: str) -> None:
    wire = MySQLWire(socket)
    try:
        for statement in statements:
            wire.execute(statement)
    finally:
        wire.close()


def pid(folder: Path) -> int:
    return int(json.loads((folder / "server.json").read_text())["pid"])


def test_second_start_finds_the_first_server_running(folder: Path) -> None:
    assert start_kept(folder) == start_kept(folder) == kept_socket(folder)


@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_data_are_there_again_when_the_server_is_needed_again(folder: Path, end: str) -> None:
    execute(start_kept(folder), "CREATE DATABASE shop", "CREATE TABLE shop.t AS SELECT 42 AS n")
    first = pid(folder)
    if end == "stopped":
        assert stop_kept(folder)
    else:
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while watchdog.is_running(first) and time.monotonic() < deadline:
            time.sleep(0.02)
    source = Source(SourceUrl(database="shop", user="root", private_server=str(folder)))
    assert source.value("SELECT n FROM t") == "42"
    source.close()
    assert pid(folder) != first


def test_server_outlives_the_process_that_started_it(folder: Path) -> None:
    script = "import sys; from pathlib import Path; from migrate.servers.kept import start_kept;"
    script += "print(start_kept(Path(sys.argv[1])))"
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    execute(Path(done.stdout.strip()), "CREATE DATABASE shop")


def test_project_may_be_moved_while_its_server_runs(folder: Path, tmp_path: Path) -> None:
    execute(start_kept(folder), "CREATE DATABASE shop", "CREATE TABLE shop.t AS SELECT 42 AS n")
    moved = folder.rename(tmp_path / "moved")
    try:
        execute(kept_socket(moved), "INSERT INTO shop.t VALUES (43)")
        assert stop_kept(moved)
        execute(kept_socket(moved), "INSERT INTO shop.t VALUES (44)")
    finally:
        remove_kept(moved)


def test_stopping_is_said_and_keeps_the_data(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start_kept(folder)
    assert [main(["stop", "--dir", str(folder)]) for _ in range(2)] == [0, 0]
    assert capsys.readouterr().out == "stopped\nnothing to stop\n"
    assert (folder / "server.json").exists()
    assert main(["stop"]) == 1
    assert "no folder, got no --dir" in capsys.readouterr().err


def test_removing_leaves_nothing(folder: Path) -> None:
    start_kept(folder)
    running = pid(folder)
    remove_kept(folder)
    assert not watchdog.is_running(running)
    assert not folder.exists()


def test_folder_without_a_server_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"not found, got no server\.json"):
        kept_socket(tmp_path)
    with pytest.raises(SourceError, match=r"not found, got no server\.json") as caught:
        Source(SourceUrl(database="shop", private_server=str(tmp_path)))
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("draft again from the dump")


def test_url_names_the_folder_and_shows_it() -> None:
    url = parse_source_url("mysql://root@localhost/shop?private_server=/srv/my%20shop/legacy")
    assert url.private_server == "/srv/my shop/legacy"
    assert url.redacted == "mysql://root@/shop?private_server=/srv/my%20shop/legacy"


def test_statement_longer_than_a_packet_and_its_warnings(folder: Path) -> None:
    wire = MySQLWire(start_kept(folder))
    try:
        wire.execute("CREATE DATABASE shop")
        wire.execute("CREATE TABLE shop.t (a longtext, b varchar(2))")
        # At 16 MiB - 1 a packet is full, and an empty one must follow.
        overhead = len("INSERT INTO shop.t VALUES ('', 'abc')") + 1
        for size in (2**24 - 1 - overhead, 2**24 - overhead, 2**25):
            assert wire.execute(f"INSERT INTO shop.t VALUES ('{'x' * size}', 'abc')") == 1
    finally:
        wire.close()
