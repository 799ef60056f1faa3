"""`delamp rejects retry`: what is tried keeps its number, and what became of it is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop

MODELS = """
    from django.db import models


    class Maker(models.Model):
        name = models.CharField(max_length=5)


    class Icon(models.Model):
        maker = models.ForeignKey(Maker, models.CASCADE, related_name="+")
        first = models.ForeignKey(Maker, models.CASCADE, null=True, related_name="+")
        title = models.CharField(max_length=5)


    class Tag(models.Model):
        icon = models.ForeignKey(Icon, models.CASCADE)
"""
MAPPINGS = """
    from mappings import Column, ModelMapping, Reference


    class MakerMapping(ModelMapping):
        class Meta:
            source, model, columns = "makers", "shop.Maker", "same-name"


    class IconMapping(ModelMapping):
        maker = Reference("maker")
        first = Reference("first", orphans="null")

        class Meta:
            source, model, columns = "icons", "shop.Icon", "same-name"


    class TagMapping(ModelMapping):
        icon = Reference("icon", orphans="skip")

        class Meta:
            source, model, columns = "tags", "shop.Tag", "same-name"
"""
LEGACY = (
    "CREATE TABLE makers (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL)",
    "CREATE TABLE icons (id INT PRIMARY KEY, maker INT NOT NULL, first INT, title VARCHAR(20))",
    "CREATE TABLE tags (id INT PRIMARY KEY, icon INT NOT NULL)",
    "INSERT INTO makers VALUES (1, 'ada'), (2, 'much too long')",
    # 12 waits for its maker; 13 and 14 are refused by themselves.
    "INSERT INTO icons VALUES (11, 1, 7, 'a'), (12, 2, NULL, 'b'), (13, 1, 8, 'far too long'),"
    " (14, 2, NULL, 'far too long')",
    "INSERT INTO tags VALUES (21, 11), (22, 12), (23, 13), (24, 12)",
)


@pytest.fixture
def loaded(shop: Callable[..., Shop]) -> Shop:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    return made


def numbers(made: Shop) -> dict[str, tuple[int, str, object]]:
    """By key: number, rule and instant of each reject."""
    rows = made.target("SELECT key_text, id, code, created_at FROM delamp_reject ORDER BY id")
    return {key: (number, code, since) for key, number, code, since in rows}


def test_what_is_still_refused_keeps_its_number(loaded: Shop) -> None:
    before = numbers(loaded)
    assert set(before) == {
        *("id=2", "id=11", "id=12", "id=13", "id=14", "id=22", "id=23", "id=24"),
    }
    loaded.delamp("rejects", "retry", code=6)
    assert numbers(loaded) == before
    # Another rule, the same row: the number stays as well.
    loaded.source("UPDATE icons SET title = 'short' WHERE id = 14")
    loaded.delamp("rejects", "retry", str(before["id=14"][0]), code=6)
    assert numbers(loaded)["id=14"][:2] == (before["id=14"][0], "no_parent")


def test_rows_that_lose_a_reference_or_are_left_out_are_told(loaded: Shop) -> None:
    loaded.source("UPDATE icons SET title = 'short' WHERE id = 13")
    said = loaded.delamp("rejects", "retry", "--table", "icons", "--code", "too_long", code=6)
    assert "IconMapping: 1 loaded" in said
    assert "IconMapping: 1 without a reference that has no parent (NULL)" in said
    # Tag 23 waited for icon 13.
    assert "TagMapping: 1 loaded" in said
    said = loaded.delamp("rejects", "retry", "--table", "tags", code=6)
    assert "TagMapping: 2 left out, as `orphans` or `duplicates` says" in said


def test_children_follow_their_parent_although_their_values_were_forgotten(loaded: Shop) -> None:
    loaded.delamp("rejects", "purge", "--values", "--yes")
    loaded.source("UPDATE makers SET name = 'bo' WHERE id = 2")
    # Whose children wait cannot be told any more: all of that table are tried.
    loaded.delamp("rejects", "retry", "--table", "makers", code=6)
    assert loaded.target("SELECT id FROM shop_icon ORDER BY id") == [(11,), (12,)]
    assert loaded.target("SELECT id FROM shop_tag ORDER BY id") == [(21,), (22,), (24,)]
    assert set(numbers(loaded)) == {"id=11", "id=13", "id=14", "id=23"}
    assert loaded.findings() == []
