"""What is put back and filled in at the end of a run."""

from __future__ import annotations

from collections.abc import Callable

from tests.migrate.conftest import Shop


def test_indexes_of_a_partitioned_table_come_back_on_every_partition(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        """
        from django.db import models

        class Thing(models.Model):
            name = models.CharField(max_length=10)
            class Meta:
                managed = False
        """,
        """
        from mappings import ModelMapping

        class ThingMapping(ModelMapping):
            class Meta:
                source, model, columns = "things", "shop.Thing", "same-name"
        """,
        "CREATE TABLE things (id INT PRIMARY KEY, name VARCHAR(10) NOT NULL)",
        "INSERT INTO things SELECT seq, seq FROM seq_1_to_100",
    )
    made.target(
        "CREATE TABLE shop_thing (id bigint PRIMARY KEY, name varchar(10) NOT NULL)"
        " PARTITION BY RANGE (id);"
        "CREATE TABLE shop_thing_a PARTITION OF shop_thing FOR VALUES FROM (0) TO (50);"
        "CREATE TABLE shop_thing_b PARTITION OF shop_thing FOR VALUES FROM (50) TO (500);"
        "CREATE INDEX thing_name ON shop_thing (name)"
    )
    query = (
        "SELECT c.relname, x.indisvalid FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid"
        " WHERE x.indrelid::regclass::text LIKE 'shop_thing%' ORDER BY 1"
    )
    before = made.target(query)
    made.delamp("run")
    assert made.target(query) == before


def test_a_counter_may_sum_a_counter_of_the_same_tree(shop: Callable[..., Shop]) -> None:
    made = shop(
        """
        from django.db import models

        class Category(models.Model):
            parent = models.ForeignKey("self", models.CASCADE, null=True)
            icons_count = models.IntegerField(default=0)
            below_count = models.IntegerField(default=0)

        class Icon(models.Model):
            category = models.ForeignKey(Category, models.CASCADE)
        """,
        """
        from mappings import Count, ModelMapping, Sum

        class CategoryMapping(ModelMapping):
            icons_count = Count("icons", by="category")
            below_count = Sum("categories", "icons_count", by="parent")
            class Meta:
                source, model, columns = "categories", "shop.Category", "same-name"

        class IconMapping(ModelMapping):
            class Meta:
                source, model, columns = "icons", "shop.Icon", "same-name"
        """,
        "CREATE TABLE categories (id INT PRIMARY KEY, parent_id INT)",
        "CREATE TABLE icons (id INT PRIMARY KEY, category_id INT NOT NULL)",
        "INSERT INTO categories VALUES (1, NULL), (2, 1), (3, 1)",
        "INSERT INTO icons VALUES (1, 2), (2, 2), (3, 3)",
    )
    made.delamp("run")
    assert made.target("SELECT id, icons_count, below_count FROM shop_category ORDER BY id") == [
        (1, 0, 3),
        (2, 2, 0),
        (3, 1, 0),
    ]
    made.delamp("verify")
