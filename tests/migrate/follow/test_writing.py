"""Counters while Django writes, too: what an application adds with F() is never lost."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from migrate.triggers.frozen import FrozenParent
from migrate.triggers.statements import install_statements
from tests.migrate.conftest import Shop
from tests.migrate.follow.conftest import following
from tests.migrate.follow.storm import Storm
from tests.migrate.follow.test_storm import COUNTERS
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

OFFSET = MAPPINGS.replace('"shop.Icon"\n', '"shop.Icon"\n        id_offset = 1_000_000\n')
SCRIPT = Path(__file__).with_name("writing.py")
WRONG = """
SELECT * FROM (
  SELECT m.id, m.icons_count, (SELECT count(*) FROM shop_icon i WHERE i.maker_id = m.id) icons,
    m.weight, (SELECT coalesce(sum(size), 0) FROM shop_icon i WHERE i.maker_id = m.id) sizes
  FROM shop_maker m) q
WHERE icons_count <> icons OR weight <> sizes
"""
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
SWAP = "UPDATE makers SET name = IF(id = 1, 'Bo', 'Ada') WHERE id IN (1, 2)"


@pytest.fixture
def shared(shop: Callable[..., Shop]) -> Shop:
    """A loaded shop in which Django makes icons of its own."""
    made = shop(MODELS, OFFSET, *LEGACY)
    made.delamp("run", "-q")
    return made


@contextlib.contextmanager
def application(shop: Shop) -> Iterator[Any]:
    """A cursor of the application's, in a transaction of its own."""
    with contextlib.closing(psycopg2.connect(shop.target_url)) as link:
        yield link.cursor()


def add(cursor: Any, maker: int, icons: int, weight: int) -> None:
    cursor.execute(
        f"UPDATE shop_maker SET icons_count = icons_count + {icons}, weight = weight + {weight}"
        f" WHERE id = {maker}"
    )


def test_a_child_that_django_has_not_committed_yet_is_waited_for_and_counted(
    shared: Shop,
) -> None:
    with following(shared) as follower, application(shared) as cursor:
        follower.begin()
        cursor.execute(
            "INSERT INTO shop_icon (title, slug, maker_id, size) VALUES ('own', 'own', 1, 5)"
        )
        add(cursor, 1, 1, 5)
        shared.source("INSERT INTO icons VALUES (50, 'php', 'php', 1, 7)")
        follower.wait_for(WAITING, [(1,)])
        cursor.connection.commit()
        follower.wait_for("SELECT maker_id FROM shop_icon WHERE id = 50", [(1,)])
        assert shared.target(WRONG) == []
        assert follower.end()[0] == 0


def test_what_django_counts_while_its_row_is_taken_out_and_put_back_is_not_lost(
    shared: Shop,
) -> None:
    updated: list[int] = []

    def write() -> None:
        with contextlib.closing(psycopg2.connect(shared.target_url)) as link, link:
            cursor = link.cursor()
            cursor.execute(
                "INSERT INTO shop_icon (title, slug, maker_id, size) VALUES ('own', 'own', 1, 5)"
            )
            cursor.execute(
                "UPDATE shop_maker SET icons_count = icons_count + 1, weight = weight + 5,"
                " note = 'by Django' WHERE id = 1"
            )
            updated.append(cursor.rowcount)

    writer = threading.Thread(target=write)
    with (
        following(shared) as follower,
        contextlib.closing(psycopg2.connect(shared.target_url)) as blocking,
    ):
        follower.begin()
        # Held up between two makers that have changed names, and the end of the transaction.
        blocking.cursor().execute("SELECT 1 FROM shop_comment WHERE id = 1 FOR UPDATE")
        shared.source("BEGIN", SWAP, "UPDATE comments SET text = 'new' WHERE id = 1", "COMMIT")
        follower.wait_for(WAITING, [(1,)])
        writer.start()
        follower.wait_for(WAITING, [(2,)])
        blocking.rollback()
        writer.join()
        follower.wait_for("SELECT name FROM shop_maker WHERE id = 1", [("Bo",)])
        assert follower.end()[0] == 0
    assert updated == [1]
    assert shared.target(COUNTERS) == [(0,)]
    assert shared.target("SELECT note FROM shop_maker WHERE id = 1") == [("by Django",)]


