"""The reader and the worker share a connection: neither may wait for what the other holds."""

from __future__ import annotations

from collections.abc import Callable

from tests.migrate.conftest import Shop

MODELS = """
    from django.db import models

    class Thing(models.Model):
        name = models.CharField(max_length=10, unique=True)

    class Log(models.Model):
        line = models.TextField()
"""
MAPPINGS = """
    from mappings import ModelMapping

    class ThingMapping(ModelMapping):
        class Meta:
            source, model, columns = "things", "shop.Thing", "same-name"
            where = "s.id > 0"

    class LogMapping(ModelMapping):
        class Meta:
            source, model, columns = "logs", "shop.Log", "same-name"
"""


def test_a_refused_chunk_before_a_large_table_without_a_key(shop: Callable[..., Shop]) -> None:
    made = shop(
        MODELS,
        MAPPINGS,
        "CREATE TABLE things (id INT PRIMARY KEY, name VARCHAR(10) NOT NULL)",
        "CREATE TABLE logs (line TEXT NOT NULL)",
        "INSERT INTO things VALUES (1, 'a'), (2, 'a'), (3, 'b'), (-1, 'c')",
        "INSERT INTO logs SELECT REPEAT('x', 10000) FROM seq_1_to_2000",
    )
    made.delamp("run", "--readers", "1")
    assert made.totals("ThingMapping") == (4, 2, 1, 1)
    assert made.totals("LogMapping") == (2000, 2000, 0, 0)


def test_a_filtered_table_all_of_whose_rows_go_by_python(shop: Callable[..., Shop]) -> None:
    made = shop(
        MODELS,
        MAPPINGS + '            where = "s.id > 0"\n',
        "CREATE TABLE things (id INT PRIMARY KEY, name VARCHAR(10) NOT NULL)",
        "CREATE TABLE logs (id INT PRIMARY KEY, line LONGTEXT NOT NULL)",
        "INSERT INTO logs SELECT seq, REPEAT('x', 70000) FROM seq_1_to_600",
    )
    made.delamp("run", "--readers", "1")
    assert made.totals("LogMapping") == (600, 600, 0, 0)
