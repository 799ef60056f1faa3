"""Rows that lose a reference, under constraints that see it: what is judged is what is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.migrate.conftest import Shop
from tests.verify.dry_run.conftest import dry_run, same_as_the_run

MODELS = """
    from django.db import models


    class Maker(models.Model):
        name = models.CharField(max_length=3, unique=True)


    class Icon(models.Model):
        {key}
        maker = models.ForeignKey(Maker, models.CASCADE, null=True)
        {other}
        name = models.CharField(max_length=9)

        class Meta:
            constraints = [{constraint}]


    class Tag(models.Model):
        icon = models.ForeignKey(Icon, models.CASCADE, null=True)
"""
MAPPINGS = """
    from mappings import Column, ModelMapping, Reference


    class MakerMapping(ModelMapping):
        id = Column("id")
        name = Column("name")

        class Meta:
            source, model = "makers", "shop.Maker"


    class IconMapping(ModelMapping):
        {key}
        maker = Reference("maker", orphans="null")
        {other}
        name = Column("name")

        class Meta:
            source, model = "icons", "shop.Icon"
"""
TAGS = """

    class TagMapping(ModelMapping):
        id = Column("id")
        icon = Reference("icon")

        class Meta:
            source, model = "tags", "shop.Tag"
"""
LEGACY = (
    "CREATE TABLE makers (id INT PRIMARY KEY, name VARCHAR(9) NOT NULL)",
    "INSERT INTO makers VALUES (1, 'ada'), (2, 'too long'), (3, 'bo')",
    # 2 is refused, 7 and 8 never were.
    "INSERT INTO icons (id, maker, name) VALUES (1, 7, 'a'), (2, 8, 'a'), (3, 2, 'a'), (4, 1, 'a'),"
    " (5, NULL, 'b'), (6, 7, 'b'), (7, 3, 'b'), (8, 8, 'c'), (9, 8, 'c'), (10, NULL, 'd'),"
    " (11, 3, 'd')",
    "CREATE TABLE tags (id INT PRIMARY KEY, icon INT)",
    "INSERT INTO tags SELECT id, id FROM icons",
)
UNIQUE = "models.UniqueConstraint(fields=[{fields}], {more}name='seen')"
SEEN = {
    "nulls are alike": UNIQUE.format(fields="'maker', 'name'", more="nulls_distinct=False, "),
    "nulls are not": UNIQUE.format(fields="'maker', 'name'", more=""),
    "with one": UNIQUE.format(
        fields="'name'", more="condition=models.Q(maker__isnull=False), "
    ),
    "without one": UNIQUE.format(
        fields="'name'", more="condition=models.Q(maker_id__isnull=True), "
    ),
    "expression": "models.UniqueConstraint(models.functions.Coalesce('maker', 0), 'name',"
    " name='seen')",
    "check": "models.CheckConstraint(condition=models.Q(maker__isnull=False) |"
    " ~models.Q(name='a'), name='seen')",
}  # fmt: skip
REJECTED = {
    "nulls are alike": [2, 3, 6, 9],
    "nulls are not": [],
    "with one": [],
    "without one": [2, 3, 6, 9],
    "expression": [2, 3, 6, 9],
    "check": [1, 2, 3],
}

AS_LOADED = {
    "nulls are alike": (4, 2),
    "nulls are not": (1, 5),
    "with one": (5, 3),
    "without one": (4, 2),
    "expression": (4, 2),
    "check": (3, 3),
}
"""Of rows that no key names: rejected, and nulled; who loads first has the value."""


def shown(report: dict[str, Any], table: str, outcome: str) -> list[int]:
    (rules,) = (t["rules"] for t in report["tables"] if t["name"] == table)
    return sorted(int(r["key"][0]) for x in rules if x["outcome"] == outcome for r in x["rows"])


@pytest.mark.slow
@pytest.mark.parametrize("seen", SEEN)
def test_what_a_row_is_without_its_lost_reference_is_judged(
    shop: Callable[..., Shop], seen: str
) -> None:
    id_ = {"key": 'id = Column("id")', "other": ""}
    made = shop(
        MODELS.format(key="", other="", constraint=SEEN[seen]),
        MAPPINGS.format(**id_) + TAGS,
        "CREATE TABLE icons (id INT PRIMARY KEY, maker INT, name VARCHAR(9) NOT NULL)",
        *LEGACY,
    )
    report = same_as_the_run(made)
    assert shown(report, "IconMapping", "rejected") == REJECTED[seen]
    assert shown(report, "TagMapping", "rejected") == REJECTED[seen]
    lost = sorted({1, 2, 3, 6, 8, 9} - {*REJECTED[seen]})
    assert shown(report, "IconMapping", "nulled") == lost
    assert "every other one was foretold" in made.delamp("dry-run", "--rehearse", code=6)


@pytest.mark.slow
@pytest.mark.parametrize("seen", SEEN)
def test_the_same_of_rows_that_no_key_names(shop: Callable[..., Shop], seen: str) -> None:
    made = shop(
        MODELS.format(key="", other="", constraint=SEEN[seen]),
        MAPPINGS.format(key="", other=""),
        "CREATE TABLE icons (id INT, maker INT, name VARCHAR(9) NOT NULL) ENGINE=MyISAM",
        *LEGACY,
    )
    report = dry_run(made)
    made.delamp("run")
    (icons,) = (t for t in report["tables"] if t["name"] == "IconMapping")
    extracted, loaded, rejected, _ = made.totals("IconMapping")
    assert (icons["read"], icons["loaded"], icons["rejected"]) == (extracted, loaded, rejected)
    nulled = [row for row in made.rejects("IconMapping") if row[3] == "nulled"]
    assert icons["nulled"] == len(nulled)
    assert (rejected, len(nulled)) == AS_LOADED[seen]


def test_a_parent_that_wins_its_value_back_keeps_children_that_no_key_names(
    shop: Callable[..., Shop],
) -> None:
    """Icon 1 loads first and takes the name from icon 2, then leaves for want of a maker."""
    made = shop(
        MODELS.format(
            key="", other="", constraint="models.UniqueConstraint(fields=['name'], name='seen')"
        ),
        MAPPINGS.format(key='id = Column("id")', other="").replace('"null"', '"quarantine"')
        + TAGS.replace('        id = Column("id")\n', ""),
        "CREATE TABLE icons (id INT PRIMARY KEY, maker INT, name VARCHAR(9) NOT NULL)",
        *LEGACY[:2],
        "INSERT INTO icons VALUES (1, 7, 'a'), (2, 1, 'a')",
        "CREATE TABLE tags (icon INT)",
        "INSERT INTO tags VALUES (1), (2), (2)",
    )
    same_as_the_run(made)
    assert made.target("SELECT icon_id FROM shop_tag") == [(2,), (2,)]
    assert "every other one was foretold" in made.delamp("dry-run", "--rehearse", code=6)
