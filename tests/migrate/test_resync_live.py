"""A pass by checksums beside a PHP that goes on: nobody waits for it, and nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.follow.test_follow import JOINED, JOINED_MAPPINGS, JOINED_MODELS
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

SCRIPT = Path(__file__).with_name("resyncing.py")
MORE = (
    "INSERT INTO icons SELECT seq, CONCAT('icon ', seq), CONCAT('i', seq), 1 + 2 * (seq % 2), 7"
    " FROM seq_100_to_3099"
)
PEOPLE = (
    "INSERT INTO people SELECT seq, CONCAT('p', seq) FROM seq_100_to_699",
    "INSERT INTO profiles SELECT seq, seq, 'old' FROM seq_100_to_699",
    "INSERT INTO meta SELECT seq, seq, 'nick', CONCAT('n', seq) FROM seq_100_to_699",
)
CHANGED = "UPDATE icons SET size = size + 1 WHERE id >= 100"


@pytest.fixture
def loaded(shop: Callable[..., Shop]) -> Shop:
    made = shop(MODELS, MAPPINGS, *LEGACY, MORE)
    made.delamp("run", "-q")
    return made


def in_the_midst(
    shop: Shop, *statements: str, strategy: str = "checksum", table: str = "IconMapping"
) -> dict[str, Any]:
    """Resync, with these statements on the source after the first rows of the table."""
    environment = shop.project.all_variables() | {"DJANGO_SETTINGS_MODULE": "site_settings"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), strategy, table, "500", *statements],
        cwd=shop.project.folder,
        env=environment,
        timeout=120,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["done"], "there were no such rows"
    return found


@pytest.mark.slow
def test_an_alter_table_does_not_wait_and_ends_the_pass(loaded: Shop) -> None:
    """What the old plan makes of the rows after it is not written."""
    loaded.source(CHANGED)
    found = in_the_midst(
        loaded, "ALTER TABLE icons MODIFY size VARCHAR(20) NOT NULL DEFAULT 'none'"
    )
    assert "icons was altered" in found["said"]
    sizes = loaded.target("SELECT size, count(*) FROM shop_icon WHERE id >= 100 GROUP BY 1")
    assert dict(sizes) == {7: 2501, 8: 499}  # and the orphan, which is asked after again
    assert loaded.target("SELECT count(*) FROM delamp_reject WHERE outcome = 'rejected'") == [(1,)]


@pytest.mark.slow
def test_a_table_that_no_mapping_reads_may_be_altered(loaded: Shop) -> None:
    loaded.source(CHANGED, "CREATE TABLE others (id INT)")
    assert in_the_midst(loaded, "ALTER TABLE others ADD a INT")["said"] == ""
    assert loaded.findings() == []


@pytest.mark.slow
def test_rows_that_move_while_others_are_refreshed_are_not_lost(loaded: Shop) -> None:
    """Each batch is read at its own instant: rows may be gone, moved or swapped by then."""
    loaded.source(CHANGED, "DELETE FROM icons WHERE id BETWEEN 2000 AND 2010")
    in_the_midst(
        loaded,
        "DELETE FROM icons WHERE id BETWEEN 1500 AND 1510",
        "INSERT INTO icons SELECT seq, CONCAT('new ', seq), CONCAT('n', seq), 1, 1"
        " FROM seq_2000_to_2005",
        "UPDATE icons SET slug = 'x' WHERE id = 110",
        "UPDATE icons SET slug = 'i110' WHERE id = 3000",
        "UPDATE icons SET slug = 'i3000' WHERE id = 110",
        "INSERT INTO makers VALUES (70, 'Very late', 7)",
        "UPDATE icons SET maker_id = 70 WHERE id IN (120, 2900)",
        "DELETE FROM makers WHERE id = 3",
    )
    loaded.delamp("resync", "-q")
    assert loaded.findings() == []


@pytest.mark.slow
def test_first_pass_of_a_watermark_keeps_no_later_one_than_it_began_with(
    shop: Callable[..., Shop],
) -> None:
    """A row that commits behind the pass, with an id that is less than the greatest by then."""
    meta = '        source = "icons"\n'
    assert meta in MAPPINGS
    watermark = meta + '        resync = Watermark("id", overlap=0)\n'
    mappings = MAPPINGS.replace(meta, watermark).replace(
        "Reference, Sum", "Reference, Sum, Watermark"
    )
    made = shop(MODELS, mappings, *LEGACY, MORE)
    made.delamp("run", "-q")
    made.source(CHANGED)
    in_the_midst(
        made,
        "DELETE FROM icons WHERE id = 3099",
        "INSERT INTO icons VALUES (9000, 'far', 'far', 1, 1)",
        "INSERT INTO icons VALUES (8000, 'near', 'near', 1, 1)",
        strategy="auto",
    )
    assert made.target("SELECT value::int FROM delamp_watermark") == [(3099,)]


@pytest.mark.parametrize("also", [(), ("ALTER TABLE meta MODIFY v VARCHAR(40)",)], ids=len)
def test_tables_that_are_joined_are_looked_after_too(
    shop: Callable[..., Shop], also: tuple[str, ...]
) -> None:
    """A pass over rows of several tables; only an altered one ends it."""
    made = shop(JOINED_MODELS, JOINED_MAPPINGS, *JOINED, *PEOPLE)
    made.delamp("run", "-q")
    made.source("UPDATE profiles SET bio = 'new' WHERE id > 99", "DELETE FROM meta WHERE id = 100")
    found = in_the_midst(made, *also, table="PersonMapping")
    assert ("meta was altered" in found["said"]) == bool(also)
    new = made.target("SELECT count(*) FROM shop_person WHERE bio = 'new'")
    assert new == [(500 if also else 600,)]


@pytest.mark.parametrize("source", ["words", "view"])
@pytest.mark.mysql56
def test_an_old_server_and_a_view(shop56: Callable[..., Shop], source: str) -> None:
    made = shop56(
        "from django.db import models\n\n\nclass Word(models.Model):\n"
        "    number = models.IntegerField()\n    word = models.CharField(max_length=9)\n",
        "from mappings import Column, ModelMapping\n\n\nclass WordMapping(ModelMapping):\n"
        "    id = Column('id')\n    number = Column('number')\n    word = Column('word')\n\n"
        f"    class Meta:\n        source, model, key = '{source}', 'shop.Word', 'id'\n",
        "CREATE TABLE words (id INT PRIMARY KEY, number INT NOT NULL, word VARCHAR(9) NOT NULL)",
        "CREATE VIEW view AS SELECT * FROM words",
        "INSERT INTO words VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c'), (-5, 5, 'e')",
    )
    made.delamp("run", "-q")
    made.source(
        "UPDATE words SET word = 'x' WHERE id = -5",
        "DELETE FROM words WHERE id = 1",
        "INSERT INTO words VALUES (7, 7, 'g')",
    )
    made.delamp("resync", "--strategy", "checksum")
    assert made.target("SELECT id, word FROM shop_word ORDER BY id") == [
        (-5, "x"), (2, "b"), (3, "c"), (7, "g")
    ]  # fmt: skip
    assert made.findings() == []
