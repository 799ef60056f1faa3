"""`python -m migrate.servers`: a pair that outlives the command."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from migrate.servers import detached
from migrate.servers.__main__ import main
from tests.fix_servers import connect_mysql


@pytest.fixture
def folder(open_path: Path) -> Iterator[Path]:
    yield open_path / "pair"
    detached.down(open_path / "pair")


def test_up_prints_addresses_that_work_and_down_leaves_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["up", "--dir", str(folder), "--database", "shop"]) == 0
    lines = capsys.readouterr().out.splitlines()
    urls = dict(line.removeprefix("export ").replace("'", "").split("=", 1) for line in lines)
    connect_mysql(urls["LEGACY_URL"]).close()
    psycopg2.connect(urls["DATABASE_URL"]).close()
    assert main(["status", "--dir", str(folder)]) == 0
    assert main(["env", "--dir", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == lines
    assert main(["down", "--dir", str(folder)]) == 0
    assert not folder.exists()
    assert main(["status", "--dir", str(folder)]) == 1
    assert main(["env", "--dir", str(folder)]) == 1
    assert "hint: run" in capsys.readouterr().err


def test_up_again_finds_the_same_pair(folder: Path) -> None:
    first = detached.up(folder)
    assert detached.up(folder) == first


def test_up_after_one_of_the_two_died_starts_both_anew(folder: Path) -> None:
    first = detached.up(folder)
    os.kill(first.mariadb.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while first.mariadb.is_running() and time.monotonic() < deadline:
        time.sleep(0.02)
    second = detached.up(folder)
    assert second.is_running()
    assert not first.postgres.is_running()


def test_process_that_got_the_number_of_a_dead_server_is_not_stopped(folder: Path) -> None:
    pair = detached.up(folder)
    stranger = detached.Running(**{**vars(pair.mariadb), "pid": os.getpid()})
    assert not stranger.is_running()
    stranger.stop()
