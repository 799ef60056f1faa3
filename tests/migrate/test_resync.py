"""`delamp resync`: whatever PHP did since the load, one pass later both sides hold the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

CHANGES = (
    "UPDATE icons SET title = 'house', size = 11 WHERE id = 1",
    "UPDATE icons SET slug = 'x' WHERE id = 1",
    "UPDATE icons SET slug = 'home' WHERE id = 2",
    "UPDATE icons SET slug = 'arrow' WHERE id = 1",
    "DELETE FROM makers WHERE id = 2",
    "INSERT INTO makers VALUES (99, 'Late', 9), (50, 'New', 5)",
    "INSERT INTO icons VALUES (50, 'n', 'n', 50, 1), (51, REPEAT('x', 30), 'long', 50, 1)",
    "DELETE FROM comments WHERE id = 1",
    "UPDATE tags SET word = 'green' WHERE icon_id = 1",
)


@pytest.fixture
def loaded(shop: Callable[..., Shop]) -> Shop:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    return made


def test_a_pass_brings_over_every_kind_of_change(loaded: Shop) -> None:
    loaded.source(*CHANGES)
    said = loaded.delamp("resync")
    assert "IconMapping" in said
    assert loaded.findings() == []
    assert loaded.target("SELECT id, slug, maker_id FROM shop_icon ORDER BY id") == [
        (1, "arrow", 1), (2, "home", 1), (4, "lost", 99), (50, "n", 50)
    ]  # fmt: skip
    assert loaded.rejects("IconMapping") == [
        ("id=3", "maker", "no_parent", "rejected"), ("id=51", "title", "too_long", "rejected")
    ]  # fmt: skip
    counts = loaded.target("SELECT id, icons_count, weight FROM shop_maker ORDER BY id")
    assert counts == [(1, 2, 31), (3, 0, 0), (50, 1, 1), (99, 1, 40)]
    assert loaded.totals("IconMapping") == (6, 4, 2, 0)


def test_a_second_pass_writes_nothing(loaded: Shop) -> None:
    loaded.source(*CHANGES)
    loaded.delamp("resync")
    before = loaded.target("SELECT id, xmin::text FROM shop_icon ORDER BY id")
    assert ": 0 changes" in loaded.delamp("resync")
    assert loaded.target("SELECT id, xmin::text FROM shop_icon ORDER BY id") == before


def test_one_table_may_be_asked_for(loaded: Shop) -> None:
    loaded.source("UPDATE icons SET size = 5 WHERE id = 1", "DELETE FROM tags WHERE icon_id = 1")
    loaded.delamp("resync", "icons")
    assert loaded.target("SELECT size FROM shop_icon WHERE id = 1") == [(5,)]
    assert loaded.target("SELECT count(*) FROM shop_tag") == [(2,)]


@pytest.mark.parametrize("columns", ["id INT PRIMARY KEY, word VARCHAR(9)", "id INT, word TEXT"])
def test_rows_are_brought_over_with_a_key_and_without(
    shop: Callable[..., Shop], columns: str
) -> None:
    made = shop(
        "from django.db import models\n\n\nclass Word(models.Model):\n"
        "    number = models.IntegerField()\n    word = models.CharField(max_length=9)\n",
        "from mappings import Column, ModelMapping\n\n\nclass WordMapping(ModelMapping):\n"
        "    number = Column('id')\n    word = Column('word')\n\n    class Meta:\n"
        "        source, model = 'words', 'shop.Word'\n",
        f"CREATE TABLE words ({columns}) ENGINE=InnoDB",
        "INSERT INTO words VALUES (1, 'a'), (2, 'b')",
    )
    made.delamp("run")
    made.delamp("resync")
    made.source("UPDATE words SET word = 'c' WHERE id = 2")
    made.delamp("resync")
    assert made.target("SELECT number, word FROM shop_word ORDER BY 1") == [(1, "a"), (2, "c")]


def test_what_no_run_has_loaded_is_refused(shop: Callable[..., Shop]) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    assert "delamp run" in made.delamp("resync", code=1)
