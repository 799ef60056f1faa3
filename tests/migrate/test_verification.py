"""What the ledger tells verification: rows left out, with and without a key of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.migrate.conftest import Shop

MODELS = """
    from django.db import models

    class Tag(models.Model):
        name = models.CharField(max_length=10)

    class Icon(models.Model):
        tags = models.ManyToManyField(Tag)

    class Vote(models.Model):
        icon = models.ForeignKey(Icon, models.CASCADE, null=True)
        tag = models.ForeignKey(Tag, models.CASCADE, null=True)
        note = models.CharField(max_length=10)
"""
MAPPINGS = """
    from mappings import Column, ManyToMany, ModelMapping, Reference

    class TagMapping(ModelMapping):
        class Meta:
            source, model, columns = "tags", "shop.Tag", "same-name"

    class IconMapping(ModelMapping):
        id = Column("id")
        tags = ManyToMany("icon_tags", "icon", "tag", orphans="skip", duplicates="skip")
        class Meta:
            source, model = "icons", "shop.Icon"

    class VoteMapping(ModelMapping):
        icon = Reference("icon", orphans="null")
        tag = Reference("tag", orphans="null")
        note = Column("note")
        class Meta:
            source, model = "votes", "shop.Vote"
            where = "s.note <> 'spam'"
"""
LEGACY = (
    "CREATE TABLE tags (id INT PRIMARY KEY, name VARCHAR(10) NOT NULL)",
    "CREATE TABLE icons (id INT PRIMARY KEY)",
    "CREATE TABLE icon_tags (icon INT NOT NULL, tag INT NOT NULL)",
    "CREATE TABLE votes (icon INT, tag INT, note VARCHAR(10) NOT NULL)",
    "INSERT INTO tags VALUES (1, 'a'), (2, 'b')",
    "INSERT INTO icons VALUES (1), (2)",
    "INSERT INTO icon_tags VALUES (1,1),(1,1),(1,1),(1,2),(2,2),(2,9)",
    "INSERT INTO votes VALUES (1,1,'fine'),(1,9,'one'),(9,9,'both'),(1,1,'spam'),(9,1,'spam')",
)


def counts(made: Shop, mapping: str) -> dict[str, Any]:
    report = json.loads(made.project.delamp("verify", "--json", "-", "--level", "counts").stdout)
    return next(table for table in report["tables"] if table["table"] == mapping)


@pytest.mark.parametrize("numbered", [False, True], ids=["no key", "a key the target lacks"])
def test_repeated_pairs_and_orphans_are_told_once(
    shop: Callable[..., Shop], numbered: bool
) -> None:
    number = "ALTER TABLE icon_tags ADD n INT AUTO_INCREMENT PRIMARY KEY"
    made = shop(MODELS, MAPPINGS, *LEGACY, *([number] if numbered else []))
    made.delamp("run")
    made.delamp("verify")
    told = counts(made, "IconMapping.tags")
    assert (told["source_rows"], told["target_rows"], told["skipped"]) == (6, 3, 3)
    made.target("DELETE FROM shop_icon_tags WHERE icon_id = 2")
    found = [(f["kind"], f["table"]) for f in made.findings()]
    assert found == [("count_differs", "IconMapping.tags"), ("missing", "IconMapping.tags")]


@pytest.mark.parametrize("numbered", [False, True], ids=["no key", "a key the target lacks"])
def test_nulled_references_and_rows_beyond_where_are_told_once(
    shop: Callable[..., Shop], numbered: bool
) -> None:
    number = "ALTER TABLE votes ADD n INT AUTO_INCREMENT PRIMARY KEY"
    made = shop(MODELS, MAPPINGS, *LEGACY, *([number] if numbered else []))
    made.delamp("run")
    assert made.target("SELECT icon_id, tag_id, note FROM shop_vote ORDER BY note") == [
        (None, None, "both"),
        (1, 1, "fine"),
        (1, None, "one"),
    ]
    made.delamp("verify")
    told = counts(made, "VoteMapping")
    assert (told["source_rows"], told["target_rows"], told["skipped"]) == (5, 3, 2)
    made.target("UPDATE shop_vote SET tag_id = NULL WHERE note = 'fine'")
    (found,) = made.findings()
    assert (found["kind"], found["table"]) == ("mismatched", "VoteMapping")


def test_two_mappings_into_one_model_are_refused(shop: Callable[..., Shop]) -> None:
    second = """
    class OtherTagMapping(ModelMapping):
        class Meta:
            source, model, columns = "tags", "shop.Tag", "same-name"
    """
    made = shop(MODELS, MAPPINGS + second, *LEGACY)
    said = made.delamp("verify", code=3)
    assert "mappings.E006 OtherTagMapping.Meta: model shop.Tag is filled already" in said
