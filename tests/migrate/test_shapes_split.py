"""One source table to several models, and several tables to one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.test_shapes_source import anyshop, loads_clean

__all__ = ["anyshop"]

MakeShop = Callable[..., Shop]

SPLIT_MODELS = """
    from django.db import models

    class Post(models.Model):
        title = models.CharField(max_length=20)
        comments_count = models.IntegerField(default=0)

    class Page(models.Model):
        title = models.CharField(max_length=20)
        parent = models.ForeignKey("self", models.CASCADE, null=True)

    class Comment(models.Model):
        post = models.ForeignKey(Post, models.CASCADE)

    class Mail(models.Model):
        page = models.ForeignKey(Page, models.CASCADE)
"""
SPLIT = """
    from mappings import Column, Count, ModelMapping, Reference, steps

    class PostMapping(ModelMapping):
        comments_count = Count("notes", by="post", legacy="notes")

        class Meta:
            source, model, columns = "content", "shop.Post", "same-name"
            where = "s.type = 'post'"

    class PageMapping(ModelMapping):
        parent = Reference("parent_id", steps.null_if(0), orphans="null")

        class Meta:
            source, model, columns = "content", "shop.Page", "same-name"
            where = "s.type = 'page'"

    class CommentMapping(ModelMapping):
        post = Reference("content_id")

        class Meta:
            source, model, columns = "notes", "shop.Comment", "same-name"
            where = "s.kind = 'c'"

    class MailMapping(ModelMapping):
        page = Reference("content_id", orphans="skip")

        class Meta:
            source, model, columns = "notes", "shop.Mail", "same-name"
            where = "s.kind = 'm'"
"""
CONTENT = (
    "CREATE TABLE content (id INT PRIMARY KEY, title VARCHAR(20) NOT NULL, type VARCHAR(9) NOT"
    " NULL, parent_id INT NOT NULL, notes INT NOT NULL)",
    "CREATE TABLE notes (id INT PRIMARY KEY, content_id INT NOT NULL, kind CHAR(1) NOT NULL)",
    # Page 3's parent is a post, and so no page.
    "INSERT INTO content VALUES (1,'one','post',0,2),(2,'two','page',0,0),(3,'three','page',1,0),"
    "(4,'four','draft',0,0),(5,'five','page',2,0)",
    "INSERT INTO notes VALUES (1,1,'c'),(2,1,'c'),(3,2,'m'),(4,1,'m'),(5,2,'c')",
)


def test_one_table_goes_to_several_models(anyshop: MakeShop) -> None:
    made = anyshop(SPLIT_MODELS, SPLIT, *CONTENT)
    loads_clean(made)
    assert made.totals("PostMapping") == (5, 1, 0, 4)
    assert made.totals("PageMapping") == (5, 3, 0, 2)
    assert made.target("SELECT id, comments_count FROM shop_post") == [(1, 2)]
    pages = "SELECT id, parent_id FROM shop_page ORDER BY id"
    assert made.target(pages) == [(2, None), (3, None), (5, 2)]
    assert made.rejects("CommentMapping") == [("id=5", "post", "no_parent", "rejected")]
    assert made.target("SELECT id FROM shop_mail") == [(3,)]
    said = made.delamp("check")
    assert "content: no mapping reads type" in said
    assert "PageMapping" in made.delamp("status")


def test_damage_is_found_in_the_model_that_has_it(shop: MakeShop) -> None:
    made = shop(SPLIT_MODELS, SPLIT, *CONTENT)
    made.delamp("run")
    made.target("UPDATE shop_page SET title = 'x' WHERE id = 5")
    made.target("UPDATE shop_post SET comments_count = 9")
    found = [(f["kind"], f["columns"]) for f in made.findings()]
    assert sorted(found) == [("drifted", ["comments_count"]), ("mismatched", ["title"])]


def test_a_counter_over_a_table_of_several_models_that_all_refer_is_told(shop: MakeShop) -> None:
    models = SPLIT_MODELS.replace("page = models.ForeignKey(Page", "post = models.ForeignKey(Post")
    mapping = SPLIT.replace('page = Reference("content_id", orphans="skip")',
                            'post = Reference("content_id", orphans="skip")')  # fmt: skip
    with pytest.raises(AssertionError, match="mappings.E043"):
        shop(models, mapping, *CONTENT)


MERGED_MODELS = """
    from django.db import models

    class Tag(models.Model):
        name = models.CharField(max_length=9)

    class Item(models.Model):
        kind = models.CharField(max_length=9)
        legacy_id = models.IntegerField()
        title = models.CharField(max_length=9)
        tag = models.ForeignKey(Tag, models.CASCADE, null=True)

        class Meta:
            constraints = [
                models.UniqueConstraint(fields=["kind", "legacy_id"], name="legacy"),
            ]
"""
MERGED = """
    from mappings import Column, Constant, ModelMapping, Reference

    class TagMapping(ModelMapping):
        class Meta:
            source, model, columns = "tags", "shop.Tag", "same-name"

    class ArticleMapping(ModelMapping):
        kind = Constant("it's")
        legacy_id = Column("id")
        title = Column("headline")
        tag = Reference("tag_id")

        class Meta:
            source, model, discriminator = "articles", "shop.Item", "kind"

    class VideoMapping(ModelMapping):
        kind = Constant("video")
        legacy_id = Column("video_id")
        title = Column("title")
        tag = Reference("tag_id")

        class Meta:
            source, model, discriminator = "videos", "shop.Item", "kind"
