"""A schema migration that was not applied is told before the first row is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop

MODELS = """
from django.db import models


class Maker(models.Model):
    name = models.CharField(max_length=80)


class Icon(models.Model):
    title = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=8, decimal_places=2)
"""
MAPPINGS = """
from mappings import ModelMapping


class MakerMapping(ModelMapping):
    class Meta:
        source, model, columns = "makers", "shop.Maker", "same-name"


class IconMapping(ModelMapping):
    class Meta:
        source, model, columns = "icons", "shop.Icon", "same-name"
"""
LEGACY = (
    "CREATE TABLE makers (id INT PRIMARY KEY, name VARCHAR(80) NOT NULL)",
    "CREATE TABLE icons (id INT PRIMARY KEY, title VARCHAR(200) NOT NULL,"
    " price DECIMAL(8,2) NOT NULL)",
    "INSERT INTO makers VALUES (1, 'Kunst')",
    "INSERT INTO icons VALUES (1, 'arrow', 2.50)",
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP COLUMN price", "column price is missing"),
        (
            "ALTER COLUMN title TYPE varchar(20)",
            "column title, got character varying(20) (expected character varying(200), as the"
            " model says)",
        ),
        (
            "ALTER COLUMN price TYPE numeric(5,1)",
            "column price, got numeric(5,1) (expected numeric(8,2), as the model says)",
        ),
        (
            "ADD COLUMN rank integer NOT NULL",
            "column rank takes no NULL and is none of the model's: no row can be written",
        ),
    ],
)
def test_a_table_unlike_its_model_stops_a_run_before_the_first_row_is_read(
    shop: Callable[..., Shop], change: str, said: str
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.target(f"ALTER TABLE shop_icon {change}")
    assert f"delamp.W007 IconMapping: table shop_icon: {said}" in made.delamp("check")
    told = made.delamp("run", code=5)
    assert f"error: target: table shop_icon: {said}" in told
    assert "hint: run `python manage.py migrate`" in told
    assert made.target("SELECT count(*) FROM shop_maker") == [(0,)]
    assert f"table shop_icon: {said}" in made.delamp("verify", code=5)
    made.delamp("run", "MakerMapping")


def test_what_the_model_does_not_know_and_takes_null_is_no_difference(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.target("ALTER TABLE shop_icon ADD rank integer, ADD seen integer NOT NULL DEFAULT 0")
    assert "W007" not in made.delamp("check")
    made.delamp("run")
    made.delamp("verify", "-q")
