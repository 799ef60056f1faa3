"""What no resume, restart or clash may do to rows that were there before delamp came."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop

MODELS = """
    from django.db import models

    class Person(models.Model):
        name = models.CharField(max_length=10, null=True)
        theme = models.CharField(max_length=10, default="dark")

    class Order(models.Model):
        person = models.ForeignKey(Person, models.CASCADE)
        note = models.CharField(max_length=3)

    class Zebra(models.Model):
        order = models.ForeignKey(Order, models.CASCADE)
"""
MAPPINGS = """
    from mappings import Column, ModelMapping, Reference

    class PersonMapping(ModelMapping):
        class Meta:
            source, model, columns = "people", "shop.Person", "same-name"
            existing = "POLICY"
            natural_key = "name"

    class OrderMapping(ModelMapping):
        class Meta:
            source, model, columns = "orders", "shop.Order", "same-name"

    class ZebraMapping(ModelMapping):
        class Meta:
            source, model, columns = "zebras", "shop.Zebra", "same-name"
"""
LEGACY = (
    "CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(10))",
    "CREATE TABLE orders (id INT PRIMARY KEY, person_id INT NOT NULL, note VARCHAR(9) NOT NULL)",
    "CREATE TABLE zebras (id INT PRIMARY KEY, order_id INT NOT NULL)",
    "INSERT INTO people VALUES (1,'ada'),(2,'bo'),(3,'cy')",
    "INSERT INTO orders VALUES (1,1,'a'),(2,2,'b'),(3,3,'too long')",
    "INSERT INTO zebras VALUES (1,1),(2,2)",
)
EXISTING = (
    "INSERT INTO shop_person (id, name, theme)"
    " VALUES (1, 'root', 'light'), (7, 'bo', 'light'), (20, 'mine', 'light')"
)
PEOPLE = "SELECT id, name, theme FROM shop_person ORDER BY id"


def mappings(policy: str) -> str:
    text = MAPPINGS.replace("POLICY", policy)
    return text if policy == "match" else text.replace('natural_key = "name"', "")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (
            "keep",
            [(1, "root"), (2, "bo"), (3, "eve"), (7, "bo"), (20, "mine")],
        ),
        (
            "match",
            [(1, "root"), (3, "eve"), (7, "bo"), (20, "mine"), (21, "ada")],
        ),
    ],
)
def test_the_checksum_pass_of_a_resumed_run_deletes_no_row_that_was_there_before(
    shop: Callable[..., Shop], policy: str, expected: list[tuple[int, str]]
) -> None:
    made = shop(MODELS, mappings(policy), *LEGACY)
    made.target(EXISTING)
    made.delamp("run", "--readers", "1", "--max-rejects", "0", code=1)
    made.source("UPDATE people SET name = 'eve' WHERE id = 3")
    made.delamp("run")
    assert made.target("SELECT mixed_snapshots FROM delamp_run") == [(True,)]
    assert [row[:2] for row in made.target(PEOPLE)] == expected
    light = [row[0] for row in made.target(PEOPLE) if row[2] == "light"]
    assert light == [1, 7, 20]
    kept = 1 if policy == "keep" else 0
    assert made.totals("PersonMapping") == (3, 3 - kept, 0, kept)
    made.delamp("verify")


def test_a_run_that_died_before_its_snapshot_does_not_stumble_over_its_own_matches(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, mappings("match"), *LEGACY)
    made.target(EXISTING)
    # Where the ledger's run would be written, it cannot: the matches are committed by then.
    made.target("ALTER TABLE delamp_run ADD CONSTRAINT no CHECK (false)")
    made.delamp("run", code=5)
    made.target("ALTER TABLE delamp_run DROP CONSTRAINT no")
    made.delamp("run")
    assert [row[:2] for row in made.target(PEOPLE)] == [
        (1, "root"), (3, "cy"), (7, "bo"), (20, "mine"), (21, "ada"),
    ]  # fmt: skip


def test_a_restart_matches_anew_where_source_and_target_keys_cross(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, mappings("match"), *LEGACY)
    made.source("INSERT INTO people VALUES (7, 'zed')")
    made.target(EXISTING)
    expected = [(1, "root"), (3, "cy"), (7, "bo"), (20, "mine"), (21, "ada"), (22, "zed")]
    made.delamp("run")
    assert [row[:2] for row in made.target(PEOPLE)] == expected
    made.delamp("run", "--restart", "--yes")
    assert [row[:2] for row in made.target(PEOPLE)] == expected
    assert made.target("SELECT person_id FROM shop_order ORDER BY id") == [(21,), (7,)]


def test_two_source_rows_of_one_natural_key_do_not_become_one_row(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, mappings("match"), *LEGACY)
    made.source("INSERT INTO people VALUES (9, 'bo'), (10, NULL), (11, NULL)")
    made.target(EXISTING)
    made.target("INSERT INTO shop_person (id, theme) VALUES (30, 'light')")
    made.delamp("run")
    assert [row[:2] for row in made.target(PEOPLE)] == [
        (1, "root"), (3, "cy"), (7, "bo"), (9, "bo"), (10, None), (11, None), (20, "mine"),
        (30, None), (31, "ada"),
    ]  # fmt: skip


def test_an_existing_row_without_its_parent_is_not_deleted_as_an_orphan(
    shop: Callable[..., Shop],
) -> None:
    loose = MODELS.replace(
        "class Order", "class Boss(models.Model):\n        pass\n\n    class Order"
    ).replace(
        'default="dark")',
        'default="dark")\n        boss = models.ForeignKey("Boss", models.CASCADE, null=True,'
        " db_constraint=False)",
    )
    policy = mappings("keep").replace(
        "class PersonMapping(ModelMapping):",
        'class PersonMapping(ModelMapping):\n        boss = Reference("boss_id")',
    )
    made = shop(loose, policy, *LEGACY)
    made.source("ALTER TABLE people ADD COLUMN boss_id INT", "UPDATE people SET boss_id = 5")
    made.target(EXISTING)
    made.target("UPDATE shop_person SET boss_id = 99")
    made.delamp("run")
    assert [row[:2] for row in made.target(PEOPLE)] == [(1, "root"), (7, "bo"), (20, "mine")]
    assert made.totals("PersonMapping") == (3, 0, 2, 1)


def test_an_existing_row_matched_to_an_orphan_is_told_and_not_deleted(
    shop: Callable[..., Shop],
) -> None:
    loose = MODELS.replace(
        'default="dark")',
        'default="dark")\n        boss = models.ForeignKey("self", models.CASCADE, null=True)',
    )
    made = shop(loose, mappings("match"), *LEGACY)
    made.source("ALTER TABLE people ADD COLUMN boss_id INT")
    made.source("UPDATE people SET boss_id = 99 WHERE id = 2")
    made.target(EXISTING)
    said = made.delamp("run", code=1)
    assert "shop_person: rows that delamp does not delete have no parent" in said
    made.target("UPDATE shop_person SET boss_id = NULL WHERE id = 7")
    made.delamp("run")
    assert (7, "bo", "light") in made.target(PEOPLE)