"""
ITEMS = (
    "CREATE TABLE tags (id INT PRIMARY KEY, name VARCHAR(9) NOT NULL)",
    "CREATE TABLE articles (id INT PRIMARY KEY, headline VARCHAR(20) NOT NULL, tag_id INT)",
    "CREATE TABLE videos (video_id INT PRIMARY KEY, title VARCHAR(20) NOT NULL, tag_id INT)",
    "INSERT INTO tags VALUES (1,'a')",
    "INSERT INTO articles VALUES (1,'one',1),(2,'two',99),(3,'three',NULL)",
    "INSERT INTO videos VALUES (1,'un',1),(2,'deux',NULL),(7,'sept',98)",
)
ALL = "SELECT kind, legacy_id, title FROM shop_item ORDER BY kind, legacy_id"


def test_several_tables_go_to_one_model_whose_keys_clash(anyshop: MakeShop) -> None:
    made = anyshop(MERGED_MODELS, MERGED, *ITEMS)
    # Of no mapping's kind: it is nobody's, and stays.
    made.target("INSERT INTO shop_item (kind, legacy_id, title) VALUES ('mine', 1, 'x')")
    loads_clean(made)
    assert made.target(ALL) == [
        ("it's", 1, "one"), ("it's", 3, "three"), ("mine", 1, "x"), ("video", 1, "un"),
        ("video", 2, "deux"),
    ]  # fmt: skip
    assert made.totals("ArticleMapping") == (3, 2, 1, 0)
    assert made.rejects("VideoMapping") == [("video_id=7", "tag", "no_parent", "rejected")]
    # The next row gets a key that is free.
    made.target("INSERT INTO shop_item (kind, legacy_id, title) VALUES ('mine', 2, 'y')")


def test_damage_is_found_where_rows_are_told_apart(shop: MakeShop) -> None:
    made = shop(MERGED_MODELS, MERGED, *ITEMS)
    made.delamp("run")
    made.target("UPDATE shop_item SET title = 'x' WHERE kind = 'video' AND legacy_id = 1")
    (found,) = made.findings()
    assert (found["kind"], found["table"], found["columns"], found["key"]) == (
        "mismatched", "VideoMapping", ["title"], [1],
    )  # fmt: skip
    made.target("UPDATE shop_item SET legacy_id = 9 WHERE kind = 'video' AND legacy_id = 1")
    kinds = {(f["table"], f["kind"]) for f in made.findings()}
    assert kinds == {("VideoMapping", "extra"), ("VideoMapping", "missing")}


def test_a_restart_empties_only_the_rows_of_its_own_mapping(shop: MakeShop) -> None:
    made = shop(MERGED_MODELS, MERGED, *ITEMS)
    made.delamp("run")
    before = made.target("SELECT id FROM shop_item WHERE kind = 'video' ORDER BY id")
    made.source("UPDATE articles SET headline = 'uno' WHERE id = 1")
    made.delamp("run", "ArticleMapping", "--restart", "--yes")
    assert ("it's", 1, "uno") in made.target(ALL)
    assert made.target("SELECT id FROM shop_item WHERE kind = 'video' ORDER BY id") == before
    assert made.findings() == []
    made.delamp("run", "--restart", "--yes")
    assert made.findings() == []


def test_rows_of_its_own_kind_that_are_there_already_are_refused(shop: MakeShop) -> None:
    made = shop(MERGED_MODELS, MERGED, *ITEMS)
    made.target("INSERT INTO shop_item (kind, legacy_id, title) VALUES ('video', 1, 'x')")
    said = made.delamp("run", code=1)
    assert "VideoMapping" in said and "got 1 rows" in said


def test_the_checksum_pass_of_a_resumed_run_keeps_to_its_own_rows(shop: MakeShop) -> None:
    models = (
        MERGED_MODELS
        + """
    class Zebra(models.Model):
        name = models.CharField(max_length=9)
    """
    )
    mapping = (
        MERGED
        + """
    class ZebraMapping(ModelMapping):
        class Meta:
            source, model, columns = "tags", "shop.Zebra", "same-name"
    """
    )
    made = shop(models, mapping, *ITEMS)
    made.source("INSERT INTO videos VALUES (8,'a title too long',NULL)")
    made.delamp("run", "--readers", "1", "--max-rejects", "0", code=1)
    made.source("UPDATE videos SET title = 'new' WHERE video_id = 2", "DELETE FROM articles"
                " WHERE id = 3", "INSERT INTO videos VALUES (3,'trois',NULL)")  # fmt: skip
    made.delamp("run")
    assert made.target("SELECT mixed_snapshots FROM delamp_run") == [(True,)]
    assert made.target(ALL) == [
        ("it's", 1, "one"), ("video", 1, "un"), ("video", 2, "new"), ("video", 3, "trois"),
    ]  # fmt: skip
    assert made.findings() == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('"videos", "shop.Item", "kind"', '"videos", "shop.Item", "title"'), "mappings.E054"),
        (('Constant("video")', "Constant(\"it's\")"), "mappings.E006"),
        (('"videos", "shop.Item", "kind"', '"videos", "shop.Item", None'), "mappings.E006"),
        (('class Meta:\n            source, model, discriminator = "videos"',
          'class Meta:\n            existing = "keep"\n'
          '            source, model, discriminator = "videos"'), "mappings.E055"),
        (('source, model, columns = "tags", "shop.Tag", "same-name"',
          'source, model = "tags", "shop.Tag"\n        name = Column("name")'), "mappings.E033"),
    ],
)  # fmt: skip
def test_a_discriminator_that_tells_nothing_apart_is_told(
    shop: MakeShop, change: tuple[str, str], code: str
) -> None:
    made = shop(MERGED_MODELS, MERGED.replace(*change), *ITEMS)
    assert code in made.delamp("check", code=3)
