"""SIGKILL to the client at twenty moments of a run, with writers at work on the source.

Some moments are random; others are held open by a lock that the test takes, so that the kill
falls between COPY and commit, while indexes are dropped, and while they are restored.
"""

from __future__ import annotations

import contextlib
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest

from tests.fix_servers import connect_mysql
from tests.migrate.conftest import Shop

ROWS = 60_000
MODELS = """
    from django.db import models

    class Person(models.Model):
        name = models.CharField(max_length=40, unique=True)
        boss = models.ForeignKey("self", models.CASCADE, null=True)
        orders_count = models.IntegerField(default=0)

    class Order(models.Model):
        person = models.ForeignKey(Person, models.CASCADE)
        amount = models.DecimalField(max_digits=10, decimal_places=2, db_index=True)
        note = models.TextField()

    class Like(models.Model):
        person = models.ForeignKey(Person, models.CASCADE)
        what = models.CharField(max_length=20)
"""
MAPPINGS = """
    from mappings import Column, Count, ModelMapping, Reference

    class PersonMapping(ModelMapping):
        boss = Reference("boss_id", orphans="null")
        orders_count = Count("shop.Order", by="person")
        class Meta:
            source = "people"
            model = "shop.Person"
            columns = "same-name"

    class OrderMapping(ModelMapping):
        class Meta:
            source = "orders"
            model = "shop.Order"
            columns = "same-name"

    class LikeMapping(ModelMapping):
        '''A table without a key.'''
        class Meta:
            source = "likes"
            model = "shop.Like"
            columns = "same-name"
"""
LEGACY = (
    "CREATE TABLE people (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40) NOT NULL UNIQUE,"
    " boss_id INT)",
    "CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, person_id INT NOT NULL,"
    " amount DECIMAL(10,2) NOT NULL, note TEXT NOT NULL) CHARSET utf8",
    "CREATE TABLE likes (person_id INT NOT NULL, what VARCHAR(20) NOT NULL)",
    "INSERT INTO people (name, boss_id) SELECT CONCAT('person ', seq), IF(seq % 10, NULL, seq / 2)"
    f" FROM seq_1_to_{ROWS // 10}",
    "INSERT INTO orders (person_id, amount, note) SELECT 1 + seq % 5990, seq / 100,"
    f" CONCAT('note ', seq) FROM seq_1_to_{ROWS}",
    "INSERT INTO likes SELECT 1 + seq % 100, CONCAT('thing ', seq % 7) FROM seq_1_to_3000",
)


class Writers:
    """Inserts, updates, deletes and swapped unique names on the source, until told to stop."""

    def __init__(self, url: str, seed: int) -> None:
        self._url = url
        self._stop = threading.Event()
        self.failures: list[BaseException] = []
        self.writes = 0
        self._threads = [
            threading.Thread(target=self._write, args=(random.Random(seed + n),)) for n in range(2)
        ]

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self, chance: random.Random) -> None:
        try:
            with connect_mysql(self._url, autocommit=False) as connection:
                while not self._stop.is_set():
                    self._transaction(connection, chance)
                    self.writes += 1
                    time.sleep(0.005)
        except BaseException as error:
            self.failures.append(error)

    def _transaction(self, connection: Any, chance: random.Random) -> None:
        n, person = chance.randint(1, ROWS), chance.randint(20, 5000)
        kinds: list[tuple[str, ...]] = [
            (f"UPDATE orders SET amount = amount + 1, person_id = {person} WHERE id = {n}",),
            (f"DELETE FROM orders WHERE id = {n}",),
            (f"INSERT INTO orders (person_id, amount, note) VALUES ({person}, 1, 'late')",),
            (f"INSERT INTO likes VALUES ({person}, 'late')", "DELETE FROM likes LIMIT 1"),
            (
                f"SELECT name INTO @first FROM people WHERE id = {person} FOR UPDATE",
                f"SELECT name INTO @second FROM people WHERE id = {person + 1} FOR UPDATE",
                f"UPDATE people SET name = 'swapped {person}' WHERE id = {person}",
                f"UPDATE people SET name = @first WHERE id = {person + 1}",
                f"UPDATE people SET name = @second WHERE id = {person}",
            ),
        ]
        try:
            with connection.cursor() as cursor:
                for statement in chance.choice(kinds):
                    cursor.execute(statement)
            connection.commit()
        except Exception as error:
            connection.rollback()
            # Two writers may meet on a name or a lock; anything else is a fault of the test.
            if error.args[0] not in (1062, 1205, 1213, 1020):
                raise


