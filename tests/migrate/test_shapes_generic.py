"""Polymorphic (type, id) pairs as generic foreign keys, and trees by parent ids."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.test_shapes_source import anyshop, loads_clean

__all__ = ["anyshop"]

MakeShop = Callable[..., Shop]

MODELS = """
    from django.contrib.contenttypes.fields import GenericForeignKey
    from django.contrib.contenttypes.models import ContentType
    from django.db import models

    class Post(models.Model):
        title = models.CharField(max_length=9)

    class Label(models.Model):
        code = models.CharField(max_length=9, primary_key=True)

    class Note(models.Model):
        content_type = models.ForeignKey(ContentType, models.CASCADE, null=True)
        object_id = models.CharField(max_length=20, null=True)
        about = GenericForeignKey("content_type", "object_id")
"""
MAPPINGS = """
    from mappings import ContentTypes, GenericReference, ModelMapping, steps

    class NoteMapping(ModelMapping):
        content_type = ContentTypes(
            "item_type", steps.lower,
            models={"post": "shop.Post", "label": "shop.Label", "user": "auth.User"},
            other="OTHER",
        )
        object_id = GenericReference("item_id", type="content_type", orphans="ORPHANS")

        class Meta:
            source, model, columns = "notes", "shop.Note", "same-name"

    class PostMapping(ModelMapping):
        class Meta:
            source, model, columns = "posts", "shop.Post", "same-name"
            where = "s.id < 10"

    class LabelMapping(ModelMapping):
        class Meta:
            source, model, columns = "labels", "shop.Label", "same-name"
"""
LEGACY = (
    "CREATE TABLE posts (id INT PRIMARY KEY, title VARCHAR(9) NOT NULL)",
    "CREATE TABLE labels (code VARCHAR(9) PRIMARY KEY) CHARSET latin1",
    "CREATE TABLE notes (id INT PRIMARY KEY, item_type VARCHAR(9) NOT NULL, item_id VARCHAR(20))",
    "INSERT INTO posts VALUES (1,'one'),(2,'two'),(10,'left out')",
    "INSERT INTO labels VALUES ('x'),('1')",
    "INSERT INTO notes VALUES (1,'post','1'),(2,'POST','2'),(3,'label','x'),(4,'label','1'),"
    "(5,'post','10'),(6,'label','2'),(7,'robot','1'),(8,'user','1'),(9,'post',NULL)",
)


def mappings(orphans: str, other: str) -> str:
    return MAPPINGS.replace("ORPHANS", orphans).replace("OTHER", other)


HELD = (
    "SELECT n.id, c.model, n.object_id FROM shop_note n"
    " LEFT JOIN django_content_type c ON c.id = n.content_type_id ORDER BY n.id"
)
GOOD = [(1, "post", "1"), (2, "post", "2"), (3, "label", "x"), (4, "label", "1")]


def test_pairs_of_type_and_id_become_generic_foreign_keys(anyshop: MakeShop) -> None:
    made = anyshop(MODELS, mappings("quarantine", "reject"), *LEGACY)
    loads_clean(made)
    assert made.target(HELD) == [*GOOD, (9, "post", None)]
    assert made.rejects("NoteMapping") == [
        ("id=5", "object_id", "no_parent", "rejected"),
        ("id=6", "object_id", "no_parent", "rejected"),
        ("id=7", "content_type", "not_in_map", "rejected"),
        ("id=8", "object_id", "no_parent", "rejected"),
    ]
    done = made.project.manage(
        "shell", "-v0", "-c",
        "from shop.models import Note; print([str(n.about.pk) for n in Note.objects.all()[:4]])",
    )  # fmt: skip
    assert done.stdout.strip() == "['1', '2', 'x', '1']", done.stderr


@pytest.mark.parametrize(
    ("orphans", "expected"),
    [
        ("null", [(5, "post", None), (6, "label", None), (7, None, "1"), (8, "user", None)]),
        ("skip", [(7, None, "1")]),
        ("keep", [(5, "post", "10"), (6, "label", "2"), (7, None, "1"), (8, "user", "1")]),
    ],
)
def test_orphans_and_unknown_words_follow_their_policies(
    shop: MakeShop, orphans: str, expected: list[tuple[int, str, str]]
) -> None:
    made = shop(MODELS, mappings(orphans, "null"), *LEGACY)
    loads_clean(made)
    assert made.target(HELD) == [*GOOD, *expected, (9, "post", None)]


def test_damage_to_either_half_is_found(shop: MakeShop) -> None:
    made = shop(MODELS, mappings("quarantine", "reject"), *LEGACY)
    made.delamp("run")
    made.target(
        "UPDATE shop_note SET content_type_id = (SELECT id FROM django_content_type"
        " WHERE model = 'label' AND app_label = 'shop') WHERE id = 1"
    )
    made.target("UPDATE shop_note SET object_id = '1' WHERE id = 2")
    found = sorted((f["key"], f["columns"]) for f in made.findings())
    assert found == [([1], ["content_type"]), ([2], ["object_id"])]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('"shop.Post"', '"shop.Pots"', 1), "mappings.E005"),
        (('content_type = ContentTypes(\n            "item_type", steps.lower,',
          'object_id = ContentTypes(\n            "item_type",', 1), "mappings.E060"),
        (('"post": ', '7: ', 1), "mappings.E061"),
        (('type="content_type"', 'type="content"', 1), "mappings.E063"),
        (('orphans="quarantine"', 'orphans="maybe"', 1), "mappings.E003"),
        (('content_type = ', 'contents = ', 1), "mappings.E011"),
        (('orphans="quarantine"', 'orphans="null"', 1), "mappings.E030"),
    ],
)  # fmt: skip
def test_a_generic_reference_that_cannot_be_is_told(
    shop: MakeShop, change: tuple[str, str, int], code: str
) -> None:
    text = mappings("quarantine", "reject").replace(*change)
    models = MODELS.replace("max_length=20, null=True", "max_length=20")
    if code == "mappings.E011":
        text = text.replace('type="content_type"', 'type="contents"')
    if code == "mappings.E060":
        text = text.replace("        object_id = GenericReference", "        #")
    # Django's own checks find it, before there is a source.
    with pytest.raises(AssertionError, match=code):
        shop(models, text, *LEGACY)


def test_content_types_that_the_target_has_not_are_told(shop: MakeShop) -> None:
    made = shop(MODELS, mappings("quarantine", "reject"), *LEGACY)
    made.target("UPDATE django_content_type SET model = 'gone' WHERE model = 'label'")
    assert "mappings.E062" in made.delamp("run", code=3)


TREE_MODELS = """
    from django.db import models

    class Node(models.Model):
        name = models.CharField(max_length=9)
        parent = models.ForeignKey("self", models.CASCADE, null=True)
