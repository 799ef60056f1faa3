"""A key of any type is told as a SELECT of it gives it, from old and from new row images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mappings.catalogue import SourceTable
from mappings.keys import key_columns
from migrate.binlog import Changes
from migrate.source import Source
from tests.fix_servers import fresh_database
from tests.migrate.binlog.conftest import SERVERS
from tests.migrate.binlog.following import Legacy

# name: (type, two or more values that stay, one that is changed, what it becomes)
TYPES: dict[str, tuple[str, tuple[str, ...], str, str]] = {
    "tiny": ("TINYINT", ("-128", "0", "127"), "-1", "1"),
    "utiny": ("TINYINT UNSIGNED", ("0", "255"), "128", "7"),
    "small": ("SMALLINT", ("-32768", "32767"), "-2", "2"),
    "usmall": ("SMALLINT UNSIGNED ZEROFILL", ("0", "65535"), "40000", "3"),
    "medium": ("MEDIUMINT", ("-8388608", "8388607"), "-3", "3"),
    "umedium": ("MEDIUMINT UNSIGNED", ("0", "16777215"), "9000000", "4"),
    "whole": ("INT", ("-2147483648", "2147483647"), "-4", "4"),
    "uwhole": ("INT UNSIGNED", ("0", "4294967295"), "3000000000", "5"),
    "big": ("BIGINT", ("-9223372036854775808", "9223372036854775807"), "-5", "5"),
    "ubig": ("BIGINT UNSIGNED", ("0", "18446744073709551615"), "9223372036854775808", "6"),
    "money": ("DECIMAL(10,2)", ("-0.05", "0", "99999999.99", "12.5"), "-12345678.90", "7.25"),
    "long_money": (
        "DECIMAL(40,11)",
        ("-12345678901234567890123456789.12345678901", "0.00000000001", "1000000000"),
        "-1.5",
        "98765432109876543210987654321.1",
    ),
    "whole_money": ("DECIMAL(9,0)", ("-999999999", "0", "999999999"), "-1", "10"),
    "small_money": ("DECIMAL(3,3)", ("-0.999", "0.001"), "0.5", "-0.25"),
    "filled_money": ("DECIMAL(8,2) UNSIGNED ZEROFILL", ("0", "999999.99"), "12.5", "1.5"),
    "year": ("YEAR", ("0", "1901", "2155"), "2000", "2026"),
    "day": ("DATE", ("'0000-00-00'", "'2009-00-00'", "'9999-12-31'"), "'2024-02-29'",
            "'0001-01-01'"),
    "moment": ("DATETIME", ("'0000-00-00'", "'2009-00-00 01:02:03'"), "'9999-12-31 23:59:59'",
               "'1000-01-01 00:00:00'"),
    "fine_moment": ("DATETIME(6)", ("'2024-02-29 13:14:15.000001'", "'2024-02-29 13:14:15.999999'"),
                    "'2024-02-29 13:14:15'", "'0000-00-00'"),
    "odd_moment": ("DATETIME(3)", ("'2024-02-29 13:14:15.001'", "'2024-02-29 13:14:15.999'"),
                   "'2024-02-29 13:14:15.1'", "'2024-02-29 13:14:15.01'"),
    "instant": ("TIMESTAMP DEFAULT 0", ("'0000-00-00'", "'1970-01-02 00:00:01'"),
                "'2037-12-31 23:59:59'", "'2024-07-01 12:00:00'"),
    "fine_instant": ("TIMESTAMP(5) DEFAULT 0", ("'0000-00-00'", "'2024-07-01 12:00:00.00001'"),
                     "'2024-07-01 12:00:00.5'", "'2024-07-01 12:00:00.99999'"),
    "clock": ("TIME", ("'-838:59:59'", "'838:59:59'", "'0'"), "'-00:00:01'", "'12:34:56'"),
    "fine_clock": ("TIME(6)", ("'-00:00:00.000001'", "'-12:34:56.789'", "'12:34:56.789012'"),
                   "'-00:00:01'", "'-838:00:00.5'"),
    "tenth_clock": ("TIME(1)", ("'-00:00:00.1'", "'00:00:00.9'"), "'-01:00:00.5'", "'100:00:00'"),
    "bits": ("BIT(1)", ("0",), "1", "1"),
    "wide_bits": ("BIT(64)", ("0", "18446744073709551615"), "257", "9223372036854775808"),
    "odd_bits": ("BIT(13)", ("0", "8191"), "4096", "1"),
    "choice": ("ENUM('Y','N','é')", ("'Y'", "''"), "'N'", "'é'"),
    "choices": ("SET('a','b','c','d','e','f','g','h','i')", ("''", "'a,i'"), "'b'", "'c,d'"),
    "latin": ("VARCHAR(40) CHARACTER SET latin1", ("''", "'a'", "'café'", "'b '"), "'ÿ'", "'þ'"),
    "folded": ("VARCHAR(255) CHARACTER SET utf8 COLLATE utf8_general_ci", ("'Ab'", "'ñu'"),
               "'x'", "'X'"),
    "exact": ("VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", ("'a'", "'A'", "'😀'"),
              "'b'", "'B'"),
    "padded": ("CHAR(60) CHARACTER SET utf8mb4", ("''", "'日本'", "'ab'"), "'c'", "'é'"),
    "short": ("CHAR(3) CHARACTER SET latin1", ("''", "'a'"), "'é'", "'abc'"),
    "wide": ("CHAR(200) CHARACTER SET utf8 COLLATE utf8_bin", ("'a'", "REPEAT('é', 200)"),
             "'b'", "'c'"),
    "sixteen": ("VARCHAR(20) CHARACTER SET utf16", ("'a'", "'😀'"), "'b'", "'é'"),
    "fixed": ("BINARY(6)", ("''", "0x00FF00", "0x010203040506"), "0x202000000000", "0x61"),
    "bytes": ("VARBINARY(300)", ("''", "0x00", "0x0000FF", "REPEAT('a', 299)"), "0x2020", "0x20"),
}  # fmt: skip
COMPOSITE = "composite"


def statements(name: str) -> Iterator[str]:
    kind, stay, before, after = TYPES[name]
    yield (
        f"CREATE TABLE `{name}` (first TEXT, k {kind} NOT NULL, amount DOUBLE, note VARCHAR(9),"
        f" PRIMARY KEY (k)) ENGINE=InnoDB"
    )
    for value in (*stay, before):
        yield f"INSERT INTO `{name}` VALUES (NULL, {value}, 1.5, 'x')"
    yield f"UPDATE `{name}` SET first = 'y', note = NULL, k = {after} WHERE k = {before}"
    yield f"UPDATE `{name}` SET amount = 2"


class Written:
    """What was written to tables with each type of key, what was told of it, what there is."""

    def __init__(self, legacy: Legacy) -> None:
        before = [text for name in TYPES for text in list(statements(name))[:1]]
        mode = "SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+02:00'"
        legacy.run(
            mode,
            *before,
            f"CREATE TABLE {COMPOSITE} (v VARCHAR(9), b DATE, n INT, a CHAR(5),"
            " PRIMARY KEY (a, n, b))",
        )
        self.tables = legacy.tables()
        stream = legacy.follow()
        after = [text for name in TYPES for text in list(statements(name))[1:]]
        legacy.run(
            mode,
            "SET names utf8mb4",
            *after,
            f"INSERT INTO {COMPOSITE} VALUES ('v', '2024-01-02', -7, 'ab'),"
            " (NULL, '2024-01-02', 8, '')",
        )
        self.changes: Changes = legacy.drain(stream)
        self.source = Source(legacy.url)

    def selected(self, table: SourceTable) -> set[tuple[Any, ...]]:
        """The keys as `migrate.refresh` reads them; of other types, as numbers or as text."""
        columns = {column.name: column for column in key_columns(table)}
        selects, reads = [], []
        for name in table.key:
            column, known = table.column(name), columns.get(name)
            assert column is not None
            if known is not None:
                selects.append(known.select())
                reads.append(known.value)
            elif column.data_type == "time":
                selects.append(f"CAST(s.`{name}` AS CHAR)")
                reads.append(lambda got: got.decode())
            else:
                selects.append(f"s.`{name}` + 0")
                reads.append(int)
        rows = self.source.rows(f"SELECT {', '.join(selects)} FROM `{table.name}` s")
        return {tuple(read(v) for read, v in zip(reads, row, strict=True)) for row in rows}


@pytest.fixture(scope="module", params=SERVERS)
def written(request: pytest.FixtureRequest) -> Iterator[Written]:
    databases = fresh_database(request.getfixturevalue(request.param))
    legacy = Legacy(next(databases))
    made = Written(legacy)
    yield made
    made.source.close()
    legacy.close()
    next(databases, None)


@pytest.mark.parametrize("name", [*TYPES, COMPOSITE])
def test_key_is_told_as_it_is_selected(written: Written, name: str) -> None:
    selected = written.selected(written.tables[name])
    told = written.changes.tables[name]
    assert not told.suspect
    assert selected <= told.keys
    # The value that was changed is told, too, and is no longer there.
    gone = told.keys - selected
    assert len(gone) == (0 if name in (COMPOSITE, "bits") else 1), gone


@pytest.mark.parametrize("kind", ["FLOAT", "DOUBLE"])
def test_float_is_no_key(either: Legacy, kind: str) -> None:
    either.run(f"CREATE TABLE t (k {kind} PRIMARY KEY, v INT)")
    stream = either.follow()
    either.run("INSERT INTO t VALUES (1.5, 1)")
    told = either.drain(stream).tables["t"]
    assert told.unkeyed and not told.keys and told.events == 1


def test_table_without_key_is_suspect_as_a_whole(either: Legacy) -> None:
    either.run("CREATE TABLE t (a INT, b INT)")
    stream = either.follow()
    either.run("INSERT INTO t VALUES (1, 1)")
    assert either.drain(stream).tables["t"].unkeyed


def test_other_columns_than_the_key_can_be_asked_for(either: Legacy) -> None:
    either.run("CREATE TABLE t (id INT PRIMARY KEY, owner INT, name VARCHAR(9), other INT)")
    stream = either.follow(keys={"t": ("owner", "id")})
    either.run("INSERT INTO t VALUES (1, 10, 'a', NULL)", "UPDATE t SET owner = NULL, other = 3")
    assert either.drain(stream).tables["t"].keys == {(10, 1), (None, 1)}


@pytest.fixture
def old_moments(legacy: Legacy) -> Iterator[Legacy]:
    """A database whose moments are stored as MariaDB did before 10.1."""
    legacy.run("SET GLOBAL mysql56_temporal_format = OFF")
    yield legacy
    legacy.run("SET GLOBAL mysql56_temporal_format = ON")


@pytest.mark.parametrize("digits", range(7))
def test_moments_in_mariadbs_old_format_do_not_hide_the_key(
    old_moments: Legacy, digits: int
) -> None:
    old_moments.run(
        f"CREATE TABLE t (a TIMESTAMP({digits}) DEFAULT 0, b TIME({digits}), c DATETIME({digits}),"
        " d INT, id INT PRIMARY KEY)",
        f"CREATE TABLE k (a DATETIME({digits}) PRIMARY KEY)",
    )
    stream = old_moments.follow()
    old_moments.run(
        "INSERT INTO t VALUES ('2020-01-02 03:04:05.678901', '12:34:56.789012',"
        " '2020-01-02 03:04:05.678901', 7, 1), (0, '-1:02:03.4', NULL, NULL, 2)",
        "DELETE FROM t WHERE id = 1",
        "INSERT INTO k VALUES ('2020-01-02 03:04:05')",
    )
    told = old_moments.drain(stream).tables
    assert (told["t"].keys, told["t"].events) == ({(1,), (2,)}, 3)
    # As a key they are not read, but never passed over.
    assert told["k"].unkeyed or told["k"].keys == {("2020-01-02 03:04:05",)}
