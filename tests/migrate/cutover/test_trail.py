"""What is noted while a cutover goes on: rows, counters, and nothing is forgotten unseen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from tests.migrate.conftest import Shop
from tests.migrate.cutover.conftest import Cut

MODELS = """
from django.db import models


class Word(models.Model):
    uses = models.IntegerField(default=0)


class Page(models.Model):
    pass


class Use(models.Model):
    word = models.ForeignKey(Word, models.CASCADE)
    page = models.ForeignKey(Page, models.CASCADE)
"""
MAPPINGS = """
from mappings import Column, Count, ModelMapping, Reference


class WordMapping(ModelMapping):
    id = Column("id")
    uses = Count("shop.Use", by="word")

    class Meta:
        source = "words"
        model = "shop.Word"


class PageMapping(ModelMapping):
    id = Column("id")

    class Meta:
        source = "pages"
        model = "shop.Page"


class UseMapping(ModelMapping):
    word = Reference("word_id")
    page = Reference("page_id", orphans="skip")

    class Meta:
        source = "uses"
        model = "shop.Use"
"""
LEGACY = (
    "CREATE TABLE words (id INT PRIMARY KEY)",
    "CREATE TABLE pages (id INT PRIMARY KEY)",
    "CREATE TABLE uses (word_id INT, page_id INT)",
    "INSERT INTO words VALUES (1), (2)",
    "INSERT INTO pages VALUES (10), (20)",
    "INSERT INTO uses VALUES (1, 10), (1, 20), (2, 20)",
)
RECORDING = """
INSERT INTO delamp_cutover (state, rehearsal, started_at, times, method, run_number, error, source,
                            version, attempts, recording)
VALUES ('verifying', false, now(), '[]', '', 1, '', '', '', 1, true)
"""


def test_counters_of_children_that_nothing_names_are_noted(shop: Callable[..., Shop]) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run", "-q")
    made.target(RECORDING)
    made.source("DELETE FROM pages WHERE id = 10")
    made.delamp("resync", "PageMapping", code=0)
    assert made.target("SELECT id, uses FROM shop_word ORDER BY id") == [(1, 1), (2, 1)]
    noted = made.target("SELECT mapping, key FROM delamp_cutoverkey WHERE kind = 'counted'")
    assert ("WordMapping", ["1"]) in noted
    assert ("WordMapping", ["2"]) not in noted


LATE = """
import sys, threading
sys.path.insert(0, ".")
import django
django.setup()
from migrate.config import load_config
from migrate.cutover import changed
from migrate.cutover.record import latest
from migrate.ledger import Ledger
from migrate.planning import compile_from
from migrate.target import Target

config = load_config()
table = compile_from(config)[0].table("MakerMapping")
note = (
    "INSERT INTO delamp_cutoverkey (cutover_id, kind, mapping, key)"
    " SELECT id, 'row', 'MakerMapping', '[\\"%s\\"]' FROM delamp_cutover"
)
one, other, ours = Target(config.database), Target(config.database), Target(config.database)
record = latest(Ledger(ours))
with one.transaction():
    one.execute(note % 1)
    other.execute(note % 2)
    seen = changed.notes(record, changed.Kind.ROW, table)
changed.forget(record, seen)
print(ours.rows("SELECT key FROM delamp_cutoverkey"))
"""


def test_a_note_that_is_committed_late_is_not_forgotten_with_those_behind_it(cut: Cut) -> None:
    cut.shop.target(RECORDING)
    done = subprocess.run(
        [sys.executable, "-c", LATE],
        cwd=cut.shop.project.folder,
        env=cut.shop.project.all_variables() | {"DJANGO_SETTINGS_MODULE": "site_settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "[(['1'],)]\n", done.stderr