def test_a_row_of_php_that_django_moves_under_a_batch_is_counted_where_it_was_put(
    shared: Shop,
) -> None:
    with following(shared) as follower, application(shared) as cursor:
        follower.begin()
        cursor.execute("UPDATE shop_icon SET maker_id = 3 WHERE id = 1")
        add(cursor, 1, -1, -10)
        add(cursor, 3, 1, 10)
        shared.source("UPDATE icons SET title = 'PHP has it' WHERE id = 1")
        follower.wait_for(WAITING, [(1,)])
        cursor.connection.commit()
        follower.wait_for("SELECT title, maker_id FROM shop_icon WHERE id = 1", [("PHP has it", 1)])
        assert shared.target(WRONG) == []
        assert follower.end()[0] == 0


@pytest.mark.slow
def test_a_transaction_that_stays_open_delays_the_batch_and_nobody_else_for_long(
    shared: Shop,
) -> None:
    with following(shared) as follower, application(shared) as cursor:
        follower.begin()
        cursor.execute("UPDATE shop_maker SET note = 'open' WHERE id = 3")
        shared.source(SWAP)
        follower.wait_for(WAITING, [(1,)])
        began = time.monotonic()
        shared.target("UPDATE shop_maker SET note = 'other' WHERE id = 2")
        assert time.monotonic() - began < 10
        # By now the follower has given up its lock, and will ask for it again.
        follower.wait_for(WAITING, [(1,)])
        assert shared.target("SELECT name FROM shop_maker WHERE id = 1") == [("Ada",)]
        cursor.connection.commit()
        follower.wait_for("SELECT name FROM shop_maker WHERE id = 1", [("Bo",)])
        assert follower.end()[0] == 0
    notes = shared.target("SELECT note FROM shop_maker ORDER BY id")
    assert notes == [("ours",), ("other",), ("open",)]


COUNTED = {
    "by": "maker_id",
    "counters": [
        {"column": "icons_count", "kind": "count", "empty": "0"},
        {"column": "weight", "kind": "sum", "empty": "0", "value": '"shop_icon"."size"'},
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("way", ["F", "triggers"])
def test_counters_are_right_at_every_commit_while_php_and_django_write(
    shared: Shop, way: str
) -> None:
    if way == "triggers":
        children = [{"table": "shop_icon", "key": ["id"], "passes": [COUNTED]}]
        parent = FrozenParent.of("shop_maker", "id", "bigint", children)
        for statement in install_statements(parent):
            shared.target(statement)
    variables = shared.project.all_variables() | {"DJANGO_SETTINGS_MODULE": "site_settings"}
    with following(shared) as follower, contextlib.ExitStack() as stack:
        follower.begin()
        applications = [
            subprocess.Popen(
                [sys.executable, str(SCRIPT), str(seed), way],
                cwd=shared.project.folder,
                env=variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for seed in range(2)
        ]
        for one in applications:
            stack.callback(one.kill)
        looks, until = 0, time.monotonic() + 20
        with Storm(shared.source_url, pause=0.01):
            while time.monotonic() < until:
                # One statement sees one instant: the rows and counters of whole commits.
                wrong = shared.target(WRONG)
                assert wrong == [], wrong
                looks += 1
                time.sleep(0.05)
        done: Counter[str] = Counter()
        for one in applications:
            done.update(json.loads(one.communicate("", 30)[0]))
        code, said = follower.end()
    print(f"{looks} looks; application: {dict(done)}; {said}")
    assert code == 0, said
    assert looks > 50 and done["committed"] > 200
    shared.delamp("resync", "--strategy", "binlog")
    assert shared.target(WRONG) == []
