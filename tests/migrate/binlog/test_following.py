"""What the stream tells of transactions, statements and the tables that they touch."""

from __future__ import annotations

import time
from typing import Any

import pytest

from migrate.binlog import (
    BinlogFormatUnusable,
    BinlogStream,
    Changes,
    SchemaChanged,
    TableChanges,
    cascades,
)
from migrate.source import Source
from tests.fix_servers import connect_mysql
from tests.migrate.binlog.following import Legacy

ICONS = "CREATE TABLE icons (id INT PRIMARY KEY, name VARCHAR(20), n INT) ENGINE=InnoDB"
TAGS = "CREATE TABLE tags (tag VARCHAR(20) PRIMARY KEY, n INT) ENGINE=MyISAM DEFAULT CHARSET=latin1"


def raised(stream: BinlogStream, kind: type[Exception]) -> tuple[list[Changes], Any]:
    """What was handed out before an error of that kind, and the error."""
    got = []
    with pytest.raises(kind) as error:
        for _ in range(40):
            if (changes := stream.next(timeout_seconds=0.5)) is not None:
                got.append(changes)
    return got, error.value


WAYS = {
    "insert": ("INSERT INTO icons VALUES (5, 'e', 0), (6, 'f', 0)", {5, 6}),
    "insert_select": ("INSERT INTO icons SELECT id + 10, name, n FROM icons", {11, 12, 13}),
    "ignored": ("INSERT IGNORE INTO icons VALUES (1, 'x', 9), (7, 'g', 0)", {7}),
    "duplicate_key": (
        "INSERT INTO icons VALUES (1, 'x', 9), (8, 'h', 0) ON DUPLICATE KEY UPDATE n = n + 1",
        {1, 8},
    ),
    "replace": ("REPLACE INTO icons VALUES (2, 'x', 9), (9, 'i', 0)", {2, 9}),
    "update": ("UPDATE icons SET n = 4 WHERE id < 3", {1, 2}),
    "moved_key": ("UPDATE icons SET id = id + 20 WHERE id = 3", {3, 23}),
    "delete": ("DELETE FROM icons WHERE id > 1", {2, 3}),
    "two_tables": ("UPDATE icons i JOIN tags t ON i.n = t.n SET i.n = 5, t.n = 6", {1}),
}


@pytest.mark.parametrize("name", WAYS)
def test_every_way_of_writing_names_its_rows(either: Legacy, name: str) -> None:
    statement, expected = WAYS[name]
    either.run(ICONS, TAGS, "INSERT INTO icons VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)")
    either.run("INSERT INTO tags VALUES ('t', 1)")
    stream = either.follow("icons")
    either.run(statement)
    told = either.drain(stream)
    assert {key for (key,) in told.tables["icons"].keys} == expected
    assert not told.tables["icons"].suspect
    assert set(told.tables) == {"icons"}


