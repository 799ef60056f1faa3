"""Lists of keys in one column as many-to-many fields."""

from __future__ import annotations

from collections.abc import Callable

from tests.migrate.conftest import Shop
from tests.migrate.test_shapes_source import anyshop, loads_clean

__all__ = ["anyshop"]

MakeShop = Callable[..., Shop]

MODELS = """
    from django.db import models

    class Tag(models.Model):
        name = models.CharField(max_length=9)

    class Label(models.Model):
        code = models.CharField(max_length=9, primary_key=True)

    class Icon(models.Model):
        tags = models.ManyToManyField(Tag)
        labels = models.ManyToManyField(Label)
"""
MAPPINGS = """
    from mappings import ManyToMany, ModelMapping

    class TagMapping(ModelMapping):
        class Meta:
            source, model, columns = "tags", "shop.Tag", "same-name"

    class LabelMapping(ModelMapping):
        class Meta:
            source, model, columns = "labels", "shop.Label", "same-name"

    class IconMapping(ModelMapping):
        tags = ManyToMany("icons", "id", "tag_ids", separator=",", duplicates="skip", most=12)
        labels = ManyToMany("icons", "id", "labels", separator="||", orphans="skip")

        class Meta:
            source, model, columns = "icons", "shop.Icon", "same-name"
"""
LEGACY = (
    "CREATE TABLE tags (id INT PRIMARY KEY, name VARCHAR(9) NOT NULL)",
    "CREATE TABLE labels (code VARCHAR(9) CHARSET utf8 COLLATE utf8_bin PRIMARY KEY)",
    "CREATE TABLE icons (id INT PRIMARY KEY, tag_ids VARCHAR(99), labels TEXT) CHARSET latin1",
    "INSERT INTO tags VALUES (1,'a'),(2,'b'),(30,'c')",
    "INSERT INTO labels VALUES ('x'),('\u00f8 y'),('X')",
    "INSERT INTO icons VALUES (1,'1, 2,,30,1','x||\u00f8 y || X'),(2,'',NULL),(3,'2,99,2x','nope'),"
    f"(4,'{'2,' * 12}1','x'),(5,NULL,'')",
)
AS_WRITTEN = (
    "SELECT r.values->>'tag_ids as written' FROM delamp_reject r JOIN delamp_table t"
    " ON t.id = r.table_id WHERE t.mapping = 'IconMapping.tags' AND r.outcome = 'rejected'"
    " AND r.code <> 'no_parent' UNION ALL SELECT DISTINCT r.values->>'tag_id' FROM delamp_reject r"
    " JOIN delamp_table t ON t.id = r.table_id WHERE t.mapping = 'IconMapping.tags'"
    " AND r.code = 'no_parent' AND r.outcome = 'rejected'"
)
TAGS = "SELECT icon_id, tag_id FROM shop_icon_tags ORDER BY 1, 2"
LABELS = "SELECT icon_id, label_id FROM shop_icon_labels"


def test_lists_of_keys_become_many_to_many(anyshop: MakeShop) -> None:
    made = anyshop(MODELS, MAPPINGS, *LEGACY)
    loads_clean(made)
    assert made.target(TAGS) == [(1, 1), (1, 2), (1, 30), (3, 2), (4, 2)]
    assert sorted(made.target(LABELS)) == [(1, "X"), (1, "x"), (1, "\u00f8 y"), (4, "x")]
    assert "icons: no mapping reads" not in made.delamp("check")
    refused = sorted(row[1:] for row in made.rejects("IconMapping.tags") if row[3] == "rejected")
    # Icon 3's 99 is no tag, and its 2x no number; icon 4's 13th is one too many.
    assert refused == [
        ("tag", "no_parent", "rejected"),
        ("tag", "not_null", "rejected"),
        ("tag", "not_null", "rejected"),
    ]
    assert sorted(made.target(AS_WRITTEN)) == [("1",), ("2x",), ("99",)]


def test_damage_to_a_list_is_found(shop: MakeShop) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    made.target("DELETE FROM shop_icon_tags WHERE icon_id = 1 AND tag_id = 30")
    made.source("UPDATE icons SET labels = 'x||X' WHERE id = 1")
    found = {(f["table"], f["kind"]) for f in made.findings()}
    assert found == {
        ("IconMapping.tags", "count_differs"),
        ("IconMapping.tags", "missing"),
        ("IconMapping.labels", "count_differs"),
        ("IconMapping.labels", "extra"),
    }


def test_a_list_of_a_column_that_is_not_there_is_told(shop: MakeShop) -> None:
    made = shop(MODELS, MAPPINGS.replace('"tag_ids"', '"tagids"'), *LEGACY)
    assert "mappings.E028" in made.delamp("check", code=3)
