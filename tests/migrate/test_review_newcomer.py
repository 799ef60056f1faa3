"""What a first user stumbled over: each is told before it costs anything, or cannot happen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.test_run import LEGACY, MAPPINGS, MODELS


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('orphans="quarantine"', 'orphans="quarantin"', "use 'quarantine'"),
        ('source = "people"', 'source = "people"\n            where = "s.nmae > 5"', "E027"),
        ('source = "people"', 'source = "people"\n            where = "s.name >"', "E027"),
    ],
    ids=["orphan policy misspelled", "where names no column", "where is no predicate"],
)
def test_a_mistake_is_told_before_a_restart_deletes_anything(
    shop: Callable[..., Shop], before: str, after: str, said: str
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    made.project.write("shop/mappings.py", MAPPINGS.replace(before, after))
    for command in (["check"], ["run", "--restart", "--yes"]):
        text = made.delamp(*command, code=3)
        assert said in text
        assert "PersonMapping" in text
    assert made.target("SELECT count(*) FROM shop_person") == [(3,)]


def test_a_zone_that_is_none_is_a_mistake_of_the_mapping(shop: Callable[..., Shop]) -> None:
    models = MODELS.replace("created_at = models.DateTimeField()", "at = models.DateTimeField()")
    mappings = MAPPINGS.replace(
        'created_at = Column("created", steps.from_unixtime)', 'at = Column("at")'
    )
    mappings = mappings.replace('source = "orders"', 'source = "orders"; time_zone = "Europe/Prag"')
    mappings = mappings.replace('last_order = Max("orders", "created_at", by="person_id")', "")
    mappings = mappings.replace('order_by="created_at"', 'order_by="at"')
    made = shop(models, mappings, *LEGACY, "ALTER TABLE orders ADD at DATETIME")
    text = made.delamp("check", code=3)
    assert "mappings.E026 OrderMapping.at: no such time zone, got 'Europe/Prag'" in text
    assert "use 'Europe/Prague'" in text


def test_a_row_refused_for_one_reference_is_not_listed_as_nulled_by_another(
    shop: Callable[..., Shop],
) -> None:
    models = MODELS.replace(
        "person = models.ForeignKey(Person, models.CASCADE)",
        "person = models.ForeignKey(Person, models.CASCADE)\n"
        '        payer = models.ForeignKey(Person, models.CASCADE, related_name="+", null=True)',
    )
    mappings = MAPPINGS.replace(
        'person = Reference("person_id")',
        'payer = Reference("payer_id", orphans="null")\n        person = Reference("person_id")',
    )
    made = shop(
        models,
        mappings,
        *LEGACY,
        "ALTER TABLE orders ADD payer_id INT",
        "UPDATE orders SET payer_id = 99 WHERE id IN (1, 5)",
    )
    made.delamp("run")
    assert made.rejects("OrderMapping") == [
        ("id=1", "payer", "no_parent", "nulled"),
        ("id=5", "person", "no_parent", "rejected"),
        ("id=6", "person", "no_parent", "rejected"),
    ]
    made.delamp("verify")


def test_a_table_of_which_nothing_was_loaded_is_pointed_out(shop: Callable[..., Shop]) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY, "UPDATE orders SET person_id = 77")
    assert "OrderMapping: none of 6 rows was loaded" in made.delamp("run")


def test_a_join_table_with_a_key_of_its_own_verifies_with_its_orphans(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        """
        from django.db import models

        class Tag(models.Model):
            name = models.CharField(max_length=10)

        class Icon(models.Model):
            tags = models.ManyToManyField(Tag)
        """,
        """
        from mappings import Column, ManyToMany, ModelMapping

        class TagMapping(ModelMapping):
            class Meta:
                source, model, columns = "tags", "shop.Tag", "same-name"

        class IconMapping(ModelMapping):
            id = Column("id")
            tags = ManyToMany("icon_tags", "icon", "tag")
            class Meta:
                source, model = "icons", "shop.Icon"
        """,
        "CREATE TABLE tags (id INT PRIMARY KEY, name VARCHAR(10) NOT NULL)",
        "CREATE TABLE icons (id INT PRIMARY KEY)",
        "CREATE TABLE icon_tags (line INT PRIMARY KEY, icon INT NOT NULL, tag INT NOT NULL)",
        "INSERT INTO tags VALUES (1, 'a'), (2, 'b')",
        "INSERT INTO icons VALUES (1), (2)",
        "INSERT INTO icon_tags VALUES (1,1,1), (2,1,2), (3,2,888888), (4,2,2)",
    )
    made.delamp("run")
    assert made.totals("IconMapping.tags") == (4, 3, 1, 0)
    made.delamp("verify")


@pytest.mark.slow
def test_workers_of_a_killed_run_end_with_it_and_the_next_run_starts(
    shop: Callable[..., Shop],
) -> None:
    mappings = MAPPINGS.replace('note = Column("note")', 'note = Column("note", str.upper)')
    made = shop(
        MODELS,
        mappings,
        *LEGACY,
        "DELETE FROM orders",
        "INSERT INTO orders SELECT seq, 1, 1, 1, REPEAT('x', 200) FROM seq_1_to_60000",
    )
    code = "import sys; from migrate.cli.main import main; sys.argv[0] = 'delamp'; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "run", "-q", "--processes", "2"],
        cwd=made.project.folder,
        env=made.project.all_variables() | {"DELAMP_CHUNK_BYTES": "65536"},
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 30
    while made.target("SELECT count(*) FROM delamp_chunk")[0][0] < 3:
        assert time.monotonic() < until and process.poll() is None
    workers = children(process.pid)
    assert len(workers) == 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    while any(map(alive, workers)):
        assert time.monotonic() < until, "a worker outlives its run"
        time.sleep(0.05)
    made.delamp("run", "-q")
    assert made.target("SELECT count(*), min(note) FROM shop_order") == [(60000, "X" * 200)]


def children(pid: int) -> list[int]:
    """Processes that this one has made."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"