def test_load_data_names_its_rows(either: Legacy, tmp_path: Any) -> None:
    file = tmp_path / "rows.txt"
    file.write_text("1\ta\t1\n2\tb\t2\n")
    either.run(ICONS)
    stream = either.follow()
    either.run(f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE icons", local_infile=True)
    assert either.drain(stream).tables["icons"].keys == {(1,), (2,)}


def test_transaction_of_several_tables_stays_whole(either: Legacy) -> None:
    either.run(ICONS, ICONS.replace("icons", "others"))
    stream = either.follow()
    with connect_mysql(either.address, autocommit=False) as connection:
        cursor = connection.cursor()
        cursor.execute("INSERT INTO icons VALUES (1, 'a', 1)")
        cursor.execute("SAVEPOINT s")
        cursor.execute("INSERT INTO icons VALUES (2, 'b', 1)")
        cursor.execute("ROLLBACK TO SAVEPOINT s")
        cursor.execute("INSERT INTO others VALUES (3, 'c', 1)")
        assert stream.next(timeout_seconds=0.3) is None
        connection.commit()
    told = stream.next(timeout_seconds=5)
    assert told is not None
    assert {name: table.keys for name, table in told.tables.items()} == {
        "icons": {(1,)} | (told.tables["icons"].keys & {(2,)}),
        "others": {(3,)},
    }
    assert told.transactions == 1
    assert told.committed_at is not None and abs(told.committed_at - time.time()) < 60


def test_batch_ends_behind_a_whole_transaction(either: Legacy) -> None:
    either.run(ICONS)
    stream = either.follow()
    for first in (0, 10, 20):
        rows = ", ".join(f"({first + n}, '', 0)" for n in range(5))
        either.run(f"INSERT INTO icons VALUES {rows}")
    sizes = []
    while (told := stream.next(timeout_seconds=1, max_keys=7)) is not None:
        sizes.append((told.transactions, len(told.tables["icons"].keys)))
    assert sizes == [(2, 10), (1, 5)]


def test_stream_begins_again_at_a_position_that_it_gave(either: Legacy) -> None:
    either.run(ICONS)
    first = either.follow()
    either.run("INSERT INTO icons VALUES (1, 'a', 1)")
    position = either.drain(first).position
    first.close()
    either.run("INSERT INTO icons VALUES (2, 'b', 1)")
    assert either.drain(either.follow(start=position)).tables["icons"].keys == {(2,)}


def test_rows_of_tables_that_roll_nothing_back_are_told(either: Legacy) -> None:
    either.run(ICONS, TAGS)
    stream = either.follow()
    either.run(
        "BEGIN",
        "INSERT INTO icons VALUES (1, 'a', 1)",
        "INSERT INTO tags VALUES ('t', 1)",
        "ROLLBACK",
    )
    assert either.drain(stream).tables["tags"].keys == {("74",)}


@pytest.mark.parametrize("statement", ["TRUNCATE TABLE icons", "truncate/* all */`icons`"])
def test_truncate_makes_the_table_suspect(either: Legacy, statement: str) -> None:
    either.run(ICONS, "INSERT INTO icons VALUES (1, 'a', 1)")
    stream = either.follow()
    either.run(statement, "INSERT INTO icons VALUES (2, 'a', 1)")
    told = either.drain(stream)
    assert told.tables["icons"].truncated
    assert told.transactions == 2


def test_more_keys_than_are_held_make_the_table_suspect(either: Legacy) -> None:
    either.run(ICONS, TAGS, "INSERT INTO icons VALUES (0, '', 0)")
    stream = either.follow(most_keys=1000)
    either.run("BEGIN", "INSERT INTO tags VALUES ('t', 1)", "COMMIT")
    with connect_mysql(either.address) as connection, connection.cursor() as cursor:
        for power in range(11):
            cursor.execute(f"INSERT INTO icons SELECT id + {2**power}, '', 0 FROM icons")
    told = either.drain(stream)
    assert told.tables["tags"] == TableChanges(keys={("74",)}, events=1)
    assert told.tables["icons"].truncated and len(told.tables["icons"].keys) < 1000


DDL = {
    "column": ("ALTER TABLE icons ADD COLUMN extra INT FIRST", False),
    "index": ("CREATE INDEX by_n ON icons (n)", False),
    "indexes": ("ALTER TABLE icons ADD KEY a (n), DROP PRIMARY KEY, ADD PRIMARY KEY (id)", False),
    "engine": ("ALTER TABLE icons ENGINE = MyISAM", False),
    "default": ("ALTER TABLE icons ALTER n SET DEFAULT 4, COMMENT = 'drop it'", False),
    "type": ("ALTER TABLE icons MODIFY id BIGINT", True),
    "order": ("alter table icons modify id int after n", True),
    "names": ("ALTER TABLE icons CHANGE n n2 INT", True),
    "less": ("ALTER TABLE icons ADD COLUMN m INT, DROP n", True),
    "partition": ("ALTER TABLE icons PARTITION BY KEY (id) PARTITIONS 2", True),
    "renamed": ("RENAME TABLE icons TO pictures", True),
    "swapped": ("RENAME TABLE icons TO old_icons, new_icons TO icons", True),
    "moved_in": ("ALTER TABLE icons RENAME TO pictures", True),
    "dropped": ("DROP TABLE IF EXISTS nothing, icons", True),
}


@pytest.mark.parametrize("name", DDL)
def test_change_of_the_schema_stops_the_stream_and_loses_nothing(either: Legacy, name: str) -> None:
    statement, rows_suspect = DDL[name]
    either.run(ICONS, ICONS.replace("icons", "new_icons"), TAGS)
    stream = either.follow("icons", "tags")
    either.run(
        "INSERT INTO icons VALUES (1, 'a', 1)", statement, "INSERT INTO tags VALUES ('t', 1)"
    )
    got, error = raised(stream, SchemaChanged)
    assert got[-1].position == error.position
    assert [told.tables["icons"].keys for told in got if told.tables] == [{(1,)}]
    assert (error.tables, error.rows_suspect) == (("icons",), rows_suspect)
    assert error.statement.split() == statement.split() or name == "dropped"
    with pytest.raises(SchemaChanged):
        stream.next(timeout_seconds=0)
    later = either.drain(either.follow("tags", start=error.after))
    assert later.tables["tags"].keys == {("74",)}


HARMLESS = {
    "another_table": "CREATE TABLE more (id INT, icons INT)",
    "like_it": "CREATE TABLE more LIKE icons",
    "referring": "CREATE TABLE more (n INT, FOREIGN KEY (n) REFERENCES icons (id)) ENGINE=InnoDB",
    "is_there": "CREATE TABLE IF NOT EXISTS icons (id INT)",
    "temporary": "CREATE TEMPORARY TABLE icons (id INT)",
    "view": "CREATE VIEW more AS SELECT * FROM icons",
    "optimised": "OPTIMIZE TABLE icons",
    "trigger": "CREATE TRIGGER more BEFORE INSERT ON icons FOR EACH ROW SET NEW.n = 1",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_statement_that_leaves_the_table_alone_stops_nothing(either: Legacy, name: str) -> None:
    either.run(ICONS)
    stream = either.follow("icons")
    either.run(HARMLESS[name])
    either.run("INSERT INTO icons VALUES (1, 'a', 1)")
    assert either.drain(stream).tables["icons"].keys == {(1,)}


def test_table_that_is_not_as_the_catalogue_has_it_stops_the_stream(either: Legacy) -> None:
    either.run(ICONS)
    start = either.now()
    either.run("INSERT INTO icons VALUES (1, 'a', 1)")
    either.run("SET sql_log_bin = 0", "ALTER TABLE icons DROP COLUMN n")
    _, error = raised(either.follow(start=start), SchemaChanged)
    assert "got 3 columns (expected 2)" in str(error)
    assert error.position.position == error.after.position == start.position


def test_other_database_of_the_server_does_not_matter(either: Legacy) -> None:
    either.run(ICONS)
    other = f"{either.url.database}_other"
    either.run(f"CREATE DATABASE {other}")
    try:
        stream = either.follow()
        either.run(f"USE {other}", ICONS, "INSERT INTO icons VALUES (1, 'a', 1)", "TRUNCATE icons")
        either.run("SET binlog_format = STATEMENT", f"INSERT INTO {other}.icons VALUES (2, '', 1)")
        either.run(f"ALTER TABLE {other}.icons ADD x INT")
        told = either.drain(stream)
    finally:
        either.run(f"DROP DATABASE {other}")
    assert not told.tables and told.transactions >= 4


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO icons VALUES (9, 'a', 1)",
        "UPDATE icons SET n = 3",
        "DELETE FROM icons WHERE id = 1",
        "INSERT INTO logs VALUES (1)",
    ],
)
def test_rows_changed_by_a_statement_stop_the_stream(either: Legacy, statement: str) -> None:
    either.run(ICONS, "CREATE TABLE logs (id INT)", "INSERT INTO icons VALUES (1, 'a', 1)")
    stream = either.follow("icons")
    either.run("INSERT INTO icons VALUES (2, 'a', 1)")
    either.run("SET binlog_format = STATEMENT", statement)
    got, error = raised(stream, BinlogFormatUnusable)
    assert [told.tables["icons"].keys for told in got if told.tables] == [{(2,)}]
    assert error.statement == statement
    assert error.after.position > error.position.position


