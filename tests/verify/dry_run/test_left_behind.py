"""Rows of joined and gathered tables that reach no row of the target are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.migrate.conftest import Shop
from tests.verify.dry_run.conftest import dry_run

MODELS = """
    from django.db import models


    class Person(models.Model):
        name = models.CharField(max_length=9)
        city = models.CharField(max_length=9, null=True)
        land = models.CharField(max_length=9, null=True)
        meta = models.JSONField(null=True)
        nick = models.CharField(max_length=9, null=True)
"""
MAPPINGS = """
    from mappings import Column, Gathered, Join, ModelMapping, Picked


    class PersonMapping(ModelMapping):
        id = Column("id")
        name = Column("name")
        city = Column("home.city")
        land = Column("state.land")
        {more}

        class Meta:
            source, model = "people", "shop.Person"
            joins = {{
                "home": Join("homes", on={{"person": "id"}}),
                "state": Join("states", on={{"city": "home.city"}}),
            }}
"""
GATHERED = 'meta = Gathered("pairs", by="person", name="name", value="value"{without})'
PICKED = 'nick = Picked("pairs", by="person", name="name", value="value", pick="nick")'
LEGACY = (
    "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(9) NOT NULL)",
    "CREATE TABLE homes (person INT PRIMARY KEY, city VARCHAR(9))",
    "CREATE TABLE states (city VARCHAR(9) PRIMARY KEY, land VARCHAR(9))",
    "CREATE TABLE pairs (id INT PRIMARY KEY, person INT, name VARCHAR(9), value TEXT)",
    "INSERT INTO people VALUES (1, 'Ada'), (2, 'Bo')",
    "INSERT INTO homes VALUES (1, 'here'), (7, 'gone'), (8, 'gone')",
    "INSERT INTO states VALUES ('here', 'us'), ('gone', 'xx')",
    "INSERT INTO pairs VALUES (1, 1, 'nick', 'a'), (2, 1, 'nick', 'b'), (3, 1, 'size', '9'),"
    " (4, 9, 'size', '1'), (5, NULL, 'nick', 'c'), (6, 2, 'nick', 'd'), (7, 9, 'nick', 'e')",
)
HOMES = ("homes", "no_partner", 2, ["person=7", "person=8"])
STATES = ("states", "no_partner", 1, ["city=gone"])
FURTHER = ("pairs", "further_value", 1, ["person=1, name=nick"])


def left(report: dict[str, Any]) -> list[tuple[str, str, int, list[str]]]:
    return [(e["source"], e["code"], e["count"], e["rows"]) for e in report["left_behind"]]


def test_rows_without_a_partner_and_further_values_are_told(shop: Callable[..., Shop]) -> None:
    gathered = GATHERED.format(without=', without=["nick"]')
    more = f"{PICKED}\n        {gathered}"
    made = shop(MODELS, MAPPINGS.format(more=more), *LEGACY)
    orphans = ["person=NULL, name=nick", "person=9, name=nick", "person=9, name=size"]
    report = dry_run(made, code=0)
    assert left(report) == [HOMES, STATES, FURTHER, ("pairs", "no_partner", 3, orphans)]
    assert report["source"]["tables_without_a_mapping"] == []
    said = made.delamp("dry-run", "--fail-on", "skip", code=6)
    assert "homes: 2 rows without a row of PersonMapping that they belong to: person=7" in said
    assert "pairs: 1 row beside the value that PersonMapping picks: person=1, name=nick" in said
    page = made.project.folder / "report.html"
    made.delamp("dry-run", "--html", str(page))
    assert "homes: 2 rows without a row of PersonMapping" in page.read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("", []),
        (GATHERED.format(without=""), [("pairs", "no_partner", 3)]),
        (PICKED, [("pairs", "no_partner", 2), ("pairs", "further_value", 1)]),
        (f"{PICKED}\n        {GATHERED.format(without='')}", [("pairs", "no_partner", 3)]),
    ],
)
def test_what_is_read_elsewhere_is_not_left_behind(
    shop: Callable[..., Shop], more: str, found: list[tuple[str, str, int]]
) -> None:
    made = shop(MODELS, MAPPINGS.format(more=more), *LEGACY)
    assert [e[:3] for e in left(dry_run(made, code=0))] == [HOMES[:3], STATES[:3], *found]
