"""Names and types that SQL written for others would stumble over."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest

from migrate.triggers.frozen import FrozenParent
from migrate.triggers.statements import install_statements, remove_statements

NAMES = ["q", "p", "t", "f", "n", "o", "k", "keys", "delamp", "order", 'a "b"', "50%", "Ø"]


def frozen(parent: str, child: str, by: str) -> FrozenParent:
    table = '"' + child.replace('"', '""') + '"'
    counters: list[dict[str, Any]] = [
        {"column": "keys", "kind": "count", "empty": "0", "filter": f"{table}.k0 LIKE '%$x'"},
        {"column": "k0", "kind": "sum", "empty": "0", "value": f"{table}.d0_0"},
        {"column": "d0", "kind": "max", "empty": "NULL", "value": f"{table}.k0", "type": "text"},
        {"column": "a0", "kind": "latest", "empty": "NULL", "value": f"{table}.k0",
         "order": f"{table}.d0_0", "exact": False},
    ]  # fmt: skip
    passes = [{"by": by, "counters": counters}]
    children = [{"table": child, "key": ["id"], "passes": passes}]
    return FrozenParent.of(parent, "id", "varchar(9)", children)


@pytest.mark.parametrize("name", NAMES)
def test_counters_are_true_whatever_tables_and_columns_are_called(
    name: str, target_db: str
) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    connection = psycopg2.connect(target_db)
    connection.autocommit = True
    cursor = connection.cursor()

    def run(sql: str) -> None:
        cursor.execute(sql)

    run("CREATE TABLE parent (id varchar(9) PRIMARY KEY, keys int NOT NULL DEFAULT 0,"
        " k0 numeric NOT NULL DEFAULT 0, d0 text, a0 text)")  # fmt: skip
    run(f"CREATE TABLE {quoted} (id serial PRIMARY KEY, {quoted} varchar(9), k0 text, d0_0 int)")
    for statement in install_statements(frozen("parent", name, name)):
        run(statement)
    run("INSERT INTO parent (id) VALUES ('a'), ('b')")
    run(f"INSERT INTO {quoted} ({quoted}, k0, d0_0) VALUES ('a', '1%$x', 5), ('b', '%$x', 2),"
        " ('a', '2', 3)")  # fmt: skip
    run(f"UPDATE {quoted} SET {quoted} = 'b' WHERE d0_0 = 3")
    run(f"UPDATE {quoted} SET k0 = '0' WHERE k0 = '2'")
    cursor.execute("SELECT id, keys, k0, d0, a0 FROM parent ORDER BY id")
    assert cursor.fetchall() == [("a", 1, 5, "1%$x", "1%$x"), ("b", 1, 5, "0", "0")]
    for statement in remove_statements(frozen("parent", name, name)):
        run(statement)
    cursor.execute("SELECT count(*) FROM pg_proc WHERE proname LIKE 'delamp%'")
    assert cursor.fetchone() == (0,)
    connection.close()