@contextlib.contextmanager
def running(shop: Shop, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """`delamp run` as a process that is killed at the end, if it still lives."""
    code = "import sys; from migrate.cli.main import main; sys.argv[0] = 'delamp'; main()"
    variables = shop.project.all_variables() | {"DELAMP_CHUNK_BYTES": "65536"}
    process = subprocess.Popen(
        [sys.executable, "-c", code, "run", "-q", *arguments],
        cwd=shop.project.folder,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stderr:
            process.stderr.close()


def wait_for(shop: Shop, pattern: str, process: subprocess.Popen[bytes]) -> bool:
    """Wait until a backend of delamp is at a statement like this; False if the run ends first."""
    connection = psycopg2.connect(shop.target_url)
    connection.autocommit = True
    try:
        cursor = connection.cursor()
        until = time.monotonic() + 30
        while time.monotonic() < until:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'delamp'"
                " AND state = 'active' AND query ~ %s AND datname = current_database()",
                [pattern],
            )
            if cursor.fetchone() != (0,):
                return True
            if process.poll() is not None:
                return False
        raise AssertionError(f"no backend came to {pattern}")
    finally:
        connection.close()


@contextlib.contextmanager
def locked(shop: Shop, statement: str) -> Iterator[None]:
    """Hold a lock on the target for a while."""
    connection = psycopg2.connect(shop.target_url)
    try:
        connection.cursor().execute(statement)
        yield
    finally:
        connection.close()


def kill_between_copy_and_commit(shop: Shop, arguments: tuple[str, ...]) -> bool:
    with running(shop, *arguments) as process:
        if not wait_for(shop, "^COPY", process):
            return False
        with locked(shop, "LOCK TABLE delamp_chunk IN SHARE MODE"):
            return wait_for(shop, 'INSERT INTO "delamp_chunk"', process)


def kill_while_dropping(shop: Shop, arguments: tuple[str, ...]) -> bool:
    with (
        locked(shop, "LOCK TABLE shop_order IN ACCESS SHARE MODE"),
        running(shop, *arguments) as process,
    ):
        return wait_for(shop, "DROP |TRUNCATE ", process)


def kill_while_checking_references(shop: Shop, arguments: tuple[str, ...]) -> bool:
    with running(shop, *arguments) as process:
        if not wait_for(shop, "^COPY", process):
            return False
        with locked(shop, "LOCK TABLE shop_order, shop_like IN ROW EXCLUSIVE MODE"):
            return wait_for(shop, "ADD CONSTRAINT", process)


def kill_while_building_an_index(shop: Shop, arguments: tuple[str, ...]) -> bool:
    with running(shop, *arguments) as process:
        return wait_for(shop, "^CREATE INDEX", process)


def kill_after(seconds: float) -> Callable[[Shop, tuple[str, ...]], bool]:
    def kill(shop: Shop, arguments: tuple[str, ...]) -> bool:
        with running(shop, *arguments) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                return True
            assert process.returncode == 0, process.stderr and process.stderr.read().decode()
            return False

    return kill


@pytest.mark.slow
def test_no_row_is_lost_or_doubled_and_no_index_missing_after_twenty_kills(
    shop: Callable[..., Shop],
) -> None:
    seed = random.randrange(1 << 30)
    print(f"seed {seed}")
    chance = random.Random(seed)
    made = shop(MODELS, MAPPINGS, *LEGACY)
    structure = (
        "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'shop_%' UNION ALL"
        " SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid::regclass::text LIKE 'shop_%' ORDER BY 1"
    )
    before = made.target(structure)
    moments: list[Callable[[Shop, tuple[str, ...]], bool]] = [
        kill_while_dropping,
        kill_between_copy_and_commit,
        kill_between_copy_and_commit,
        kill_while_checking_references,
        kill_while_building_an_index,
        *(kill_after(chance.uniform(0.5, 2.5)) for _ in range(15)),
    ]
    kills = 0
    with Writers(made.source_url, seed) as writers:
        arguments: tuple[str, ...] = ()
        for moment in [*moments, *moments]:
            if kills == len(moments):
                break
            killed = moment(made, arguments)
            kills += killed
            finished = made.target("SELECT state FROM delamp_run ORDER BY id DESC LIMIT 1")
            arguments = ("--restart", "--yes") if finished == [("finished",)] else ()
    assert not writers.failures, writers.failures
    assert writers.writes > 100
    assert kills == len(moments) == 20
    made.delamp("run", "-q", *arguments)
    made.delamp("verify")
    assert made.target(structure) == before
    assert made.rejects("PersonMapping") == []
    for table in ("people:shop_person", "orders:shop_order", "likes:shop_like"):
        source, target = table.split(":")
        expected = made.source(f"SELECT COUNT(*) FROM {source}")
        rejected = made.target(
            "SELECT coalesce(sum(rejected), 0)::int FROM delamp_table WHERE source_table = %s"
            " AND run_id = (SELECT max(id) FROM delamp_run)",
            source,
        )
        held = made.target(f"SELECT count(*) FROM {target}")
        assert held[0][0] + rejected[0][0] == expected[0][0], table
    assert made.source("SELECT SUM(amount), COUNT(DISTINCT note) FROM orders") == made.target(
        "SELECT sum(amount), count(DISTINCT note) FROM shop_order"
    )
