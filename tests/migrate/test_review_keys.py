"""Keys by which rows could fall between two chunks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mappings.keys import KeyColumn, KeyRange
from migrate.source import Source
from migrate.urls import parse_source_url
from tests.migrate.conftest import Shop

MODELS = """
    from django.db import models

    class Thing(models.Model):
        id = models.CharField(max_length=40, primary_key=True)
        code = models.IntegerField(null=True)
"""
MAPPINGS = """
    from mappings import ModelMapping

    class ThingMapping(ModelMapping):
        class Meta:
            source, model, columns = "things", "shop.Thing", "same-name"
            key = "code"
"""


def test_a_key_that_may_be_null_is_refused(shop: Callable[..., Shop]) -> None:
    made = shop(
        MODELS,
        MAPPINGS,
        "CREATE TABLE things (id VARCHAR(40) PRIMARY KEY, code INT NULL UNIQUE)",
        "INSERT INTO things SELECT seq, IF(seq % 3, seq, NULL) FROM seq_1_to_3000",
    )
    made.project.environment["DELAMP_CHUNK_BYTES"] = "16384"
    said = made.delamp("run", code=3)
    assert "mappings.E019" in said and "code of 'things' may be NULL" in said
    assert made.target("SELECT count(*) FROM shop_thing") == [(0,)]


def test_neighbouring_decimal_keys_beyond_a_double_are_told_apart(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        """
        from django.db import models

        class Thing(models.Model):
            id = models.DecimalField(max_digits=20, decimal_places=0, primary_key=True)
            name = models.CharField(max_length=4)
        """,
        MAPPINGS.replace('key = "code"', ""),
        "CREATE TABLE things (id DECIMAL(20,0) PRIMARY KEY, name VARCHAR(40) NOT NULL)",
        "INSERT INTO things SELECT 90071992547409920 + seq, 'x' FROM seq_1_to_3000",
        "UPDATE things SET name = 'too long' WHERE id = 90071992547409925",
    )
    made.project.environment["DELAMP_CHUNK_BYTES"] = "16384"
    made.delamp("run")
    assert made.totals("ThingMapping") == (3000, 2999, 1, 0)
    made.delamp("verify")


@pytest.mark.mysql56
def test_a_range_of_decimal_keys_begins_and_ends_at_its_bounds(source_db56: str) -> None:
    """MySQL 5.6 compares a decimal with a text as doubles, and takes neighbours for equal."""
    source = Source(parse_source_url(source_db56))
    source.rows("CREATE TABLE t (id DECIMAL(20,0) PRIMARY KEY)")
    first = 90071992547409920
    source.rows(f"INSERT INTO t VALUES {', '.join(f'({first + n})' for n in range(100))}")
    rows = KeyRange(after=(str(first + 4),), until=(str(first + 9),))
    query = f"SELECT COUNT(*) FROM t s WHERE {rows.sql([KeyColumn(name='id', kind='decimal')])}"
    assert source.value(query) == "5"
    source.close()