def test_emptying_statement_makes_the_table_suspect(either: Legacy) -> None:
    either.run(ICONS, "INSERT INTO icons VALUES (1, 'a', 1)")
    stream = either.follow("icons")
    either.run("SET binlog_format = STATEMENT", "DELETE FROM icons")
    assert either.drain(stream).tables["icons"].truncated


@pytest.mark.parametrize("image", ["MINIMAL", "NOBLOB", "FULL"])
def test_row_images_of_each_kind_name_the_rows(either: Legacy, image: str) -> None:
    either.run("CREATE TABLE t (t TEXT, a INT, b CHAR(3), c INT, PRIMARY KEY (b, a))")
    stream = either.follow()
    either.run(
        f"SET binlog_row_image = {image}",
        "INSERT INTO t VALUES ('x', 1, 'a', 3), (NULL, 2, 'b', NULL)",
        "UPDATE t SET c = 8 WHERE a = 1",
        "UPDATE t SET b = 'c' WHERE a = 2",
        "DELETE FROM t WHERE a = 1",
    )
    told = either.drain(stream).tables["t"]
    assert told.keys == {("61", 1), ("62", 2), ("63", 2)}
    assert told.events == 5 and not told.suspect


def test_image_without_the_columns_asked_for_makes_the_table_suspect(either: Legacy) -> None:
    either.run("CREATE TABLE t (a INT PRIMARY KEY, owner INT, c INT)")
    stream = either.follow(keys={"t": ("owner",)})
    either.run("INSERT INTO t VALUES (1, 10, 1)")
    either.run("SET binlog_row_image = MINIMAL", "UPDATE t SET c = 2")
    assert either.drain(stream).tables["t"].unkeyed


