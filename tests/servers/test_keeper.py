"""A kept server that nobody needs any more ends by itself."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from migrate.servers import watchdog
from migrate.servers.keeper import clients, keep_watch
from migrate.servers.kept import kept_socket, remove_kept, running_in, start_kept, stop_kept
from migrate.servers.mysql_wire import MySQLWire


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "legacy"
    remove_kept(tmp_path / "legacy")


def test_server_without_clients_ends_and_comes_back_with_its_data(folder: Path) -> None:
    wire = MySQLWire(start_kept(folder))
    wire.execute("CREATE DATABASE shop")
    wire.close()
    running = running_in(folder)
    assert running is not None
    assert keep_watch(folder, running, idle_seconds=0, look_seconds=0.05) == "idle"
    assert not running.is_running()
    wire = MySQLWire(kept_socket(folder))
    wire.execute("USE shop")
    wire.close()


def test_server_with_a_client_is_not_ended(folder: Path) -> None:
    socket = start_kept(folder)
    # The one who asked whether it had started is gone; the server may yet have to notice.
    deadline = time.monotonic() + 10
    while clients(socket) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert clients(socket) == 0
    wire = MySQLWire(socket)
    assert clients(socket) == 1
    running = running_in(folder)
    assert running is not None
    with ThreadPoolExecutor(1) as executor:
        watch = executor.submit(keep_watch, folder, running, idle_seconds=0, look_seconds=0.02)
        time.sleep(0.3)
        assert running.is_running()
        wire.close()
        assert watch.result(timeout=60) == "idle"


def test_server_whose_folder_was_deleted_is_ended_by_its_own_keeper(folder: Path) -> None:
    start_kept(folder)
    running = running_in(folder)
    assert running is not None
    shutil.rmtree(folder)
    deadline = time.monotonic() + 60
    while watchdog.is_running(running.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not watchdog.is_running(running.pid)


def test_server_that_somebody_stopped_needs_no_watch(folder: Path) -> None:
    start_kept(folder)
    running = running_in(folder)
    assert running is not None
    stop_kept(folder)
    assert keep_watch(folder, running) == "stopped"
