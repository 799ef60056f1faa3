"""Snapshots under a storm of commits: readers agree, and the binlog position belongs to them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from migrate.snapshot import Snapshot, open_snapshot
from migrate.source import Source
from migrate.urls import parse_source_url
from tests.fix_servers import connect_mysql

TRIES = 40


@contextmanager
def storm(url: str) -> Iterator[None]:
    """Four writers, each row a transaction of its own, numbered in order of commit by id."""
    stop = threading.Event()

    def write() -> None:
        with connect_mysql(url) as connection, connection.cursor() as cursor:
            while not stop.is_set():
                cursor.execute("INSERT INTO t VALUES ()")
                time.sleep(0.002)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def connector(url: str) -> Callable[[], Source]:
    return lambda: Source(parse_source_url(url))


def commits_after(url: str, snapshot: Snapshot) -> int:
    """Transactions that the binlog holds from the snapshot's position on."""
    assert snapshot.binlog is not None
    with connect_mysql(url) as connection, connection.cursor() as cursor:
        position = snapshot.binlog
        cursor.execute(f"SHOW BINLOG EVENTS IN '{position.file}' FROM {position.position}")
        return sum(row[2] == "Xid" for row in cursor.fetchall())


def check_exact(url: str, readers: int, mode: str) -> None:
    """No transaction lies between position and snapshot, and all readers see the same rows."""
    seen: list[tuple[Snapshot, int]] = []
    with connect_mysql(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT) ENGINE=InnoDB")
    with storm(url):
        for _ in range(TRIES):
            snapshot = open_snapshot(connector(url), readers)
            counts = {s.value("SELECT COUNT(*) FROM t") for s in snapshot.sources}
            snapshot.close()
            assert snapshot.mode == mode
            assert len(counts) == 1
            seen.append((snapshot, int(counts.pop() or 0)))
    with connect_mysql(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM t")
        row = cursor.fetchone()
    assert row is not None
    assert seen[-1][1] > seen[0][1]
    assert [total for _, total in seen] == [
        row[0] - commits_after(url, snapshot) for snapshot, _ in seen
    ]


@pytest.mark.slow
def test_readers_on_mariadb_share_a_snapshot_without_any_right(source_db: str) -> None:
    check_exact(source_db, readers=2, mode="binlog-status")


@pytest.mark.slow
@pytest.mark.mysql56
def test_readers_on_mysql_share_a_snapshot_under_a_read_lock(source_db56: str) -> None:
    check_exact(source_db56, readers=2, mode="read-lock")


@pytest.mark.slow
@pytest.mark.mysql56
def test_without_the_right_to_lock_one_reader_reads_and_no_commit_falls_between(
    source_db56: str,
) -> None:
    database = parse_source_url(source_db56).database
    with connect_mysql(source_db56) as connection, connection.cursor() as cursor:
        cursor.execute(f"GRANT SELECT ON `{database}`.* TO 'weak'@'localhost'")
        cursor.execute("GRANT PROCESS, REPLICATION CLIENT ON *.* TO 'weak'@'localhost'")
    weak = source_db56.replace("root@", "weak@", 1)
    with connect_mysql(source_db56) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT) ENGINE=InnoDB")
    seen = []
    # Somebody's idle session with an old snapshot: it must not be waited for.
    idle = connect_mysql(source_db56)
    with idle.cursor() as cursor:
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
    with idle, storm(source_db56):
        # Each try waits for transactions that are under way.
        for _ in range(TRIES // 2):
            snapshot = open_snapshot(connector(weak), 2)
            assert snapshot.mode == "single-reader"
            assert len(snapshot.sources) == 1
            seen.append((snapshot, int(snapshot.sources[0].value("SELECT COUNT(*) FROM t") or 0)))
            snapshot.close()
    with connect_mysql(source_db56) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM t")
        row = cursor.fetchone()
    assert row is not None
    for snapshot, held in seen:
        # The position may lie before the snapshot, and then events come twice; never behind it.
        assert commits_after(source_db56, snapshot) >= row[0] - held


def test_a_source_that_cannot_be_reached_says_where_and_what_to_do(source_db: str) -> None:
    url = source_db.replace("root@", "nobody:secret@", 1)
    with pytest.raises(Exception, match="cannot connect") as caught:
        open_snapshot(connector(url), 2)
    assert "secret" not in str(caught.value)
    assert "hint: check host, port or socket" in str(caught.value)