def test_changes_by_a_trigger_are_told_of(either: Legacy) -> None:
    either.run(ICONS, TAGS)
    either.run(
        "CREATE TRIGGER x AFTER INSERT ON icons FOR EACH ROW INSERT INTO tags VALUES (NEW.name, 1)"
    )
    stream = either.follow("tags")
    either.run("INSERT INTO icons VALUES (1, 'a', 1)")
    assert either.drain(stream).tables["tags"].keys == {("61",)}


def test_changes_by_a_foreign_key_are_not_told_of_but_listed(either: Legacy) -> None:
    either.run(ICONS)
    either.run(
        "CREATE TABLE likes (id INT PRIMARY KEY, icon INT, old INT, FOREIGN KEY (icon) REFERENCES"
        " icons (id) ON DELETE CASCADE, FOREIGN KEY (old) REFERENCES icons (id)) ENGINE=InnoDB"
    )
    either.run("INSERT INTO icons VALUES (1, 'a', 1)", "INSERT INTO likes VALUES (1, 1, NULL)")
    stream = either.follow()
    either.run("DELETE FROM icons")
    assert set(either.drain(stream).tables) == {"icons"}
    source = Source(either.url)
    (found,) = cascades(source)
    source.close()
    assert (found.parent, found.child, found.on_delete, found.on_update) == (
        "icons",
        "likes",
        True,
        False,
    )
    assert (found.parent_columns, found.child_columns) == (("id",), ("icon",))


def test_transaction_decided_later_is_told_when_it_is_committed(legacy: Legacy) -> None:
    legacy.run(ICONS)
    stream = legacy.follow()
    with connect_mysql(legacy.address) as connection, connection.cursor() as cursor:
        for statement in (
            "XA START 'x', 'y', 7",
            "INSERT INTO icons VALUES (1, 'a', 1)",
            "XA END 'x', 'y', 7",
            "XA PREPARE 'x', 'y', 7",
        ):
            cursor.execute(statement)
        legacy.run("INSERT INTO icons VALUES (2, 'a', 1)")
        before = stream.next(timeout_seconds=5)
        assert before is not None and before.tables["icons"].keys == {(2,)}
        cursor.execute("XA COMMIT 'x', 'y', 7")
    told = legacy.drain(stream)
    assert told.tables["icons"].keys == {(1,)}
    # Who starts anew from the position of before has not lost it.
    again = legacy.drain(legacy.follow(start=before.position))
    assert again.tables["icons"].keys == {(1,), (2,)}


def test_transaction_prepared_before_the_stream_makes_tables_suspect(legacy: Legacy) -> None:
    legacy.run(ICONS)
    with connect_mysql(legacy.address) as connection, connection.cursor() as cursor:
        for statement in ("XA START 'z'", "INSERT INTO icons VALUES (1, 'a', 1)", "XA END 'z'"):
            cursor.execute(statement)
        cursor.execute("XA PREPARE 'z'")
        stream = legacy.follow()
        cursor.execute("XA COMMIT 'z'")
    assert legacy.drain(stream).tables["icons"].truncated


def test_versioned_and_virtual_columns_do_not_hide_the_key(legacy: Legacy) -> None:
    legacy.run(
        "CREATE TABLE v (id INT PRIMARY KEY, n INT) WITH SYSTEM VERSIONING",
        "CREATE TABLE g (a INT, b INT AS (a + 1) VIRTUAL, c INT AS (a + 2) STORED, d CHAR(9) KEY)",
        "CREATE TABLE h (id INT PRIMARY KEY, x INT INVISIBLE DEFAULT 3, y LONGTEXT UNIQUE)",
    )
    stream = legacy.follow()
    legacy.run(
        "INSERT INTO v VALUES (1, 1)",
        "UPDATE v SET n = 2",
        "INSERT INTO g (a, d) VALUES (1, 'k'), (NULL, 'l')",
        "INSERT INTO h (id, y) VALUES (5, 'abc')",
    )
    told = legacy.drain(stream)
    assert {name: table.keys for name, table in told.tables.items()} == {
        "v": {(1,)},
        "g": {("6b",), ("6c",)},
        "h": {(5,)},
    }


