"""Mappings of other shapes than table to model: generic references, several tables to one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate import test_shapes_generic as generic
from tests.migrate import test_shapes_source as source
from tests.migrate.conftest import Shop
from tests.verify.dry_run.conftest import dry_run, same_as_the_run


@pytest.mark.parametrize("orphans", ["quarantine", "null", "skip"])
def test_orphans_of_generic_references_are_foretold(
    shop: Callable[..., Shop], orphans: str
) -> None:
    made = shop(generic.MODELS, generic.mappings(orphans, "reject"), *generic.LEGACY)
    report = same_as_the_run(made)
    assert not [note for note in report["not_evaluated"] if "object_id" in note]
    made.target("DROP SCHEMA public CASCADE")
    made.target("CREATE SCHEMA public")
    assert [note for note in dry_run(made)["not_evaluated"] if "object_id" in note]


MODELS = """
    from django.db import models


    class Item(models.Model):
        kind = models.CharField(max_length=9)
        name = models.CharField(max_length=5, unique=True)


    class Note(models.Model):
        item = models.ForeignKey(Item, models.CASCADE)
"""
MAPPINGS = """
    from mappings import Column, Constant, ModelMapping, Reference


    class ArticleMapping(ModelMapping):
        id = Column("id")
        kind = Constant("article")
        name = Column("name")

        class Meta:
            source, model, discriminator = "articles", "shop.Item", "kind"


    class VideoMapping(ModelMapping):
        id = Column("id")
        kind = Constant("video")
        name = Column("name")

        class Meta:
            source, model, discriminator = "videos", "shop.Item", "kind"


    class NoteMapping(ModelMapping):
        id = Column("id")
        item = Reference("item")

        class Meta:
            source, model = "notes", "shop.Note"
"""


def test_rows_of_several_tables_clash_in_one_model(shop: Callable[..., Shop]) -> None:
    made = shop(
        MODELS,
        MAPPINGS,
        "CREATE TABLE articles (id INT PRIMARY KEY, name VARCHAR(9) NOT NULL UNIQUE)",
        "CREATE TABLE videos (id INT PRIMARY KEY, name VARCHAR(9) NOT NULL UNIQUE)",
        "CREATE TABLE notes (id INT PRIMARY KEY, item INT NOT NULL)",
        "INSERT INTO articles VALUES (1, 'a'), (2, 'b'), (3, 'too long')",
        "INSERT INTO videos VALUES (11, 'a'), (2, 'c'), (13, 'd'), (14, 'too long')",
        "INSERT INTO notes VALUES (1, 1), (2, 2), (3, 3), (4, 11), (5, 13), (6, 14)",
    )
    report = same_as_the_run(made)
    keys = {
        (table["name"], rule["code"]): [row["text"] for row in rule["rows"]]
        for table in report["tables"]
        for rule in table["rules"]
    }
    assert keys["NoteMapping", "no_parent"] == ["id=3", "id=4", "id=6"]


def test_rows_that_the_target_keeps_are_foretold(shop: Callable[..., Shop]) -> None:
    keeping = MAPPINGS.partition("    class VideoMapping")[0].replace(
        'source, model, discriminator = "articles", "shop.Item", "kind"',
        'source, model, existing = "articles", "shop.Item", "keep"',
    )
    made = shop(
        MODELS,
        keeping,
        "CREATE TABLE articles (id INT PRIMARY KEY, name VARCHAR(9) NOT NULL UNIQUE)",
        "INSERT INTO articles VALUES (1, 'a'), (2, 'b'), (3, 'mine')",
    )
    made.target("INSERT INTO shop_item VALUES (1, 'x', 'other'), (99, 'x', 'mine')")
    report = dry_run(made)
    made.delamp("run")
    keys = {
        rule["code"]: [row["text"] for row in rule["rows"]] for rule in report["tables"][0]["rules"]
    }
    assert keys == {"row_exists": ["id=1"], "not_unique": ["id=3"]}
    assert {(key, code) for key, _, code, _ in made.rejects("ArticleMapping")} == {
        ("id=1", "row_exists"),
        ("id=3", "not_unique"),
    }


@pytest.mark.parametrize("key", ["", 'key = "id"'])
def test_rows_of_a_query_are_foretold(shop: Callable[..., Shop], key: str) -> None:
    models = source.MODELS.replace(
        "city = models.CharField(", "city = models.CharField(unique=True, "
    )
    made = shop(models, source.QUERY.replace("KEY", key), *source.LEGACY)
    made.source(
        "UPDATE addresses SET `ci.ty` = 'a city name that is too long' WHERE id = 8",
        "INSERT INTO people VALUES (5, 'Eve', 'on'), (6, 'Fay', 'on')",
        "INSERT INTO user_profiles VALUES (5, NULL, 7, NULL), (6, NULL, 7, '0000-00-00')",
    )
    report = same_as_the_run(made)
    assert report["tables"][0]["rejected"] == 3


def test_columns_of_joined_tables_are_foretold(shop: Callable[..., Shop]) -> None:
    made = shop(source.MODELS, source.JOINED, *source.LEGACY)
    made.source("UPDATE addresses SET `ci.ty` = 'a city name that is too long' WHERE id = 8")
    report = same_as_the_run(made)
    assert report["tables"][0]["rejected"] == 1


def test_keys_that_differ_in_case_only_are_different_rows(shop: Callable[..., Shop]) -> None:
    """MariaDB finds one of two rows by literals that fold alike, joined by OR."""
    key = "VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
    made = shop(
        """
        from django.db import models


        class Item(models.Model):
            code = models.CharField(max_length=9, primary_key=True)
            kind = models.CharField(max_length=9)
            upper = models.ForeignKey("self", models.CASCADE, null=True)
            name = models.CharField(max_length=9, unique=True)
        """,
        """
        from mappings import Column, ModelMapping, Reference


        class ItemMapping(ModelMapping):
            upper = Reference("upper")

            class Meta:
                source, model, columns = "items", "shop.Item", "same-name"
        """,
        f"CREATE TABLE items (code {key} NOT NULL PRIMARY KEY, kind VARCHAR(9) NOT NULL,"
        f" upper {key}, name {key} NOT NULL) ENGINE=InnoDB",
        "INSERT INTO items VALUES ('LONG', 'x', NULL, 'one'), ('long', 'x', NULL, 'one'),"
        " ('é', 'x', 'gone', 'two'), ('É', 'x', 'gone', 'three')",
    )
    report = same_as_the_run(made)
    assert report["tables"][0]["rejected"] == 3
