"""The loader of real legacy databases loads what others have counted."""

from __future__ import annotations

from typing import Any

import pytest

from tests import data
from tests.fix_servers import connect_mysql

REFUSED = {"dbz_regression": 1, "mediawiki_old": 3, "phpbb2": 1, "yb_datatypes": 1}
"""Statements of the files that this server has no use for, as measured by others as well."""
UNCOUNTED = {"pgloader_mytest"}


def databases() -> list[Any]:
    """Where the data are absent, one test stands for all of them, and is skipped."""
    found = data.names() if data.FOLDER.is_dir() else ["sakila"]
    # The big ones are in the suite through the examples and the benchmarks.
    slow = {"drupal7", "wordpress_erp", "zencart"}
    return [
        pytest.param(name, marks=pytest.mark.slow if name in slow else ())
        for name in found
        if name not in UNCOUNTED
    ]


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize("name", databases())
def test_loaded_tables_have_the_rows_that_others_counted(name: str, source_db: str) -> None:
    refused = data.load(name, source_db)
    with connect_mysql(source_db) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        tables = [row[0] for row in cursor.fetchall()]
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT COUNT(*) FROM `{table}`")
            counts[table] = cursor.fetchone()[0]
    assert counts == data.row_counts(name)
    assert len(refused) == REFUSED.get(name, 0), refused


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (b"SELECT 1; SELECT 2", [b"SELECT 1", b"SELECT 2"]),
        (b'SELECT \';\'; SELECT "a;\\";b"', [b"SELECT ';'", b'SELECT "a;\\";b"']),
        (b"SELECT 'it''s;'; SELECT `a;b`", [b"SELECT 'it''s;'", b"SELECT `a;b`"]),
        (b"-- don't; stop\nSELECT 1 -- a;b\n;", [b"SELECT 1 -- a;b"]),
        (b"# a;b\n/* c;d */;", []),
        (b"/*!40101 SET a = 1; */;", [b"/*!40101 SET a = 1; */"]),
        (b"-------\n\\! echo Done\nSELECT 1;", [b"SELECT 1"]),
        (b"SELECT 5--3;SELECT 1", [b"SELECT 5--3", b"SELECT 1"]),
        (
            b"DELIMITER ;;\nCREATE x BEGIN a; b; END;;\nDELIMITER ;\nSELECT 1;",
            [b"CREATE x BEGIN a; b; END", b"SELECT 1"],
        ),
    ],
    ids=[
        "two",
        "quoted",
        "doubled",
        "comment",
        "empty",
        "conditional",
        "client",
        "minus",
        "delimiter",
    ],
)
def test_script_is_cut_as_the_mysql_client_does(script: bytes, expected: list[bytes]) -> None:
    assert list(data.statements(script)) == expected
