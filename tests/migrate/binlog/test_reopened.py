"""A look at tables that were opened anew finds nothing where nothing was altered."""

from __future__ import annotations

from migrate.binlog import Followed
from migrate.binlog.reopened import altered_tables
from tests.migrate.binlog.following import Legacy
from tests.migrate.binlog.test_key_types import TYPES, statements

MARIADB = (
    "CREATE TABLE v (id INT PRIMARY KEY, n INT) WITH SYSTEM VERSIONING",
    "CREATE TABLE g (a INT, b INT AS (a + 1) VIRTUAL, c INT AS (a + 2) STORED, d CHAR(9) KEY)",
    "CREATE TABLE h (id INT PRIMARY KEY, x INT INVISIBLE DEFAULT 3, y LONGTEXT UNIQUE)",
    "CREATE TABLE j (id UUID PRIMARY KEY, a INET6, b JSON, c TEXT COMPRESSED, d POINT)",
    "SET GLOBAL mysql56_temporal_format = OFF",
    "CREATE TABLE o (id DATETIME(3) PRIMARY KEY, t TIMESTAMP(2) DEFAULT 0, u TIME(1))",
    "SET GLOBAL mysql56_temporal_format = ON",
)


def test_no_table_of_any_type_is_taken_for_an_altered_one(either: Legacy) -> None:
    either.run(*(next(statements(name)) for name in TYPES))
    if "MariaDB" in either.run("SELECT VERSION()")[0][0]:
        either.run(*MARIADB)
    tables = {name: Followed(table=table) for name, table in either.tables().items()}
    assert len(tables) >= len(TYPES)
    assert altered_tables(either.url, tables, set(tables)) == ()
    either.run("ALTER TABLE `whole` MODIFY k INT NOT NULL FIRST", "DROP TABLE latin")
    either.run("ALTER TABLE `small` ADD x INT", "ALTER TABLE `tiny` MODIFY note VARCHAR(10)")
    altered = altered_tables(either.url, tables, set(tables))
    assert altered == ("latin", "small", "tiny", "whole")
