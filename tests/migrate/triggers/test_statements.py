"""Every kind of statement leaves counters that are what their children say."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import psycopg2
import pytest

from tests.migrate.triggers.conftest import Counted
from tests.migrate.triggers.test_concurrency import mixed

ICON = "INSERT INTO shop_icon (id, maker_id, title, status, size, at)"
STATEMENTS = {
    "one child more": f"{ICON} VALUES (99, 1, 'x', 'free', 99, 99)",
    "a child without parent": f"{ICON} VALUES (99, NULL, 'x', 'free', 99, 99)",
    "many children of many parents": f"{ICON} SELECT n, n % 5 + 1, 'b', 'paid', n, n"
    " FROM generate_series(100, 400) n",
    "moved": "UPDATE shop_icon SET maker_id = 2 WHERE maker_id = 1",
    "moved among each other": "UPDATE shop_icon SET maker_id = inspirer_id, inspirer_id = maker_id",
    "parent taken away": "UPDATE shop_icon SET maker_id = NULL WHERE id < 20",
    "parent given": "UPDATE shop_icon SET maker_id = 5 WHERE maker_id IS NULL",
    "filter no longer true": "UPDATE shop_icon SET status = 'off' WHERE status = 'free'",
    "filter true by another column": "UPDATE shop_icon SET size = 95 WHERE id % 4 = 0",
    "value larger": "UPDATE shop_icon SET size = size + 100 WHERE id = 7",
    "greatest value smaller": "UPDATE shop_icon SET size = 0 WHERE size > 60",
    "order of the latest": "UPDATE shop_icon SET at = -at",
    "title of the latest": "UPDATE shop_icon SET title = 'new'",
    "rating to NULL": "UPDATE shop_icon SET rating = NULL WHERE id < 9",
    "nothing that is counted": "UPDATE shop_icon SET title = title",
    "key of children": "UPDATE shop_icon SET id = id + 1000 WHERE id > 20",
    "deleted": "DELETE FROM shop_icon WHERE id > 20",
    "all deleted": "DELETE FROM shop_icon_tags; DELETE FROM shop_icon",
    "truncated": "TRUNCATE shop_icon, shop_icon_tags",
    "truncated by cascade": "TRUNCATE shop_icon CASCADE",
    "parents truncated": "TRUNCATE shop_group CASCADE",
    "many to many": "DELETE FROM shop_icon_tags WHERE tag_id = 1",
    "many to many moved": "UPDATE shop_icon_tags SET tag_id = 3 - tag_id",
    "upsert": f"{ICON} SELECT n, 3, 'u', 'free', n, n FROM generate_series(35, 45) n"
    " ON CONFLICT (id) DO UPDATE SET maker_id = 4, size = 80",
    "upsert that does nothing": f"{ICON} VALUES (1, 3, 'u', 'free', 1, 1) ON CONFLICT DO NOTHING",
    "merge": "MERGE INTO shop_icon t USING generate_series(30, 50) n ON t.id = n"
    " WHEN MATCHED AND n % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET maker_id = 1"
    " WHEN NOT MATCHED THEN INSERT (id, maker_id, title, status, size, at)"
    " VALUES (n, 2, 'm', 'free', 5, 5)",
    "parent after its children": f"BEGIN; {ICON} VALUES (99, 77, 'x', 'free', 9, 9);"
    " INSERT INTO shop_maker (id, name, icons, free, weight, ratings, inspired)"
    " VALUES (77, 'late', 0, 0, 0, 0, 0); COMMIT",
    "parent and children at once": "WITH m AS (INSERT INTO shop_maker"
    " (id, name, icons, free, weight, ratings, inspired) VALUES (77, 'with', 3, 0, 0, 0, 0)"
    f" RETURNING id) {ICON} SELECT 500 + n, id, 'x', 'free', n, n FROM m, generate_series(1, 4) n",
    "parents deleted with their children": "WITH c AS (DELETE FROM shop_icon WHERE maker_id = 1 OR"
    " inspirer_id = 1 RETURNING id), t AS (DELETE FROM shop_icon_tags WHERE icon_id IN"
    " (SELECT id FROM shop_icon WHERE maker_id = 1 OR inspirer_id = 1))"
    " DELETE FROM shop_maker WHERE id = 1",
    "counters given by whoever inserts": "INSERT INTO shop_maker"
    " (id, name, icons, free, weight, ratings, inspired) VALUES (77, 'liar', 7, 7, 7, 7, 7)",
    "counters written by an application": "UPDATE shop_maker SET icons = 99, free = free + 1",
    "parent of the parent changed": "UPDATE shop_maker SET group_id = 1",
    "several in one transaction": f"BEGIN; {ICON} VALUES (99, 1, 'x', 'free', 9, 9);"
    " UPDATE shop_icon SET maker_id = 2 WHERE id = 99; DELETE FROM shop_icon WHERE id = 99;"
    " UPDATE shop_icon SET size = 1; COMMIT",
    "half taken back": f"BEGIN; {ICON} VALUES (98, 1, 'x', 'free', 9, 9); SAVEPOINT s;"
    f" {ICON} VALUES (99, 1, 'x', 'free', 9, 9); ROLLBACK TO s; COMMIT",
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_counters_are_true_after(statement: str, filled: Callable[..., Counted]) -> None:
    counted = filled()
    assert counted.wrong() == []
    counted.sql(statement)
    assert counted.wrong() == []


@pytest.mark.parametrize("seed", range(3))
def test_counters_are_true_after_each_of_many_random_statements(
    seed: int, filled: Callable[..., Counted]
) -> None:
    counted, dice = filled(), random.Random(seed)
    for n in range(80):
        statement = mixed(dice, n)
        counted.sql(statement)
        assert counted.wrong() == [], statement


def test_copy_counts(filled: Callable[..., Counted]) -> None:
    counted = filled()
    lines = "".join(f"{n}\t{n % 5 + 1}\tc\tfree\t{n}\t{n}\n" for n in range(100, 300))
    cursor = counted.connect().cursor()
    cursor.copy_expert(
        "COPY shop_icon (id, maker_id, title, status, size, at) FROM STDIN", io.StringIO(lines)
    )
    assert counted.wrong() == []
    assert counted.sql("SELECT sum(icons) FROM shop_maker") == [(232,)]


def test_cascades_of_the_database_count(filled: Callable[..., Counted]) -> None:
    counted = filled()
    name = counted.sql(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'shop_icon'::regclass"
        " AND contype = 'f' AND conkey = ARRAY[(SELECT attnum FROM pg_attribute"
        " WHERE attrelid = 'shop_icon'::regclass AND attname = 'inspirer_id')]"
    )[0][0]
    counted.sql(
        f'ALTER TABLE shop_icon DROP CONSTRAINT "{name}", ADD FOREIGN KEY (inspirer_id)'
        " REFERENCES shop_maker ON DELETE CASCADE",
        "DELETE FROM shop_icon_tags",
        "UPDATE shop_icon SET maker_id = 1 WHERE maker_id = 3",
        "DELETE FROM shop_maker WHERE id = 3",
    )
    assert counted.wrong() == []
    assert counted.sql("SELECT count(*) FROM shop_icon")[0][0] < 40


def test_a_stale_object_that_is_saved_does_not_bring_its_counters_back(
    filled: Callable[..., Counted],
) -> None:
    counted = filled()
    counted.django(
        "maker = Maker.objects.get(id=1)\n"
        "Icon.objects.create(id=99, maker=maker, size=3)\n"
        "maker.name = 'renamed'\n"
        "maker.save()\n"
    )
    assert counted.sql("SELECT name, icons FROM shop_maker WHERE id = 1") == [("renamed", 9)]
    assert counted.wrong() == []


def test_what_is_not_counted_locks_no_parent(filled: Callable[..., Counted]) -> None:
    counted = filled()
    holder = counted.connect(autocommit=False).cursor()
    holder.execute("SELECT FROM shop_maker FOR NO KEY UPDATE")
    counted.sql("SET lock_timeout = '2s'", "UPDATE shop_icon_tags SET icon_id = icon_id")
    counted.sql("UPDATE shop_icon SET inspirer_id = inspirer_id")
    with pytest.raises(psycopg2.errors.LockNotAvailable):
        counted.sql("UPDATE shop_icon SET inspirer_id = NULL WHERE id = 1")


def test_a_counter_that_was_wrong_does_not_break_a_delete(filled: Callable[..., Counted]) -> None:
    counted = filled()
    counted.sql(
        "SET delamp.applying = 'on'", "UPDATE shop_maker SET icons = 0", "RESET delamp.applying"
    )
    counted.sql("DELETE FROM shop_icon WHERE maker_id = 1 AND id > 20")
    assert counted.sql("SELECT icons FROM shop_maker WHERE id = 1") == [(0,)]
