"""What becomes of a server while it is followed: files, crashes, purges, failover, options."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from migrate import source as source_module
from migrate.binlog import (
    BinlogError,
    BinlogFormatUnusable,
    BinlogOff,
    BinlogPurged,
    BinlogStream,
    Changes,
    SchemaChanged,
    connection,
    filter_note,
    require_binlog,
)
from migrate.errors import SourceError
from migrate.source import Source
from tests.migrate.binlog.fix_own import Own, Silencer, own, purge, replicate, wait_for
from tests.migrate.binlog.following import Legacy
from tests.migrate.binlog.test_following import raised

__all__ = ["own"]

T = "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(300)) ENGINE=InnoDB"
M = "CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM"
KINDS = [
    "mariadb",
    pytest.param("mysql56", marks=pytest.mark.mysql56),
    pytest.param("mysql56_gtid", marks=pytest.mark.mysql56),
]

BECOMES: dict[str, Callable[[Own], object]] = {
    "another_file": lambda own: own.run("FLUSH LOGS"),
    "small_files": lambda own: own.run("SET GLOBAL max_binlog_size = 4096"),
    "without_checksums": lambda own: own.run("SET GLOBAL binlog_checksum = NONE"),
    "with_checksums": lambda own: own.run("SET GLOBAL binlog_checksum = CRC32"),
    "restarted": lambda own: own.server.restart(),
    "killed": lambda own: own.kill(),
    "killed_again": lambda own: own.kill(),
    "nothing": lambda own: None,
}


@pytest.mark.slow
@pytest.mark.parametrize("again", [False, True], ids=["open", "again"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_change_is_told_once_whatever_becomes_of_the_server(
    own: Callable[..., Own], kind: str, again: bool
) -> None:
    shop = own(kind)
    shop.run(T)
    stream, number = shop.follow("t"), 0

    def write(count: int) -> set[tuple[int]]:
        nonlocal number
        values = range(number, number := number + count)
        shop.run(*(f"INSERT INTO t VALUES ({n}, REPEAT('x', 200))" for n in values))
        return {(n,) for n in values}

    for what, happens in BECOMES.items():
        expected = write(15)
        if again:
            at = shop.drain(stream).position
            stream.close()
            expected = write(5)
        happens(shop)
        if again:
            stream = shop.follow("t", start=at)
        expected |= write(25)
        told = shop.drain(stream)
        assert told.tables["t"].keys == expected, what
        assert (told.events, told.tables["t"].suspect) == (len(expected), False), what
        assert told.transactions == len(expected), what


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_tables_that_roll_nothing_back_are_suspect_after_a_crash_alone(
    own: Callable[..., Own], kind: str
) -> None:
    shop = own(kind)
    shop.run(T, M)
    stream = shop.follow()
    shop.run("INSERT INTO t VALUES (1, '')")
    position = shop.drain(stream).position
    stream.close()
    shop.server.restart()
    stream = shop.follow(start=position)
    assert not shop.drain(stream).tables
    shop.kill()
    told = shop.drain(stream)
    assert set(told.tables) == {"m"} and told.tables["m"].suspect
    # Who was away hears of it, and once only.
    late = shop.drain(shop.follow(start=position))
    assert set(late.tables) == {"m"}
    assert shop.follow(start=late.position).next(timeout_seconds=1.2) is None


def test_whatever_a_server_may_have_lost_is_suspect_after_a_crash(own: Callable[..., Own]) -> None:
    shop = own("mariadb", "--innodb-flush-log-at-trx-commit=0")
    shop.run(T)
    stream = shop.follow()
    shop.run("INSERT INTO t VALUES (1, '')")
    shop.drain(stream)
    shop.kill()
    assert shop.drain(stream).tables["t"].suspect


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_ends_within_a_transaction_is_passed(
    own: Callable[..., Own], kind: str
) -> None:
    shop = own(kind)
    shop.run(T)
    start = shop.now()
    shop.run("INSERT INTO t VALUES (1, '')", "INSERT INTO t VALUES (2, '')")
    last = shop.now()
    shop.server.kill()
    file = Path(shop.server.data) / last.file
    # Without its commit, and with half of what stands before that.
    os.truncate(file, last.position - 40)
    shop.server.start()
    # Nothing is written: the end is reached all the same.
    stream = shop.follow(start=start)
    first = shop.drain(stream)
    assert (1,) in first.tables["t"].keys
    assert shop.follow(start=first.position).next(timeout_seconds=1.2) is None
    shop.run("REPLACE INTO t VALUES (3, '')")
    told = shop.drain(stream)
    assert (told.tables["t"].keys, told.transactions) == ({(3,)}, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_purged_files_are_told_with_what_to_do(own: Callable[..., Own], kind: str) -> None:
    shop = own(kind)
    shop.run(T)
    start = shop.now()
    shop.run("INSERT INTO t VALUES (1, '')", "FLUSH LOGS")
    purge(shop)
    got, error = raised(shop.follow(start=start), BinlogPurged)
    assert not got
    assert f"{start.file}:{start.position}" in str(error)
    assert "resync --strategy checksum" in (error.hint or "")


def test_a_binlog_that_was_begun_anew_is_told(own: Callable[..., Own]) -> None:
    shop = own()
    shop.run(T, *(f"INSERT INTO t VALUES ({n}, '')" for n in range(9)))
    start = shop.now()
    shop.run("RESET MASTER", "INSERT INTO t VALUES (100, '')")
    raised(shop.follow(start=start), BinlogError)
    # Also where the new file has the place.
    shop.run(*(f"INSERT INTO t VALUES ({n}, REPEAT('x', 99))" for n in range(200, 230)))
    assert shop.now().position > start.position
    raised(shop.follow(start=start), BinlogError)


@pytest.fixture
def pair(own: Callable[..., Own], request: pytest.FixtureRequest) -> tuple[Own, Own]:
    """A primary and its replica, whose files are other ones, with a table `t` on both."""
    kind = getattr(request, "param", "mariadb")
    primary = own(kind, tcp=True)
    replica = own(kind, "--server-id=2", "--log-bin=other", "--log-slave-updates", create="")
    replicate(primary, replica)
    primary.run(T, "INSERT INTO t VALUES (1, '')")
    wait_for(replica, "SELECT id FROM t", [(1,)])
    # Its places are others, too.
    with_own = replica.server.execute
    for _ in range(2):
        with_own("FLUSH LOGS")
    return primary, replica


def promote(replica: Own) -> None:
    replica.run("STOP SLAVE", "RESET SLAVE ALL")


BOTH = ["mariadb", pytest.param("mysql56_gtid", marks=pytest.mark.mysql56)]


@pytest.mark.slow
@pytest.mark.parametrize("pair", BOTH, indirect=True)
def test_a_stream_goes_on_at_a_replica_by_gtid(pair: tuple[Own, Own]) -> None:
    primary, replica = pair
    network = Silencer(primary.server.socket)
    shop = Legacy(f"mysql://root@127.0.0.1:{network.port}/shop")
    try:
        stream = shop.follow("t")
        shop.run("INSERT INTO t VALUES (2, ''), (3, '')")
        before = shop.drain(stream)
        assert before.tables["t"].keys == {(2,), (3,)}
        primary.run("INSERT INTO t VALUES (4, '')")
        shop.drain(stream)
        network.server = Path("/nowhere")
        network.cut()
        primary.run("INSERT INTO t VALUES (5, '')", "DELETE FROM t WHERE id = 2")
        wait_for(replica, "SELECT MAX(id), COUNT(*) FROM t", [(5, 4)])
        primary.server.kill()
        promote(replica)
        replica.run("INSERT INTO t VALUES (6, '')")
        network.server = replica.server.socket
        told = shop.drain(stream)
        assert told.tables["t"].keys == {(5,), (2,), (6,)}
        assert told.events == 3
        assert told.position.server != before.position.server
        # From there on, by the replica's own files; and from the primary's last place, by GTID.
        replica.run("INSERT INTO t VALUES (7, '')")
        assert replica.drain(replica.follow("t", start=told.position)).events == 1
        late = replica.drain(replica.follow("t", start=before.position))
        assert late.tables["t"].keys == {(4,), (5,), (2,), (6,), (7,)}
        assert late.events == 5
    finally:
        shop.close()
        network.close()


@pytest.mark.slow
@pytest.mark.parametrize("pair", BOTH, indirect=True)
def test_a_replica_that_lacks_what_was_read_is_refused(pair: tuple[Own, Own]) -> None:
    primary, replica = pair
    replica.run("STOP SLAVE")
    stream = primary.follow("t")
    primary.run("INSERT INTO t VALUES (2, '')", "INSERT INTO t VALUES (3, '')")
    read = primary.drain(stream).position
    promote(replica)
    got, error = raised(replica.follow("t", start=read), BinlogError)
    assert not got and error.hint
    # Also once it has as many of its own.
    for number in (7, 8, 9):
        replica.run(f"INSERT INTO t VALUES ({number}, '')")
    got, error = raised(replica.follow("t", start=read), BinlogError)
    assert not got and error.hint


@pytest.mark.slow
def test_a_replica_that_was_purged_is_refused(pair: tuple[Own, Own]) -> None:
    primary, replica = pair
    start = primary.now()
    primary.run("INSERT INTO t VALUES (2, '')")
    wait_for(replica, "SELECT MAX(id) FROM t", [(2,)])
    promote(replica)
    replica.run("FLUSH LOGS")
    purge(replica)
    raised(replica.follow("t", start=start), BinlogPurged)


@pytest.mark.parametrize("kind", ["mariadb", pytest.param("mysql56", marks=pytest.mark.mysql56)])
def test_another_server_without_gtids_is_refused(own: Callable[..., Own], kind: str) -> None:
    one = own(kind)
    one.run(T)
    start = replace(one.now(), gtid="", server="another")
    _, error = raised(one.follow("t", start=start), BinlogError)
    assert error.code == "binlog_other_server" and "checksum" in (error.hint or "")


@pytest.mark.slow
def test_memory_stays_bounded_over_a_transaction_of_300_000_row_events(
    own: Callable[..., Own],
) -> None:
    rows = 300_000
    # Rows of more than that have an event of their own.
    shop = own("mariadb", "--binlog-row-event-max-size=256")
    shop.run("CREATE TABLE t (id INT PRIMARY KEY, v CHAR(250) CHARACTER SET latin1)")
    stream = shop.follow("t")
    shop.run(f"INSERT INTO t SELECT seq, REPEAT('x', 250) FROM seq_1_to_{rows}")
    megabytes = shop.now().position / 1e6
    assert megabytes > 250 * rows / 1e6
    tracemalloc.start()
    try:
        told = drained(stream, shop)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
    assert (told.transactions, told.tables["t"].truncated, told.tables["t"].events) == (
        1, True, rows,
    )  # fmt: skip
    assert peak < 40, f"{peak:.0f} MB for {megabytes:.0f} MB of events"


def drained(stream: BinlogStream, shop: Legacy) -> Changes:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        changes = stream.next(timeout_seconds=5)
        if changes is not None and changes.tables:
            return changes
    raise AssertionError(f"nothing came: {stream.trouble}")


def test_names_are_found_where_the_server_folds_their_case(own: Callable[..., Own]) -> None:
    shop = own("mariadb", "--lower-case-table-names=1", create="")
    shop.server.create_database("Shop")
    shop.address = shop.server.url("Shop")
    shop.run(T.replace(" t ", " Icons "), "CREATE DATABASE Other")
    shop.run("CREATE TABLE Other.Icons LIKE Icons")
    stream = shop.follow()
    shop.run("INSERT INTO ICONS VALUES (1, '')", "INSERT INTO Other.Icons VALUES (2, '')")
    told = shop.drain(stream)
    assert {name: table.keys for name, table in told.tables.items()} == {"icons": {(1,)}}
    shop.run("USE Other", "TRUNCATE TABLE SHOP.Icons", "TRUNCATE Icons")
    assert shop.drain(stream).tables["icons"].truncated
    shop.run("ALTER TABLE iCons MODIFY v INT FIRST")
    _, error = raised(stream, SchemaChanged)
    assert error.tables == ("icons",)


FILTERS = {
    "other_only": (("--binlog-do-db=other",), True, True),
    "ours_too": (("--binlog-do-db=other", "--binlog-do-db=shop"), False, True),
    "without_ours": (("--binlog-ignore-db=shop",), True, True),
    "without_other": (("--binlog-ignore-db=other",), False, True),
    "none": ((), False, False),
}


@pytest.mark.parametrize("name", FILTERS)
def test_what_is_kept_out_of_the_binlog_is_told(own: Callable[..., Own], name: str) -> None:
    options, off, note = FILTERS[name]
    shop = own("mariadb", *options)
    source = Source(shop.url)
    try:
        if off:
            with pytest.raises(BinlogOff, match="kept out of the binlog"):
                require_binlog(source)
        else:
            require_binlog(source)
        assert ("TRUNCATE or ALTER TABLE is not told of" in filter_note(source)) == note
    finally:
        source.close()


@pytest.mark.parametrize("wanted", ["MIXED", "STATEMENT"])
def test_a_server_that_logs_statements_is_refused_at_once(
    own: Callable[..., Own], wanted: str
) -> None:
    shop = own("mariadb", f"--binlog-format={wanted}")
    shop.run(T)
    _, error = raised(shop.follow(), BinlogFormatUnusable)
    assert f"binlog_format = {wanted}" in str(error)


def test_a_connection_that_falls_silent_is_made_anew(
    own: Callable[..., Own], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = own()
    shop.run(T)
    monkeypatch.setattr(connection, "_SILENT_SECONDS", 1.5)
    network = Silencer(shop.server.socket)
    there = Legacy(f"mysql://root@127.0.0.1:{network.port}/shop")
    try:
        stream = there.follow("t")
        assert stream.next(timeout_seconds=0.5) is None
        network.mute.set()
        shop.run("INSERT INTO t VALUES (1, '')")
        network.speak()
        assert shop.drain(stream).tables["t"].keys == {(1,)}
        assert stream.connects == 2
        # Nor does a greeting that never comes hold anybody up.
        monkeypatch.setattr(source_module, "_GREETING_SECONDS", 1)
        network.mute.set()
        with pytest.raises(SourceError, match=r"cannot connect|connection lost"):
            Source(there.url)
    finally:
        there.close()
        network.close()


def test_a_moment_that_a_session_made_up_stops_nothing(either: Legacy) -> None:
    either.run(T)
    stream = either.follow()
    either.run("SET timestamp = 1000000000", "INSERT INTO t VALUES (1, '')")
    told = either.drain(stream)
    assert told.committed_at == 1_000_000_000
    either.run("INSERT INTO t VALUES (2, '')")
    assert either.drain(stream).tables["t"].keys == {(2,)}


def test_tables_in_memory_are_suspect_after_a_restart(own: Callable[..., Own]) -> None:
    shop = own()
    shop.run("CREATE TABLE seen (id INT PRIMARY KEY) ENGINE=MEMORY", T)
    stream = shop.follow()
    shop.run("INSERT INTO seen VALUES (1)")
    shop.drain(stream)
    shop.server.restart()
    # The server tells it when the table is opened for the first time.
    shop.run("SELECT * FROM seen")
    assert shop.drain(stream).tables["seen"].suspect
