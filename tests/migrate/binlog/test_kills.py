"""A server that is killed while it writes: nothing that it has kept is lost to the stream."""

from __future__ import annotations

import contextlib
import itertools
import random
import socket
import threading
import time
from collections.abc import Callable

import pymysql
import pytest

from migrate.binlog import BinlogPosition, BinlogStream
from tests.fix_servers import connect_mysql
from tests.migrate.binlog.fix_own import Own, own

__all__ = ["own"]

# The driver leaves sockets behind when a server goes while it is greeted.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

KILLS = 6
WRITERS = 3


class Told:
    """What streams told of a table, each change as often as it was told."""

    def __init__(self, position: BinlogPosition) -> None:
        self.position = position
        self.keys: set[tuple[int | str, ...]] = set()
        self.twice: set[tuple[int | str, ...]] = set()
        self.crashes = 0

    def read(self, stream: BinlogStream, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            changes = stream.next(timeout_seconds=0.2, max_keys=200)
            if changes is None:
                continue
            self.position = changes.position
            if "m" in changes.tables:
                self.crashes += 1
            if "t" in changes.tables:
                assert not changes.tables["t"].suspect
                found = changes.tables["t"].keys
                self.twice |= self.keys & found
                self.keys |= found


def write(shop: Own, numbers: itertools.count[int], stop: threading.Event, seed: int) -> None:
    """Transactions of one to thirty rows, of keys that nobody had before."""
    dice = random.Random(seed)
    while not stop.is_set():
        with (
            contextlib.suppress(pymysql.err.MySQLError, OSError),
            # PyMySQL would leave its own open when the server goes while it is greeted.
            socket.socket(socket.AF_UNIX) as line,
        ):
            line.connect(str(shop.server.socket))
            link = connect_mysql(shop.address, autocommit=False, defer_connect=True)
            link.connect(line)
            cursor = link.cursor()
            while not stop.is_set():
                for _ in range(dice.randint(1, 30)):
                    cursor.execute(
                        f"INSERT INTO t VALUES ({next(numbers)},"
                        f" REPEAT('x', {dice.randint(1, 4000)}))"
                    )
                link.commit()
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize("again", [False, True], ids=["open", "again"])
@pytest.mark.parametrize(
    "kind", ["mariadb", pytest.param("mysql56_gtid", marks=pytest.mark.mysql56)]
)
def test_killed_under_load_a_server_loses_no_row_to_the_stream(
    own: Callable[..., Own], kind: str, again: bool
) -> None:
    shop = own(kind, "--max-binlog-size=256K")
    shop.run(
        "CREATE TABLE t (id INT PRIMARY KEY, v TEXT) ENGINE=InnoDB",
        "CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM",
    )
    numbers, stop, told = itertools.count(1), threading.Event(), Told(shop.now())
    writers = [
        threading.Thread(target=write, args=(shop, numbers, stop, seed)) for seed in range(WRITERS)
    ]
    stream = shop.follow("t", "m")
    for writer in writers:
        writer.start()
    dice = random.Random(7)
    try:
        for _ in range(KILLS):
            told.read(stream, dice.uniform(0.2, 0.9))
            shop.kill()
            if again:
                stream.close()
                stream = shop.follow("t", "m", start=told.position)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    end = shop.now()
    until = time.monotonic() + 60
    while told.position.file != end.file or told.position.position < end.position:
        assert time.monotonic() < until, f"{told.position} {end} {stream.trouble}"
        told.read(stream, 0.3)
    kept = {(number,) for (number,) in shop.run("SELECT id FROM t")}
    assert len(kept) > 500
    assert kept - told.keys == set()
    assert told.twice == set()
    # A transaction that was rolled back may have been told of; no more than one per writer.
    assert len(told.keys - kept) <= KILLS * WRITERS * 30
    assert told.crashes >= 1