"""
TREE = """
    from mappings import ModelMapping, Reference, steps

    class NodeMapping(ModelMapping):
        parent = Reference("parent_id", steps.null_if(0), orphans="ORPHANS")

        class Meta:
            source, model, columns = "nodes", "shop.Node", "same-name"
"""
NODES = (
    "CREATE TABLE nodes (id INT PRIMARY KEY, name VARCHAR(9) NOT NULL, parent_id INT NOT NULL"
    " DEFAULT 0)",
    # 9 is a root, its children come before it; 5 and 6 are a circle; 7 is its own parent; 8 hangs
    # on nothing, and 4 on 8.
    "INSERT INTO nodes VALUES (1,'a',9),(2,'b',1),(3,'c',2),(4,'d',8),(5,'e',6),(6,'f',5),"
    "(7,'g',7),(8,'h',77),(9,'root',0)",
)


def test_a_tree_by_parent_ids_loads_in_any_order(anyshop: MakeShop) -> None:
    made = anyshop(TREE_MODELS, TREE.replace("ORPHANS", "quarantine"), *NODES)
    loads_clean(made)
    nodes = "SELECT id, parent_id FROM shop_node ORDER BY id"
    assert made.target(nodes) == [(1, 9), (2, 1), (3, 2), (5, 6), (6, 5), (7, 7), (9, None)]
    assert [row[0] for row in made.rejects("NodeMapping")] == ["id=4", "id=8"]


def test_a_lost_branch_becomes_a_root_where_the_mapping_says_so(shop: MakeShop) -> None:
    made = shop(TREE_MODELS, TREE.replace("ORPHANS", "null"), *NODES)
    loads_clean(made)
    assert made.target("SELECT id, parent_id FROM shop_node WHERE id IN (4, 8) ORDER BY id") == [
        (4, 8),
        (8, None),
    ]
