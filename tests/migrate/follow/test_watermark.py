"""`resync --strategy watermark`: what is at or above the last value, and a little before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.follow.conftest import following

MODELS = """
from django.db import models


class Word(models.Model):
    word = models.CharField(max_length=9)
"""
MAPPINGS = """
from mappings import Column, ModelMapping, Watermark


class WordMapping(ModelMapping):
    word = Column('word')

    class Meta:
        source, model, columns = 'words', 'shop.Word', 'same-name'
        {}
"""
DECLARED = 'resync = Watermark("changed", overlap=0)'
TABLE = (
    "CREATE TABLE words (id INT PRIMARY KEY, word VARCHAR(9) NOT NULL, changed {} NULL{},"
    " KEY (changed)) ENGINE=InnoDB"
)
OLD = "'2020-01-01 00:00:00'"
PAST = "'2020-01-01 00:00:05'"


@pytest.fixture
def words(shop: Callable[..., Shop]) -> Callable[..., Shop]:
    """A shop of two old words, loaded and with a watermark."""

    def make(kind: str = "DATETIME", kept: str = "", meta: str = DECLARED) -> Shop:
        made = shop(
            MODELS,
            MAPPINGS.format(meta),
            TABLE.format(kind, kept),
            f"INSERT INTO words VALUES (1, 'a', {OLD}), (2, 'b', {PAST})",
        )
        made.delamp("run", "-q")
        return made

    return make


def test_rows_at_the_boundary_are_read_again(words: Callable[..., Shop]) -> None:
    made = words("TIMESTAMP")
    first = made.delamp("resync")
    assert "WordMapping: watermark, declared" in first
    assert "by checksums this once" in first
    # In the same second as the last row that was seen, and one without a value.
    made.source(
        f"INSERT INTO words VALUES (3, 'tie', {PAST}), (4, 'none', NULL)",
        "UPDATE words SET word = 'B' WHERE id = 2",
    )
    said = made.delamp("resync")
    assert "sees no deletes" in said
    assert made.target("SELECT id, word FROM shop_word ORDER BY id") == [
        (1, "a"), (2, "B"), (3, "tie"), (4, "none")
    ]  # fmt: skip
    assert made.target("SELECT value #>> '{}' FROM delamp_watermark") == [("2020-01-01 00:00:05",)]


def test_a_late_commit_lies_in_the_overlap_and_the_future_moves_nothing(
    words: Callable[..., Shop],
) -> None:
    made = words("TIMESTAMP", meta='resync = Watermark("changed", overlap=600)')
    made.delamp("resync")
    made.source("INSERT INTO words VALUES (5, 'now', NOW()), (6, 'later', '2037-01-01')")
    made.delamp("resync")
    # Set before the last pass, committed after it.
    made.source("INSERT INTO words VALUES (7, 'late', NOW() - INTERVAL 9 MINUTE)")
    made.delamp("resync")
    assert made.target("SELECT id FROM shop_word WHERE id > 4 ORDER BY id") == [(5,), (6,), (7,)]


def test_deletes_are_looked_for_when_asked(words: Callable[..., Shop]) -> None:
    made = words()
    made.delamp("resync")
    made.source("DELETE FROM words WHERE id = 1")
    made.delamp("resync")
    assert made.target("SELECT id FROM shop_word ORDER BY id") == [(1,), (2,)]
    assert "sees no deletes" not in made.delamp("resync", "--deletes")
    assert made.target("SELECT id FROM shop_word ORDER BY id") == [(2,)]
    assert made.findings() == []


def test_a_column_that_mysql_keeps_is_taken_when_a_watermark_is_asked_for(
    words: Callable[..., Shop],
) -> None:
    kept = " DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"
    made = words("TIMESTAMP", kept, meta="pass")
    said = made.delamp("resync", "--strategy", "watermark")
    assert "WordMapping: watermark, changed is indexed, and set by MySQL" in said
    made.source("UPDATE words SET word = 'B' WHERE id = 2")
    made.delamp("resync", "--strategy", "watermark")
    assert made.target("SELECT word FROM shop_word WHERE id = 2") == [("B",)]


def test_without_any_watermark_checksums_are_taken_and_it_is_told(
    words: Callable[..., Shop],
) -> None:
    made = words(meta="pass")
    said = made.delamp("resync", "--strategy", "watermark")
    assert "WordMapping: checksum, no watermark is declared" in said


def test_a_growing_key_sees_inserts_and_says_so(words: Callable[..., Shop]) -> None:
    made = words(meta='resync = Watermark("id", overlap=10)')
    made.delamp("resync")
    made.source("INSERT INTO words VALUES (3, 'c', NULL)")
    assert "sees inserts, no updates" in made.delamp("resync")
    assert made.target("SELECT id FROM shop_word ORDER BY id") == [(1,), (2,), (3,)]


@pytest.mark.parametrize("kind", ["DATETIME", pytest.param("TIMESTAMP", marks=pytest.mark.slow)])
def test_dates_of_zeros_hide_no_change_that_comes_after(
    shop: Callable[..., Shop], kind: str
) -> None:
    made = shop(
        MODELS,
        MAPPINGS.format('resync = Watermark("changed")'),
        TABLE.format(kind, ""),
        "INSERT INTO words VALUES (1, 'a', '0000-00-00'), (2, 'b', '0000-00-00')",
    )
    made.delamp("run", "-q")
    made.delamp("resync")
    made.source("UPDATE words SET word = 'B', changed = NOW() WHERE id = 2")
    made.delamp("resync")
    assert made.target("SELECT word FROM shop_word WHERE id = 2") == [("B",)]


@pytest.mark.slow
def test_rows_leave_and_come_by_the_time_alone(words: Callable[..., Shop]) -> None:
    made = words(meta='where = "changed < NOW() - INTERVAL 1 HOUR"')
    made.delamp("resync")
    made.source("UPDATE words SET changed = NOW() WHERE id = 2")
    made.delamp("resync", "--strategy", "binlog")
    assert made.target("SELECT id FROM shop_word ORDER BY id") == [(1,)]
    # As if an hour had gone by: no event tells of it.
    made.source("SET sql_log_bin = 0", f"UPDATE words SET changed = {OLD} WHERE id = 2")
    said = made.delamp("resync")
    assert "WordMapping: checksum, rows leave its `where`, or come to it, by time alone" in said
    assert made.target("SELECT id FROM shop_word ORDER BY id") == [(1,), (2,)]
    made.source("UPDATE words SET changed = NOW() WHERE id = 1")
    with following(made, "--interval", "3600") as follower:
        follower.wait_for("SELECT id FROM shop_word ORDER BY id", [(2,)])
