"""Name/value tables: gathered into a JSON object, or picked into columns."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.test_shapes_source import anyshop, loads_clean

__all__ = ["anyshop"]

MakeShop = Callable[..., Shop]

MODELS = """
    from django.db import models

    class Person(models.Model):
        name = models.CharField(max_length=20)
        first_name = models.CharField(max_length=20, null=True)
        seen = models.DateTimeField(null=True)
        meta = models.JSONField(default=dict)
"""
MAPPINGS = """
    from mappings import Gathered, ModelMapping, Picked, steps

    META = {"by": "user_id", "name": "meta_key", "value": "meta_value"}

    def shown(value):
        return {"php": value[2:]} if value.startswith("a:") else value

    class PersonMapping(ModelMapping):
        first_name = Picked("usermeta", steps.strip, pick="first_name", **META)
        seen = Picked("usermeta", steps.to_integer, steps.from_unixtime, pick="seen", **META)
        meta = Gathered("usermeta", shown, without=["seen"], **META)

        class Meta:
            source, model, columns = "people", "shop.Person", "same-name"
"""
MAPPINGS = MAPPINGS.replace("steps.to_integer, steps.from_unixtime", "at")
MAPPINGS = MAPPINGS.replace("    def shown", """    def at(value):
        from datetime import UTC, datetime
        return datetime.fromtimestamp(int(value), UTC)

    def shown""")  # fmt: skip
LEGACY = (
    "CREATE TABLE people (id BIGINT UNSIGNED PRIMARY KEY, name VARCHAR(20) NOT NULL)",
    "CREATE TABLE usermeta (umeta_id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, user_id BIGINT"
    " UNSIGNED NOT NULL DEFAULT 0, meta_key VARCHAR(255), meta_value LONGTEXT,"
    " KEY user_id (user_id), KEY meta_key (meta_key(191))) CHARSET utf8mb4",
    "INSERT INTO people VALUES (1,'Ada'),(2,'Bo'),(3,'Cy')",
    "INSERT INTO usermeta VALUES (9,1,'first_name','second'),(2,1,'first_name',' Ada '),"
    "(3,1,'First_Name','other'),(4,1,'tab\\tkey','line\\nbreak \\\\ , ; ~ : \U0001f600'),"
    "(5,1,'empty',''),(6,1,'none',NULL),(7,1,'arr','a:x'),(8,2,'seen','86400'),(1,2,NULL,'no'),"
    "(10,2,'first_name',NULL),(11,77,'first_name','nobody'),(12,2,'first_name ','blank')",
)
EXPECTED = [
    (1, "Ada", "Ada", None, {
        "first_name": [" Ada ", "second"], "First_Name": "other", "empty": "", "none": None,
        "tab\tkey": "line\nbreak \\ , ; ~ : \U0001f600", "arr": {"php": "x"},
    }),
    (2, "Bo", None, "1970-01-02", {"": "no", "first_name": None, "first_name ": "blank"}),
    (3, "Cy", None, None, {}),
]  # fmt: skip
HELD = "SELECT id, name, first_name, seen::date::text, meta FROM shop_person ORDER BY id"


def test_pairs_are_gathered_and_picked(anyshop: MakeShop) -> None:
    made = anyshop(MODELS, MAPPINGS, *LEGACY)
    loads_clean(made)
    assert made.target(HELD) == EXPECTED
    said = made.delamp("check")
    assert "usermeta: no mapping reads umeta_id" not in said
    assert "people: no mapping reads" not in said


def test_pairs_of_a_table_whose_names_are_unique_and_that_has_no_single_key(
    anyshop: MakeShop,
) -> None:
    made = anyshop(
        MODELS,
        MAPPINGS,
        LEGACY[0],
        "CREATE TABLE usermeta (user_id BIGINT UNSIGNED NOT NULL, meta_key VARCHAR(50) CHARSET"
        " latin1 NOT NULL, meta_value VARCHAR(50) CHARSET utf8,"
        " PRIMARY KEY (user_id, meta_key))",
        LEGACY[2],
        "INSERT INTO usermeta VALUES (1,'first_name','Ada'),(2,'FIRST_NAME','Bo'),(3,'\u00e5','x')",
    )
    loads_clean(made)
    assert [row[2] for row in made.target(HELD)] == ["Ada", None, None]
    assert [row[4] for row in made.target(HELD)] == [
        {"first_name": "Ada"}, {"FIRST_NAME": "Bo"}, {"\u00e5": "x"},
    ]  # fmt: skip


def test_damage_to_pairs_is_found_on_either_side(shop: MakeShop) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    made.target("""UPDATE shop_person SET meta = '{"": "no"}' WHERE id = 2""")
    made.source("UPDATE usermeta SET meta_value = 'x' WHERE umeta_id = 2")
    found = [(f["kind"], f["key"], f["columns"]) for f in made.findings()]
    assert sorted(found) == [
        ("mismatched", [1], ["first_name", "meta"]),
        ("mismatched", [2], ["meta"]),
    ]


def test_a_step_that_fails_on_one_value_refuses_its_row(shop: MakeShop) -> None:
    mapping = MAPPINGS.replace("return {", 'assert value != "x"\n        return {')
    made = shop(MODELS, mapping, *LEGACY)
    made.source("UPDATE usermeta SET meta_value = 'x' WHERE umeta_id = 1")
    made.delamp("run")
    assert made.rejects("PersonMapping") == [("id=2", "meta", "step_failed", "rejected")]
    assert made.findings() == []


@pytest.mark.slow
def test_a_parent_with_more_pairs_than_one_value_holds_is_read_row_by_row(
    anyshop: MakeShop,
) -> None:
    made = anyshop(MODELS, MAPPINGS, *LEGACY)
    # In hex digits 12 MB, where MySQL joins 8 at most, or its packet's 4 or 16.
    made.source(
        "CREATE TABLE n (n INT PRIMARY KEY)",
        f"INSERT INTO n VALUES {', '.join(f'({n})' for n in range(6000))}",
        "INSERT INTO usermeta (user_id, meta_key, meta_value) SELECT 3, CONCAT('k', n),"
        " REPEAT(CHAR(97 + n % 26 USING utf8), 1000) FROM n",
    )
    loads_clean(made)
    assert made.totals("PersonMapping") == (3, 3, 0, 0)
    assert made.target(HELD)[:2] == EXPECTED[:2]
    ((meta,),) = made.target("SELECT meta FROM shop_person WHERE id = 3")
    assert meta == {f"k{n}": chr(97 + n % 26) * 1000 for n in range(6000)}
    made.source("UPDATE usermeta SET meta_value = 'x' WHERE meta_key = 'k5999'")
    (found,) = made.findings()
    assert (found["kind"], found["key"], found["columns"]) == ("mismatched", [3], ["meta"])


def test_a_change_of_the_pairs_table_stops_a_half_done_load(shop: MakeShop) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    made.source("ALTER TABLE usermeta MODIFY meta_value MEDIUMTEXT")
    assert "schema changed" in made.delamp("run", code=1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('Gathered("usermeta"', 'Gathered("usermata"'), "mappings.E010"),
        (('Picked("usermeta"', 'Picked("usermata"'), "mappings.E010"),
        (('"by": "user_id"', '"by": "user"'), "mappings.E013"),
        (('"by": "user_id"', '"by": "meta_key"'), "mappings.E052"),
        (('pick="first_name"', "pick=7"), "mappings.E067"),
        (("meta = Gathered(", "name = Gathered("), "mappings.E020"),
        (("shown, without", "steps.from_unixtime, without"), "mappings.E023"),
        (('without=["seen"]', 'to="nmae"'), "mappings.E013"),
    ],
)
def test_pairs_that_cannot_be_are_told(shop: MakeShop, change: tuple[str, str], code: str) -> None:
    made = shop(MODELS, MAPPINGS.replace(*change), *LEGACY)
    assert code in made.delamp("check", code=3)


def test_which_of_several_rows_is_meant_must_be_clear(shop: MakeShop) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.source("ALTER TABLE usermeta MODIFY umeta_id BIGINT, DROP PRIMARY KEY")
    said = made.delamp("check", code=3)
    assert "mappings.E065" in said
