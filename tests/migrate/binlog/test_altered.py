"""Tables that were altered between an event and its reading: no key is taken from another column.

The catalogue is always that of now. Where the server writes the columns' names into the binlog, a
column that has moved is seen in the event itself; otherwise the ALTER TABLE that stands behind the
event has the table compared, whatever was read before it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from migrate.binlog import BinlogPosition, SchemaChanged
from tests.fix_servers import DatabaseServer
from tests.migrate.binlog.following import Legacy
from tests.migrate.binlog.test_following import raised
from tests.migrate.conftest import Shop
from tests.migrate.follow.conftest import checkpoint, loaded

__all__ = ["loaded"]

BINLOG = ("resync", "--strategy", "binlog")
PAIRS = "CREATE TABLE pairs (a INT NOT NULL, b INT NOT NULL, c INT, PRIMARY KEY (a))"
MOVED = {
    "moved": ("ALTER TABLE pairs MODIFY a INT NOT NULL AFTER b",),
    "renamed": (
        "ALTER TABLE pairs CHANGE a b INT NOT NULL, CHANGE b a INT NOT NULL, DROP PRIMARY KEY,"
        " ADD PRIMARY KEY (a)",
    ),
    "replaced": (
        "ALTER TABLE pairs ADD COLUMN d INT NOT NULL FIRST",
        "UPDATE pairs SET d = a",
        "ALTER TABLE pairs DROP PRIMARY KEY, DROP COLUMN a, ADD PRIMARY KEY (d)",
    ),
    "one_by_one": (
        "ALTER TABLE pairs ADD COLUMN d INT FIRST",
        "ALTER TABLE pairs DROP COLUMN c",
    ),
    "made_anew": (
        "CREATE TABLE later (b INT NOT NULL, a INT NOT NULL, c INT, PRIMARY KEY (a))",
        "INSERT INTO later SELECT b, a, c FROM pairs",
        "DROP TABLE pairs",
        "RENAME TABLE later TO pairs",
    ),
}
"""What has the columns of an event of before it and the catalogue of behind it look alike."""


def suspect_by_the_end(legacy: Legacy, start: BinlogPosition) -> bool:
    """Whether the table was told to be compared by the time that its last statement is reached."""
    end, position, strange, suspect = legacy.now(), start, frozenset[str](), False
    while position.position < end.position:
        stream = legacy.follow("pairs", start=position, strange=strange)
        try:
            found = legacy.drain(stream)
            return suspect or any(table.suspect for table in found.tables.values())
        except SchemaChanged as changed:
            if changed.after == changed.position:
                strange |= set(changed.tables)
            else:
                strange, suspect = frozenset(), suspect or changed.rows_suspect
            position = changed.after
        finally:
            stream.close()
    return suspect


@pytest.mark.parametrize("way", MOVED)
def test_a_table_whose_key_was_elsewhere_is_compared(either: Legacy, way: str) -> None:
    either.run(PAIRS, "INSERT INTO pairs VALUES (1, 10, 100), (2, 20, 200)")
    if isinstance(metadata := _metadata(either), str):
        _forget_names(either)
    try:
        start = either.now()
        either.run("UPDATE pairs SET c = 5 WHERE a = 1", *MOVED[way])
        assert suspect_by_the_end(either, start)
    finally:
        if isinstance(metadata, str):
            either.run(f"SET GLOBAL binlog_row_metadata = {metadata}")


def _metadata(legacy: Legacy) -> str | None:
    found = legacy.run("SHOW GLOBAL VARIABLES LIKE 'binlog_row_metadata'")
    return str(found[0][1]) if found else None


def _forget_names(legacy: Legacy) -> None:
    least = "NO_LOG" if "mariadb" in str(legacy.run("SELECT VERSION()")).lower() else "MINIMAL"
    legacy.run(f"SET GLOBAL binlog_row_metadata = {least}")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE pairs MODIFY a INT NOT NULL AFTER b",
        "ALTER TABLE pairs CHANGE a b INT NOT NULL, CHANGE b a INT NOT NULL, DROP PRIMARY KEY,"
        " ADD PRIMARY KEY (a)",
    ],
)
def test_names_in_the_binlog_tell_of_an_alter_that_was_kept_out_of_it(
    legacy: Legacy, statement: str
) -> None:
    legacy.run(PAIRS)
    stream = legacy.follow("pairs")
    legacy.run("SET sql_log_bin = 0", statement)
    legacy.run("INSERT INTO pairs (a, b) VALUES (1, 10)")
    got, error = raised(stream, SchemaChanged)
    assert not any(told.tables for told in got)
    assert "in another order" in str(error)
    assert error.after == error.position


@pytest.fixture
def nameless(either: Legacy) -> Iterator[Legacy]:
    """A server whose binlog has no names of columns."""
    metadata = _metadata(either)
    if metadata:
        _forget_names(either)
    yield either
    if metadata:
        either.run(f"SET GLOBAL binlog_row_metadata = {metadata}")


def test_an_alter_that_was_kept_out_of_a_binlog_without_names_is_told(nameless: Legacy) -> None:
    nameless.run(PAIRS)
    stream = nameless.follow("pairs")
    nameless.run("INSERT INTO pairs VALUES (1, 10, 100)")
    assert nameless.drain(stream).tables["pairs"].keys == {(1,)}
    nameless.run(
        "SET sql_log_bin = 0",
        "ALTER TABLE pairs MODIFY a INT NOT NULL AFTER b",
        "SET sql_log_bin = 1",
        "INSERT INTO pairs (a, b) VALUES (2, 20)",
    )
    got, error = raised(stream, SchemaChanged)
    assert [told.tables["pairs"].unkeyed for told in got if told.tables] == [True]
    assert "without a word" in str(error) and error.tables == ("pairs",)
    assert error.after == error.position == got[-1].position


def test_a_table_that_is_only_opened_anew_is_followed_on(nameless: Legacy) -> None:
    nameless.run(PAIRS)
    stream = nameless.follow("pairs")
    for number in (1, 2, 3):
        nameless.run(f"INSERT INTO pairs VALUES ({number}, 10, 100)", "FLUSH TABLES")
        assert nameless.drain(stream).tables["pairs"].keys == {(number,)}


@pytest.fixture(params=["FULL", "MINIMAL", "NO_LOG"])
def metadata(request: pytest.FixtureRequest, mariadb: DatabaseServer) -> Iterator[str]:
    """How much the binlog says of columns, on the server of all tests."""
    mariadb.execute(f"SET GLOBAL binlog_row_metadata = {request.param}")
    yield request.param
    mariadb.execute("SET GLOBAL binlog_row_metadata = FULL")


@pytest.mark.slow
@pytest.mark.parametrize("logged", [1, 0])
def test_what_was_changed_before_columns_swapped_places_is_brought_over(
    metadata: str, logged: int, loaded: Shop
) -> None:
    loaded.delamp(*BINLOG)
    loaded.source(
        "UPDATE comments SET text = 'before' WHERE id = 2",
        f"SET sql_log_bin = {logged}",
        "ALTER TABLE comments MODIFY icon_id INT NULL FIRST",
        "SET sql_log_bin = 1",
        "UPDATE comments SET text = 'behind' WHERE id = 1",
    )
    said = loaded.delamp(*BINLOG)
    texts = "SELECT text FROM shop_comment WHERE id < 3 ORDER BY id"
    assert loaded.target(texts) == [("behind",), ("before",)], said
    assert checkpoint(loaded)["suspect"] == {}
    assert loaded.findings() == []


@pytest.mark.slow
def test_values_that_changed_columns_under_the_same_names_are_brought_over(loaded: Shop) -> None:
    loaded.source("UPDATE icons SET title = CONCAT('T', id)")
    loaded.delamp(*BINLOG)
    loaded.source("ALTER TABLE icons CHANGE title slug VARCHAR(40), CHANGE slug title VARCHAR(40)")
    loaded.delamp(*BINLOG)
    assert loaded.target("SELECT title, slug FROM shop_icon WHERE id = 1") == [("home", "T1")]
    assert loaded.findings() == []


HARMLESS = (
    "ALTER TABLE makers ALTER `rank` SET DEFAULT 5",
    "ALTER TABLE makers MODIFY `rank` INT NULL COMMENT 'of its icons'",
    "ALTER TABLE makers ADD KEY by_rank (`rank`), COMMENT = 'who draws'",
    "ALTER TABLE makers DROP KEY by_rank, ADD UNIQUE KEY once (name)",
    "ALTER TABLE makers ENGINE = InnoDB, ROW_FORMAT = DYNAMIC",
    "ALTER TABLE makers ADD COLUMN colour INT NOT NULL DEFAULT 1 AFTER id",
    "ALTER TABLE makers CHANGE colour color BIGINT NOT NULL",
    "ALTER TABLE makers DROP COLUMN color",
)


@pytest.mark.slow
def test_what_changes_nothing_that_is_read_stops_nothing(loaded: Shop) -> None:
    loaded.delamp(*BINLOG)
    for number, statement in enumerate(HARMLESS):
        loaded.source(statement, f"UPDATE makers SET name = 'after {number}' WHERE id = 1")
        loaded.delamp(*BINLOG)
        names = loaded.target("SELECT name FROM shop_maker WHERE id = 1")
        assert names == [(f"after {number}",)], statement
    assert loaded.findings() == []