def test_compressed_events_name_the_rows(legacy: Legacy) -> None:
    long = "REPEAT('long text ', 200)"
    legacy.run("CREATE TABLE t (id INT PRIMARY KEY, v TEXT)", TAGS)
    before = legacy.run("SELECT @@GLOBAL.log_bin_compress")[0][0]
    legacy.run("SET GLOBAL log_bin_compress = ON")
    try:
        stream = legacy.follow()
        legacy.run(
            f"INSERT INTO t VALUES (1, {long}), (2, {long})",
            f"UPDATE t SET v = {long}, id = id + 5",
        )
        legacy.run("DELETE FROM t WHERE id = 6", f"TRUNCATE /* {'-' * 400} */ tags")
        told = legacy.drain(stream)
    finally:
        legacy.run(f"SET GLOBAL log_bin_compress = {before}")
    assert told.tables["t"].keys == {(1,), (2,), (6,), (7,)}
    assert told.tables["tags"].truncated


def test_rows_of_partitions_are_named_and_what_moves_partitions_stops(either: Legacy) -> None:
    either.run(
        "CREATE TABLE p (id INT PRIMARY KEY, n INT) ENGINE=InnoDB PARTITION BY RANGE (id)"
        " (PARTITION a VALUES LESS THAN (10), PARTITION b VALUES LESS THAN MAXVALUE)"
    )
    stream = either.follow()
    either.run(
        "INSERT INTO p VALUES (1, 1), (20, 1)",
        "UPDATE p SET id = 30 WHERE id = 1",
        "DELETE FROM p PARTITION (b) WHERE id = 20",
    )
    told = either.drain(stream).tables["p"]
    assert (told.keys, told.suspect) == ({(1,), (20,), (30,)}, False)
    either.run("ALTER TABLE p TRUNCATE PARTITION b")
    _, error = raised(stream, SchemaChanged)
    assert error.rows_suspect


def test_a_table_that_becomes_a_partition_is_suspect(legacy: Legacy) -> None:
    legacy.run(
        "CREATE TABLE p (id INT PRIMARY KEY) ENGINE=InnoDB PARTITION BY RANGE (id)"
        " (PARTITION a VALUES LESS THAN (10))",
        "CREATE TABLE alone (id INT PRIMARY KEY) ENGINE=InnoDB",
    )
    stream = legacy.follow("alone")
    legacy.run("ALTER TABLE p CONVERT TABLE alone TO PARTITION b VALUES LESS THAN (20)")
    _, error = raised(stream, SchemaChanged)
    assert (error.tables, error.rows_suspect) == (("alone",), True)


@pytest.mark.parametrize("ending", ["COMMIT", "COMMIT ONE PHASE", "ROLLBACK"])
def test_transactions_of_xa_are_told_when_they_are_decided(either: Legacy, ending: str) -> None:
    either.run(ICONS)
    stream = either.follow()
    name = "'a quote '' in it', 'and more', 3"
    verb, _, last = ending.partition(" ")
    either.run(
        f"XA START {name}",
        "INSERT INTO icons VALUES (1, 'a', 1)",
        f"XA END {name}",
        *([] if last else [f"XA PREPARE {name}"]),
        f"XA {verb} {name} {last}",
    )
    either.run("INSERT INTO icons VALUES (2, 'a', 1)")
    expected = {(2,)} if ending == "ROLLBACK" else {(1,), (2,)}
    assert either.drain(stream).tables["icons"].keys == expected


def test_an_alter_in_two_phases_stops_the_stream_at_each(legacy: Legacy) -> None:
    legacy.run(ICONS)
    position = legacy.now()
    legacy.run(
        "SET SESSION binlog_alter_two_phase = 1",
        "ALTER TABLE icons ADD COLUMN more INT",
        "INSERT INTO icons VALUES (1, 'a', 1, 1)",
    )
    phases = 0
    while phases < 3:
        stream = legacy.follow(start=position)
        try:
            told = legacy.drain(stream)
            break
        except SchemaChanged as changed:
            phases, position = phases + 1, changed.after
    assert phases == 2
    assert told.tables["icons"].keys == {(1,)}
