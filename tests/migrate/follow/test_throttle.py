"""A follower holds back for the source's load, out of hours and when asked, and loses nothing."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from pymysql.constants import COMMAND

from migrate.follow.throttle import parse_load, parse_window
from tests.fix_servers import connect_mysql
from tests.migrate.conftest import Shop
from tests.migrate.follow.conftest import Follower, checkpoint, following

STATE = "SELECT state FROM delamp_checkpoint"
NAME = "SELECT name FROM shop_maker WHERE id = 90"
MOST = 20
ZONE = ZoneInfo("America/Chicago")
"""Django's default, which is the project's."""


@contextlib.contextmanager
def busy(shop: Shop, connections: int) -> Iterator[None]:
    """A source on which so many queries are running."""
    links: list[Any] = [connect_mysql(shop.source_url) for _ in range(connections)]
    try:
        for link in links:
            link._execute_command(COMMAND.COM_QUERY, "SELECT SLEEP(600)")
        yield
    finally:
        shop.source(*(f"KILL {link.thread_id()}" for link in links))
        for link in links:
            link._force_close()


def require_still(follower: Follower, seconds: float = 1.0) -> None:
    """What was written is not brought over, and the position stays, while it holds back."""
    shop, until = follower.shop, time.monotonic() + seconds
    before = checkpoint(shop)
    while time.monotonic() < until:
        assert shop.target(NAME) == [], follower.end()
        time.sleep(0.1)
    now = checkpoint(shop)
    assert now["state"] == "paused"
    assert (now["position"], now["events"]) == (before["position"], before["events"])


@pytest.mark.slow
def test_a_loaded_source_is_left_alone_until_it_is_not(loaded: Shop) -> None:
    with following(loaded, "--max-load", f"Threads_running={MOST}") as follower:
        follower.begin()
        with busy(loaded, MOST + 5):
            follower.wait_for(STATE, [("paused",)])
            loaded.source("INSERT INTO makers VALUES (90, 'Later', 5)")
            require_still(follower)
            assert f"(at most {MOST})" in checkpoint(loaded)["detail"]
            # Nobody looks what the source has written since: it is not in step.
            assert checkpoint(loaded)["lag_seconds"] > 0.5
            assert " behind" in (said := loaded.delamp("status")) and ", at most " in said
        follower.wait_for(NAME, [("Later",)])
        code, said = follower.end()
    assert code == 0
    assert said.count("holding back: load of the source: Threads_running is ") == 1
    assert said.count("going on") == 1
    assert loaded.findings() == []


@pytest.mark.parametrize("variable", ["Threads_runing", "Rpl_status", "Threads%running"])
def test_a_load_that_no_server_knows_is_refused(loaded: Shop, variable: str) -> None:
    said = loaded.delamp("follow", "--max-load", f"{variable}=5", code=2 if "%" in variable else 3)
    assert "--max-load" in said and variable in said


@pytest.mark.slow
def test_a_pause_lets_the_batch_end_and_no_other_begin(loaded: Shop) -> None:
    with (
        following(loaded) as follower,
        contextlib.closing(psycopg2.connect(loaded.target_url)) as blocking,
    ):
        follower.begin()
        blocking.cursor().execute("SELECT 1 FROM shop_comment WHERE id = 1 FOR UPDATE")
        loaded.source("UPDATE comments SET text = 'first' WHERE id = 1")
        follower.wait_for("SELECT count(*) FROM pg_locks WHERE NOT granted", [(1,)])
        loaded.source("INSERT INTO makers VALUES (90, 'Second', 5)")
        loaded.delamp("follow", "--pause")
        blocking.rollback()
        follower.wait_for(STATE, [("paused",)])
        assert loaded.target("SELECT text FROM shop_comment WHERE id = 1") == [("first",)]
        assert checkpoint(loaded)["events"] == 1
        require_still(follower)
        # Killed, and started again: it is paused still.
        follower.process.kill()
        follower.process.communicate()
        with following(loaded) as next_one:
            next_one.wait_for(
                "SELECT count(*) FROM delamp_checkpoint WHERE state = 'paused' AND seen_at > %s"
                .replace("%s", f"'{next_one.started.isoformat()}'"),
                [(1,)],
            )  # fmt: skip
            require_still(next_one)
            loaded.delamp("follow", "--go-on")
            next_one.wait_for(NAME, [("Second",)])
            assert next_one.end()[0] == 0
    assert loaded.findings() == []


@pytest.mark.slow
def test_out_of_hours_it_stands_still_and_begins_by_itself(loaded: Shop) -> None:
    now = dt.datetime.now(ZONE)
    # The next full minute but one, when only seconds are left of this.
    begin = now.replace(second=0, microsecond=0)
    begin += dt.timedelta(minutes=1 if now.second < 40 else 2)
    window = f"{begin:%H:%M}-{begin + dt.timedelta(hours=2):%H:%M}"
    with following(loaded, "--window", window) as follower:
        told = f"{STATE} WHERE detail LIKE 'out of hours: it is __:__ C_T'"
        follower.wait_for(told, [("paused",)])
        loaded.source("INSERT INTO makers VALUES (90, 'At night', 5)")
        require_still(follower)
        assert dt.datetime.now(ZONE) < begin
        follower.wait_for(NAME, [("At night",)], 150)
        assert dt.datetime.now(ZONE) >= begin
        code, said = follower.end()
    assert code == 0
    assert "holding back: out of hours" in said and "going on" in said


@pytest.mark.parametrize(
    ("window", "time_of_day", "holds"),
    [
        ("09:00-17:00", "08:59", False),
        ("09:00-17:00", "09:00", True),
        ("09:00-17:00", "16:59", True),
        ("09:00-17:00", "17:00", False),
        ("22:00-06:00", "21:59", False),
        ("22:00-06:00", "22:00", True),
        ("22:00-06:00", "00:00", True),
        ("22:00-06:00", "05:59", True),
        ("22:00-06:00", "06:00", False),
        ("0:00-0:01", "00:00", True),
    ],
)
def test_a_window_holds_its_beginning_and_not_its_end(
    window: str, time_of_day: str, holds: bool
) -> None:
    assert parse_window(window).holds(dt.time.fromisoformat(time_of_day)) is holds


@pytest.mark.parametrize("text", ["22:00", "22:00-24:00", "9-17", "09:00-09:00", "a-b", ""])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as 22:00-06:00"):
        parse_window(text)


@pytest.mark.parametrize("text", ["Threads_running", "Threads_running=", "=5", "a b=5", "a=-1"])
def test_what_is_no_load_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Threads_running=25"):
        parse_load(text)
