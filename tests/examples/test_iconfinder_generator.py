"""The legacy database holds exactly the rows and the ills that `facts` says, found by plain SQL."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pymysql
import pytest

from examples.iconfinder.legacy import Facts, facts, generate, holds
from examples.iconfinder.legacy.server import statements
from examples.iconfinder.legacy.sizes import sizes
from examples.iconfinder.legacy.tables import TABLES

ROWS, SEED = 20_000, 1

UTF8 = (
    "^([0-7][0-9A-F]|[CD][0-9A-F][89AB][0-9A-F]|E[0-9A-F]([89AB][0-9A-F]){2}"
    "|F[0-7]([89AB][0-9A-F]){3})*$"
)
HIGH = "^([0-9A-F][0-9A-F])*[89A-F]"
ENTITY = "&[#a-zA-Z0-9]+;"


def high_utf8(table: str, column: str) -> str:
    return (
        f"SELECT COUNT(*) FROM {table} "
        f"WHERE HEX({column}) REGEXP '{HIGH}' AND HEX({column}) REGEXP '{UTF8}'"
    )


def high_latin1(table: str, column: str) -> str:
    return (
        f"SELECT COUNT(*) FROM {table} "
        f"WHERE HEX({column}) REGEXP '{HIGH}' AND NOT HEX({column}) REGEXP '{UTF8}'"
    )


def where(table: str, condition: str) -> str:
    return f"SELECT COUNT(*) FROM {table} WHERE {condition}"


def entities(table: str, column: str) -> str:
    return where(table, f"{column} REGEXP '{ENTITY}'")


def controls(table: str, column: str) -> str:
    # In bytes: latin1_swedish_ci takes a backslash for an A with a ring.
    raw = f"CAST({column} AS BINARY)"
    return where(table, " OR ".join(f"INSTR({raw}, CHAR({code}))" for code in (9, 10, 92)))


def orphans(table: str, column: str, parent: str, key: str) -> str:
    return (
        f"SELECT COUNT(*) FROM {table} c LEFT JOIN {parent} p ON p.{key} = c.{column} "
        f"WHERE c.{column} <> 0 AND p.{key} IS NULL"
    )


def drifted(table: str, column: str, key: str, counted: str) -> str:
    """`counted` is a query that gives (parent, n)."""
    return (
        f"SELECT COUNT(*) FROM {table} p LEFT JOIN ({counted}) c ON c.parent = p.{key} "
        f"WHERE p.{column} <> COALESCE(c.n, 0)"
    )


CHECKS = {
    "users.real_name: UTF-8 bytes in latin1": high_utf8("users", "real_name"),
    "users.real_name: real latin1": high_latin1("users", "real_name"),
    "users.bio: HTML entities": entities("users", "bio"),
    "users.bio: tab, newline, backslash": controls("users", "bio"),
    "users.email: empty string means NULL": where("users", "email = ''"),
    "users.homepage: empty string means NULL": where("users", "homepage = ''"),
    "users.birthday: zero date": where("users", "birthday = 0"),
    "users.birthday: partial date": where(
        "users", "birthday <> 0 AND (MONTH(birthday) = 0 OR DAY(birthday) = 0)"
    ),
    "users.last_login: zero date": where("users", "last_login = 0"),
    "users.level: 2 in a tinyint(1)": where("users", "level = 2"),
    "users.level: 7 in a tinyint(1)": where("users", "level NOT IN (0, 1, 2)"),
    "users.prefs: empty string means NULL": where("users", "prefs = ''"),
    "users.prefs: UTF-8 bytes in latin1": high_utf8("users", "prefs"),
    "users.num_icons: drifted counter": drifted(
        "users", "num_icons", "user_id", "SELECT user_id parent, COUNT(*) n FROM icons GROUP BY 1"
    ),
    "users.num_downloads: drifted counter": drifted(
        "users",
        "num_downloads",
        "user_id",
        "SELECT user_id parent, COUNT(*) n FROM downloads GROUP BY 1",
    ),
    "users.passwd: md5": where("users", "passwd REGEXP '^[0-9a-f]{32}$'"),
    "users.passwd: phpass": where("users", "passwd LIKE '$P$%' AND LENGTH(passwd) = 34"),
    "users.passwd: bcrypt": where("users", "passwd LIKE '$2y$%' AND LENGTH(passwd) = 60"),
    "icon_sets.title: HTML entities": entities("icon_sets", "title"),
    "icon_sets.title: UTF-8 bytes in latin1": high_utf8("icon_sets", "title"),
    "icon_sets.title: real latin1": high_latin1("icon_sets", "title"),
    "icon_sets.licence: the enum's hidden empty value": where("icon_sets", "licence + 0 = 0"),
    "icon_sets.updated: zero date": where("icon_sets", "updated = 0"),
    "icon_sets.num_icons: drifted counter": drifted(
        "icon_sets", "num_icons", "set_id", "SELECT set_id parent, COUNT(*) n FROM icons GROUP BY 1"
    ),
    "categories.parent_id: parent comes after its child": where(
        "categories", "parent_id BETWEEN id AND 49999"
    ),
    "categories.parent_id: missing parent": orphans("categories", "parent_id", "categories", "id"),
    "categories.name: HTML entities": entities("categories", "name"),
    "icons.user_id: missing parent": orphans("icons", "user_id", "users", "user_id"),
    "icons.category_id: missing parent": orphans("icons", "category_id", "categories", "id"),
    "icons.name: surrounded by spaces": where("icons", "LENGTH(name) <> LENGTH(TRIM(name))"),
    "icons.name: HTML entities": entities("icons", "name"),
    "icons.tags: untidy comma list": where("icons", "tags LIKE '% ,%' OR tags LIKE '%,'"),
    "icons.phash: above the signed bigint": where("icons", "phash > 9223372036854775807"),
    "icons.description: emoji": where("icons", "HEX(description) REGEXP '^([0-9A-F][0-9A-F])*F0'"),
    "icons.description: empty string means NULL": where("icons", "description = ''"),
    "icons.modified: zero date": where("icons", "modified = 0"),
    "icons.num_downloads: drifted counter": drifted(
        "icons",
        "num_downloads",
        "icon_id",
        "SELECT icon_id parent, COUNT(*) n FROM downloads GROUP BY 1",
    ),
    "tags.tag: same as another but for case": (
        "SELECT COUNT(*) - COUNT(DISTINCT LOWER(tag)) FROM tags"
    ),
    "tags.num_icons: drifted counter": drifted(
        "tags",
        "num_icons",
        "tag_id",
        "SELECT t.tag_id parent, COUNT(DISTINCT t.icon_id) n FROM icon_tags t "
        "JOIN icons i ON i.icon_id = t.icon_id GROUP BY 1",
    ),
    "icon_tags.icon_id: missing parent": orphans("icon_tags", "icon_id", "icons", "icon_id"),
    "icon_tags.tag_id: missing parent": orphans("icon_tags", "tag_id", "tags", "tag_id"),
    "icon_tags: the same pair again": (
        "SELECT COUNT(*) - COUNT(DISTINCT icon_id, tag_id) FROM icon_tags"
    ),
    "downloads.ip: zero means unknown": where("downloads", "ip = 0"),
    "downloads.referer: empty string means NULL": where("downloads", "referer = ''"),
    "downloads.icon_id: missing parent": orphans("downloads", "icon_id", "icons", "icon_id"),
    "downloads.user_id: missing parent": orphans("downloads", "user_id", "users", "user_id"),
    "purchases.paid_at: in the hour skipped in March": where(
        "purchases",
        "HOUR(paid_at) = 2 AND MONTH(paid_at) = 3 AND DAY(paid_at) > 24 AND WEEKDAY(paid_at) = 6",
    ),
    "purchases.paid_at: in the hour lived twice in October": where(
        "purchases",
        "HOUR(paid_at) = 2 AND MONTH(paid_at) = 10 AND DAY(paid_at) > 24 AND WEEKDAY(paid_at) = 6",
    ),
    "purchases.receipt: serialised with a wrong length": where(
        "purchases",
        """receipt LIKE 's:9:"paypal"%' OR receipt LIKE 'a:2:{s:7:"gateway";s:4:"epay";}'
           OR receipt LIKE '%s:5:"hi"%'""",
    ),
    "purchases.receipt: serialised object": where(
        "purchases", "receipt LIKE 'O:%' AND NOT INSTR(receipt, CHAR(0))"
    ),
    "purchases.receipt: object with a private property": where(
        "purchases", "receipt LIKE 'O:%' AND INSTR(receipt, CHAR(0))"
    ),
    "comments.title: longer than the model allows": where("comments", "CHAR_LENGTH(title) > 80"),
    "comments.body: UTF-8 bytes in latin1": high_utf8("comments", "body"),
    "comments.body: real latin1": high_latin1("comments", "body"),
    "comments.body: tab, newline, backslash": controls("comments", "body"),
    "comments.body: HTML entities": entities("comments", "body"),
    "comments.body: NUL byte": where("comments", "INSTR(body, CHAR(0))"),
    "comments.created: zero date": where("comments", "created = 0"),
    "comments.parent_id: missing parent": orphans(
        "comments", "parent_id", "comments", "comment_id"
    ),
    "comments.user_id: missing parent": orphans("comments", "user_id", "users", "user_id"),
    "comments.icon_id: missing parent": orphans("comments", "icon_id", "icons", "icon_id"),
    "favourites.added: zero epoch means unknown": where("favourites", "added = 0"),
    "favourites.user_id: missing parent": orphans("favourites", "user_id", "users", "user_id"),
    "favourites.icon_id: missing parent": orphans("favourites", "icon_id", "icons", "icon_id"),
    "settings.value: serialised with a wrong length": where(
        "settings", """value = 's:10:"edited";'"""
    ),
    "settings.value: serialised object": where("settings", "value LIKE 'O:%'"),
    "settings.value: empty string means NULL": where("settings", "value = ''"),
}

REFUSED_ICON = (
    "(SELECT i.icon_id FROM icons i LEFT JOIN users u USING (user_id) WHERE u.user_id IS NULL)"
)
KNOCK_ON = {
    "downloads.icon_id": where("downloads", f"icon_id IN {REFUSED_ICON}"),
    "comments.icon_id": where("comments", f"icon_id IN {REFUSED_ICON}"),
    "favourites.icon_id": where("favourites", f"icon_id IN {REFUSED_ICON}"),
    "comments.parent_id": (
        "SELECT COUNT(*) FROM comments c JOIN comments p ON p.comment_id = c.parent_id "
        "WHERE INSTR(p.body, CHAR(0))"
    ),
}


def connect(url: str) -> Any:
    parts = urlsplit(url)
    socket = parse_qs(parts.query).get("unix_socket") or parse_qs(parts.query).get("socket")
    return pymysql.connect(
        host=parts.hostname or "localhost",
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        database=parts.path.strip("/"),
        unix_socket=socket[0] if socket else None,
        charset="utf8mb4",
        init_command="SET SESSION sql_mode = ''",
        autocommit=True,
    )


def ask(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@pytest.fixture
def legacy(source_db: str) -> Iterator[tuple[Any, Facts]]:
    planted = generate(source_db, ROWS, SEED)
    connection = connect(source_db)
    yield connection, planted
    connection.close()


def differing(connection: Any, planted: Facts) -> dict[str, tuple[int, int]]:
    """Name -> (found, promised), for every number that is not what was promised."""
    promised = (
        planted.ills
        | {f"knock-on {name}": count for name, count in planted.knock_on.items()}
        | {f"rows of {name}": count for name, count in planted.rows.items()}
    )
    queries = (
        CHECKS
        | {f"knock-on {name}": sql for name, sql in KNOCK_ON.items()}
        | {f"rows of {name}": f"SELECT COUNT(*) FROM {name}" for name in planted.rows}
    )
    assert queries.keys() == promised.keys()
    found = {name: int(ask(connection, sql)[0][0]) for name, sql in queries.items()}
    return {n: (found[n], promised[n]) for n in promised if found[n] != promised[n]}


def test_every_planted_ill_is_there_in_the_promised_number(legacy: tuple[Any, Facts]) -> None:
    connection, planted = legacy
    assert planted == facts(ROWS, SEED)
    assert sum(planted.rows.values()) == ROWS
    assert min(planted.ills.values()) > 0
    assert differing(connection, planted) == {}


def test_myisam_stands_beside_innodb(legacy: tuple[Any, Facts]) -> None:
    connection, _ = legacy
    engines = dict(
        ask(
            connection,
            "SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES "
            "WHERE TABLE_SCHEMA = DATABASE()",
        )
    )
    assert {name for name, engine in engines.items() if engine == "MyISAM"} == {
        "categories",
        "comments",
        "icon_tags",
        "settings",
        "tags",
    }
    assert len(engines) == len(TABLES)


def test_same_seed_gives_the_same_rows_and_another_seed_others(source_db: str) -> None:
    tables = ", ".join(table.name for table in TABLES)
    sums = []
    for seed in (7, 7, 8):
        generate(source_db, 10_000, seed)
        connection = connect(source_db)
        sums.append(ask(connection, f"CHECKSUM TABLE {tables}"))
        assert differing(connection, facts(10_000, seed)) == {}
        connection.close()
    assert sums[0] == sums[1] != sums[2]


def test_a_database_is_known_again_by_rows_and_seed(source_db: str) -> None:
    assert not holds(source_db, 10_000, 3)
    generate(source_db, 10_000, 3)
    assert holds(source_db, 10_000, 3)
    assert not holds(source_db, 10_000, 4)
    assert not holds(source_db, 10_001, 3)


def test_a_table_of_somebody_else_is_never_dropped(source_db: str) -> None:
    connection = connect(source_db)
    ask(connection, "CREATE TABLE icons (id int, name varchar(9))")
    ask(connection, "INSERT INTO icons VALUES (1, 'mine')")
    with pytest.raises(ValueError, match="table icons is not the example's"):
        generate(source_db, 10_000)
    assert ask(connection, "SELECT * FROM icons") == [(1, "mine")]
    connection.close()


@pytest.mark.mysql56
def test_mysql_5_6_takes_the_same_database(source_db56: str) -> None:
    planted = generate(source_db56, 10_000, SEED)
    connection = connect(source_db56)
    assert differing(connection, planted) == {}
    connection.close()


@pytest.mark.parametrize("rows", [10_000, 10_001, 123_456, 1_050_000, 99_999_999, 100_000_000])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sizes_add_up_to_the_row_for_any_number_of_rows(rows: int, seed: int) -> None:
    planted = facts(rows, seed)
    assert sum(planted.rows.values()) == rows
    assert 0.60 < planted.rows["downloads"] / rows < 0.70
    assert min(planted.ills.values()) > 0


@pytest.mark.parametrize("rows", [9_999, 0, -1, 100_000_001])
def test_too_few_or_too_many_rows_are_refused(rows: int) -> None:
    with pytest.raises(ValueError, match=f"rows: out of range, got {rows} "):
        facts(rows, 1)


def test_statements_stay_below_their_limit_and_stream() -> None:
    size = sizes(100_000_000)
    for table in TABLES:
        first = list(islice(statements(table, size, 1, 50_000), 3))
        assert all(len(statement) <= 50_000 for statement in first)


CHILD = """
import hashlib, resource, sys
from examples.iconfinder.legacy.server import statements
from examples.iconfinder.legacy.sizes import sizes
from examples.iconfinder.legacy.tables import TABLES

digest = hashlib.sha256()
for table in TABLES:
    for statement in statements(table, sizes(int(sys.argv[1])), 1, 1_000_000):
        digest.update(statement)
print(digest.hexdigest(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def stream(rows: int, hash_seed: str) -> tuple[str, int]:
    """Generate in a process of its own: SHA-256 of all statements, and its peak memory in kB."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(rows)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    digest, peak = done.stdout.split()
    return digest, int(peak)


def test_bytes_do_not_depend_on_the_process() -> None:
    assert stream(10_000, "1")[0] == stream(10_000, "2")[0]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows() -> None:
    assert stream(1_000_000, "0")[1] - stream(100_000, "0")[1] < 6_000
