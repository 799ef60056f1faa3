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


def test_up_on_a_running_pair_creates_the_named_database_and_keeps_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = detached.up(folder)
    with psycopg2.connect(first.postgres.url) as connection:
        connection.cursor().execute("CREATE TABLE kept ()")
    connection.close()
    for _ in range(2):
        second = detached.up(folder, database="chin ook/2")
        assert second.mariadb.pid == first.mariadb.pid
        assert second.mariadb.url == first.mariadb.url.replace("/demo?", "/chin%20ook%2F2?")
        connect_mysql(second.mariadb.url).close()
        connection = psycopg2.connect(second.postgres.url)
        cursor = connection.cursor()
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == ("chin ook/2",)
        connection.close()
    assert main(["env", "--dir", str(folder)]) == 0
    assert second.mariadb.url in capsys.readouterr().out
    assert detached.up(folder) == second
    psycopg2.connect(detached.up(folder, database="demo").postgres.url).cursor().execute(
        "SELECT FROM kept"
    )


def test_empty_target_leaves_no_table_and_throws_sessions_out(folder: Path) -> None:
    pair = detached.up(folder, database="shop")
    session = psycopg2.connect(pair.postgres.url)
    session.cursor().execute("CREATE TABLE users ()")
    session.commit()
    detached.empty_target(pair)
    fresh = psycopg2.connect(pair.postgres.url)
    cursor = fresh.cursor()
    cursor.execute("SELECT to_regclass('users')")
    assert cursor.fetchone() == (None,)
    fresh.close()
    with pytest.raises(psycopg2.Error):
        session.cursor().execute("SELECT 1")


def test_database_is_an_option_of_up_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "--dir", str(folder), "--database", "shop"]) == 1
    assert "--database: only `up` takes it" in capsys.readouterr().err
