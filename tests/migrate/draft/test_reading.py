"""Evidence is of every row, by bytes, whatever a column holds or is called."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from urllib.parse import urlsplit, urlunsplit

import pytest

from migrate.catalogue_reader import read_catalogue
from migrate.draft.facts import ColumnEvidence, ForeignKey, Index
from migrate.draft.reading import read_facts
from migrate.draft.reading.catalogue import catalogue_facts
from migrate.draft.reading.evidence import read_evidence
from migrate.errors import ConfigError
from migrate.servers import MariaDB
from migrate.source import Source
from migrate.urls import parse_source_url
from tests.fix_servers import DatabaseServer
from tests.migrate.draft.fix_reading import ask, facts_of, insert, make, seen

LARGEST = 2**64 - 1
LONG = "9" * 35 + "." + "9" * 30


@pytest.mark.parametrize(
    ("declared", "values", "expected"),
    [
        ("TINYINT(1)", ["0", "1", "7", "NULL"], (1, 0, 7, 1)),
        ("BIGINT UNSIGNED", ["0", str(LARGEST)], (0, 0, LARGEST, 1)),
        ("BIGINT", [str(-(2**63)), "5"], (0, -(2**63), 5, 0)),
        ("DECIMAL(65,30)", [f"-{LONG}", LONG], (0, f"-{LONG}", LONG, 0)),
        ("DOUBLE", ["-1.7976931348623157e308", "0.1"], (0, "-1.7976931348623157e308", "0.1", 0)),
        ("FLOAT", ["16777216", "0"], (0, 0, 16777216, 1)),
        ("BIT(64)", ["0", str(LARGEST), "NULL"], (1, 0, LARGEST, 1)),
        ("YEAR", ["0", "1901", "2155"], (0, 0, 2155, 1)),
        ("INT", [], (0, None, None, 0)),
    ],
)  # fmt: skip
def test_numbers_are_known_by_their_least_and_greatest(
    legacy_db: str, declared: str, values: list[str], expected: tuple[object, ...]
) -> None:
    make(legacy_db, f"CREATE TABLE t (v {declared} NULL)")
    if values:
        make(legacy_db, insert("t", values))
    found = seen(facts_of(legacy_db), "t", "v")
    nulls, least, most, zeros = expected
    assert (found.nulls, found.zeros) == (nulls, zeros)
    assert found.minimum == (None if least is None else Decimal(str(least)))
    assert found.maximum == (None if most is None else Decimal(str(most)))


@pytest.mark.parametrize("charset", ["utf8", "latin1", "utf16"])
def test_texts_are_counted_by_their_bytes_and_not_as_a_collation_folds_them(
    legacy_db: str, charset: str
) -> None:
    make(
        legacy_db,
        f"CREATE TABLE t (v VARCHAR(16) CHARACTER SET {charset} NULL)",
        insert("t", ["'y'", "'Y'", "'y '", "'é'", "'e'", "'e'", "''", "NULL", "'a\\0b'"]),
    )
    found = seen(facts_of(legacy_db), "t", "v")
    assert found.values == {"y": 1, "Y": 1, "y ": 1, "é": 1, "e": 2, "": 1, "a\0b": 1}
    assert (found.nulls, found.empty, found.nul_bytes, found.bad_charset) == (1, 1, 1, 0)
    assert found.longest == 3
    assert found.longest_bytes == (6 if charset == "utf16" else 3)


@pytest.mark.parametrize("charset", ["latin1", "utf8mb4", "utf16", "sjis"])
def test_letters_beyond_ascii_are_counted_where_a_text_is_unique_in_any_case(
    legacy_db: str, charset: str
) -> None:
    make(
        legacy_db,
        f"CREATE TABLE t (v VARCHAR(16), w VARCHAR(16), x INT, UNIQUE (v)) CHARSET {charset}",
        insert("t", ["'a?', 'a', 1", "'', 'b', 2", "NULL, 'c', 3"]),
    )
    assert seen(facts_of(legacy_db), "t", "v").beyond_ascii == 0
    letter = "'ж'" if charset == "sjis" else "'é'"
    make(legacy_db, f"INSERT INTO t VALUES ({letter}, {letter}, 4)")
    facts = facts_of(legacy_db)
    assert seen(facts, "t", "v").beyond_ascii == 1
    assert seen(facts, "t", "w").beyond_ascii is None


def test_bytes_that_are_no_text_are_counted(legacy_db: str) -> None:
    make(
        legacy_db,
        "CREATE TABLE t (v VARBINARY(20) NULL)",
        insert("t", ["'plain'", "0xC3A9", "0xFF", "0xEDA080", "0x6100", "''", "NULL"]),
    )
    found = seen(facts_of(legacy_db), "t", "v")
    assert (found.nulls, found.empty, found.nul_bytes, found.bad_utf8) == (1, 1, 1, 2)
    assert (found.longest, found.longest_bytes, found.values) == (5, 5, None)


def test_surrogates_in_a_text_are_what_a_load_would_refuse(legacy_db: str) -> None:
    make(
        legacy_db,
        "CREATE TABLE t (v VARCHAR(20) CHARACTER SET utf8 NOT NULL)",
        insert("t", ["'fine'", "'é'", "CONVERT(0xEDA080 USING utf8)"]),
    )
    stored = ask(legacy_db, "SELECT HEX(v) FROM t")
    expected = sum(value == "EDA080" for (value,) in stored)
    assert seen(facts_of(legacy_db), "t", "v").bad_charset == expected


def test_an_enum_is_counted_by_its_members_and_a_set_by_its_combinations(legacy_db: str) -> None:
    make(
        legacy_db,
        "CREATE TABLE t (e ENUM('N','Y','it''s','') NULL, s SET('a','b') NOT NULL)",
        insert("t", ["'Y','a,b'", "'Y',''", "'no such','a'", "'','a'", "NULL,'a'", "'it\\'s','b'"]),
    )
    facts = facts_of(legacy_db)
    enum = seen(facts, "t", "e")
    # The member '' and index 0 print the same; only the latter is a refused value.
    assert enum.values == {"Y": 2, "": 2, "it's": 1}
    assert (enum.empty, enum.nulls, enum.longest) == (1, 1, 4)
    assert seen(facts, "t", "s").values == {"a,b": 1, "": 1, "a": 3, "b": 1}


def test_dates_that_no_calendar_has_are_counted_and_are_no_extremes(legacy_db: str) -> None:
    dates = ["0000-00-00", "2009-00-00", "0000-05-01", "2009-02-31", "1999-12-31", "2012-02-29"]
    make(
        legacy_db,
        "CREATE TABLE t (d DATE, t DATETIME(6), s TIMESTAMP NULL)",
        insert("t", [f"'{d}', '{d} 10:00:00.000001', NULL" for d in dates]),
        "INSERT INTO t VALUES (NULL, NULL, '0000-00-00'), (NULL, NULL, '2001-02-03 04:05:06')",
    )
    facts = facts_of(legacy_db)
    day, moment, stamp = (seen(facts, "t", name) for name in "dts")
    assert (day.zero_dates, day.partial_dates, day.nulls) == (1, 3, 2)
    assert (day.earliest, day.latest) == ("1999-12-31", "2012-02-29")
    assert (moment.zero_dates, moment.partial_dates, moment.nulls) == (1, 3, 2)
    assert (moment.earliest, moment.latest) == (
        "1999-12-31 10:00:00.000001", "2012-02-29 10:00:00.000001",
    )  # fmt: skip
    assert (stamp.zero_dates, stamp.partial_dates, stamp.nulls) == (1, 0, 6)


def test_times_that_no_clock_shows_are_counted(legacy_db: str) -> None:
    make(
        legacy_db,
        "CREATE TABLE t (v TIME(6))",
        insert("t", ["'-838:59:59'", "'-00:00:00.000001'", "'00:00:00'", "'23:59:59.999999'",
                     "'24:00:00'", "NULL"]),
    )  # fmt: skip
    found = seen(facts_of(legacy_db), "t", "v")
    assert (found.odd_times, found.nulls) == (3, 1)
    assert (found.earliest, found.latest) == ("-838:59:59.000000", "24:00:00.000000")


ODD = "we`ird \"%s\" 'name' %(x)s ☃"


def test_any_name_can_be_read(legacy_db: str) -> None:
    quoted = "`" + ODD.replace("`", "``") + "`"
    with_percent = quoted.replace("%", "%%")
    assert with_percent != quoted
    make(
        legacy_db,
        f"CREATE TABLE {quoted} ({quoted} VARCHAR(9), `select` INT, `s` INT, `a` INT)",
        f"INSERT INTO {quoted} VALUES ('x', 1, 2, 3)",
    )
    facts = facts_of(legacy_db, tables=[ODD])
    assert [table.name for table in facts.tables] == [ODD]
    assert seen(facts, ODD, ODD).values == {"x": 1}
    assert seen(facts, ODD, "s").maximum == 2


def test_a_thousand_columns_are_all_read(legacy_db: str) -> None:
    columns = ", ".join(f"c{n} SMALLINT" for n in range(1000))
    make(
        legacy_db,
        f"CREATE TABLE t ({columns}) ENGINE=MyISAM",
        f"INSERT INTO t (c0, c999) VALUES (1, {2**15 - 1}), (2, 5)",
    )
    found = facts_of(legacy_db).table("t")
    assert found is not None and len(found.evidence) == 1000
    assert found.evidence["c999"].values == {"32767": 1, "5": 1}
    assert found.evidence["c500"].nulls == 2


def test_values_are_complete_or_absent_however_the_sample_fell(source_db: str) -> None:
    make(
        source_db,
        "CREATE TABLE t (id INT PRIMARY KEY, rare VARCHAR(9) NOT NULL, some SMALLINT NOT NULL,"
        " many CHAR(9) NOT NULL, hidden VARCHAR(16) NOT NULL, flag ENUM('a','b'))",
        "INSERT INTO t SELECT seq, IF(seq = 2500, 'odd', 'even'), seq MOD 32, CONCAT('v', seq),"
        " IF(seq BETWEEN 600 AND 4400, CONCAT('v', seq), ''), IF(seq = 2500, 'b', 'a')"
        " FROM seq_1_to_5000",
    )
    facts = facts_of(source_db)
    assert seen(facts, "t", "rare").values == {"even": 4999, "odd": 1}
    assert seen(facts, "t", "flag").values == {"a": 4999, "b": 1}
    some = ask(source_db, "SELECT some, COUNT(*) FROM t GROUP BY some")
    assert seen(facts, "t", "some").values == {str(value): n for value, n in some}
    assert seen(facts, "t", "many").values is None
    assert seen(facts, "t", "hidden").values is None


def test_views_and_tables_that_cannot_be_read_are_facts(legacy_db: str) -> None:
    make(
        legacy_db,
        "CREATE TABLE t (a INT, b INT)", "INSERT INTO t VALUES (1, 2), (3, 4)",
        "CREATE TABLE gone (a INT)",
        "CREATE VIEW broken AS SELECT a FROM gone",
        "CREATE VIEW whole AS SELECT a FROM t",
        "CREATE DEFINER = 'nobody'@'nowhere' VIEW foreign_view AS SELECT a FROM t",
        "DROP TABLE gone",
    )  # fmt: skip
    facts = facts_of(legacy_db)
    by_name = {table.name: table for table in facts.tables}
    assert "invalid table" in (by_name["broken"].broken or "")
    assert "definer" in (by_name["foreign_view"].broken or "").lower()
    assert by_name["whole"].broken is None
    # A view is a query of unknown cost: its rows are read when it is asked for.
    assert by_name["whole"].rows is None and not by_name["whole"].evidence
    asked = facts_of(legacy_db, tables=["whole"]).table("whole")
    assert asked is not None and asked.rows == 2 and asked.evidence["a"].maximum == 3


def test_a_damaged_table_is_a_fact() -> None:
    with MariaDB(relaxed=True) as server:
        url = server.create_database("damaged")
        for name in ("index", "rows", "whole"):
            make(
                url,
                f"CREATE TABLE bad_{name} (a INT PRIMARY KEY, b TEXT) ENGINE=MyISAM",
                insert(f"bad_{name}", ["1, 'x'", "2, REPEAT('y', 5000)"]),
            )
        make(url, "FLUSH TABLES")
        folder = server.data / "damaged"
        (folder / "bad_index.MYI").write_bytes(b"no index")
        (folder / "bad_rows.MYD").write_bytes(b"\xff" * 20)
        index, rows, whole = facts_of(url).tables
    assert index.broken and not index.evidence
    # What an index holds can still be read.
    assert rows.broken is None and rows.evidence["a"].maximum == 2
    assert "crashed" in rows.unread["b"]
    assert whole.rows == 2 and not whole.unread


def test_a_table_that_vanishes_meanwhile_is_a_fact(legacy_db: str) -> None:
    make(legacy_db, "CREATE TABLE t (a INT)")
    source = Source(parse_source_url(legacy_db))
    try:
        [facts] = catalogue_facts(source, read_catalogue(source), ["t"])
        make(legacy_db, "DROP TABLE t")
        assert "doesn't exist" in (read_evidence(source, facts).broken or "")
    finally:
        source.close()


def test_a_column_that_mysql_refuses_costs_no_other_its_evidence(legacy_db: str) -> None:
    make(legacy_db, "CREATE TABLE t (a INT, b INT, c INT)", "INSERT INTO t VALUES (1, 2, 3)")
    source = Source(parse_source_url(legacy_db))
    try:
        [facts] = catalogue_facts(source, read_catalogue(source), ["t"])
        make(legacy_db, "ALTER TABLE t DROP COLUMN b")
        found = read_evidence(source, facts)
    finally:
        source.close()
    assert (found.rows, found.broken) == (1, None)
    assert sorted(found.evidence) == ["a", "c"]
    assert "Unknown column" in found.unread["b"]


def test_the_catalogue_tells_indexes_keys_comments_and_counting_columns(legacy_db: str) -> None:
    make(
        legacy_db,
        "CREATE TABLE p (id INT AUTO_INCREMENT PRIMARY KEY, n VARCHAR(40), b TEXT,"
        " KEY cut (n(10), b(5)), UNIQUE KEY n (n), FULLTEXT KEY words (b)) ENGINE=MyISAM"
        " COMMENT 'what it''s for'",
        "CREATE TABLE x (a INT, b INT, PRIMARY KEY (a, b)) ENGINE=InnoDB",
        "CREATE TABLE y (a INT, b INT, CONSTRAINT two FOREIGN KEY (b, a) REFERENCES x (a, b)"
        " ON DELETE CASCADE) ENGINE=InnoDB",
        "CREATE TABLE g (place POINT NOT NULL, SPATIAL KEY near (place)) ENGINE=MyISAM",
        "CREATE TABLE c (made TIMESTAMP DEFAULT CURRENT_TIMESTAMP, changed TIMESTAMP(3) NOT NULL"
        " DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3))",
    )
    facts = facts_of(legacy_db, data_evidence=False)
    p, y, g = facts.table("p"), facts.table("y"), facts.table("g")
    assert p is not None and y is not None and g is not None
    assert {index.name: index for index in p.indexes} == {
        "PRIMARY": Index(
            name="PRIMARY", columns=("id",), prefixes=(None,), unique=True, primary=True
        ),
        "cut": Index(name="cut", columns=("n", "b"), prefixes=(10, 5)),
        "n": Index(name="n", columns=("n",), prefixes=(None,), unique=True),
        "words": Index(name="words", columns=("b",), prefixes=(None,), kind="fulltext"),
    }
    assert (p.comment, p.auto_increment, y.comment) == ("what it's for", "id", "")
    assert y.foreign_keys == (
        ForeignKey(
            name="two", columns=("b", "a"), parent="x", parent_columns=("a", "b"),
            on_delete="CASCADE",
        ),
    )  # fmt: skip
    assert [(i.kind, i.prefixes) for i in g.indexes] == [("spatial", (None,))]
    assert p.rows is None and not p.evidence and not facts.data_evidence
    assert {t.name: t.on_update for t in facts.tables if t.on_update} == {"c": ("changed",)}


def test_geometry_is_asked_for_nothing_but_null(source_db: str) -> None:
    make(
        source_db,
        "CREATE TABLE t (v GEOMETRY, u UUID, i INET6)",
        "INSERT INTO t VALUES (POINT(1, 2), NULL, '::1'), (NULL, UUID(), NULL)",
    )
    facts = facts_of(source_db)
    assert seen(facts, "t", "v") == ColumnEvidence(nulls=1)
    assert [seen(facts, "t", name).nulls for name in "ui"] == [1, 1]


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ({}, ["logs", "users", "users_old"]),
        ({"tables": ["user*"]}, ["users", "users_old"]),
        ({"tables": ["USERS"]}, ["users"]),
        ({"exclude": ["*_old", "log?"]}, ["users"]),
        ({"tables": ["users*"], "exclude": ["users"]}, ["users_old"]),
    ],
)
def test_globs_choose_tables_and_leave_them_out(
    source_db: str, options: dict[str, list[str]], chosen: list[str]
) -> None:
    make(source_db, *(f"CREATE TABLE {name} (a INT)" for name in ("users", "users_old", "logs")))
    assert [table.name for table in facts_of(source_db, **options).tables] == chosen


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"tables": ["usres"]}, r"--tables: no table of database .*, got 'usres'", "use 'users'"),
        ({"exclude": ["zzz*"]}, r"--exclude: no table of database .*, got 'zzz\*'", "SHOW TABLES"),
        ({"exclude": ["users"]}, "no table to draft", "leave out less"),
    ],
)  # fmt: skip
def test_a_name_that_meets_no_table_is_an_error_with_the_nearest(
    source_db: str, options: dict[str, list[str]], message: str, hint: str
) -> None:
    make(source_db, "CREATE TABLE users (a INT)")
    with pytest.raises(ConfigError, match=message) as raised:
        facts_of(source_db, **options)
    assert hint in (raised.value.hint or "")


def test_the_right_to_select_is_enough_and_one_connection_too(
    mariadb: DatabaseServer, source_db: str
) -> None:
    make(
        source_db,
        "CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, n VARCHAR(9))",
        "CREATE TABLE notes (user_id INT)",
        "INSERT INTO users VALUES (1, 'a')",
        "INSERT INTO notes VALUES (1)",
    )
    parts = urlsplit(source_db)
    database = parts.path.lstrip("/")
    mariadb.execute("CREATE OR REPLACE USER draft_reader@'%'")
    mariadb.execute("CREATE OR REPLACE USER draft_reader@localhost")
    for host in ("'%'", "localhost"):
        mariadb.execute(f"GRANT SELECT ON `{database}`.* TO draft_reader@{host}")
    place = parts.netloc.rpartition("@")[2]
    source = Source(parse_source_url(urlunsplit(parts._replace(netloc=f"draft_reader@{place}"))))
    try:
        alone = read_facts(source)
    finally:
        source.close()
        for host in ("'%'", "localhost"):
            mariadb.execute(f"DROP USER draft_reader@{host}")
    both = facts_of(source_db)
    assert replace(alone, catalogue=both.catalogue) == both
    assert len(both.inclusions) == 1


def test_progress_is_told_in_order_and_to_the_end(source_db: str) -> None:
    make(
        source_db,
        "CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, note_count INT NOT NULL)",
        "CREATE TABLE notes (user_id INT)",
        "INSERT INTO users VALUES (1, 2)",
        "INSERT INTO notes VALUES (1), (1)",
    )
    told: list[tuple[str, int, int]] = []
    facts_of(source_db, progress=lambda *now: told.append(now))
    assert list(dict.fromkeys(what for what, _, _ in told)) == ["rows", "references", "counters"]
    for part in ("rows", "references", "counters"):
        done = [(done, total) for what, done, total in told if what == part]
        assert done == sorted(done) and done[0][0] == 0 and done[-1][0] == done[-1][1]
