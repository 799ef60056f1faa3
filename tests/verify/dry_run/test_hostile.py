"""Thousands of random rows with every kind of ill, over several chunks: foretold key by key."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop
from tests.verify.dry_run.conftest import same_as_the_run

MODELS = """
    from django.db import models
    from django.db.models.functions import Lower


    class Owner(models.Model):
        login = models.CharField(max_length=6, unique=True)
        joined = models.DateTimeField(null=True)
        chief = models.ForeignKey("self", models.CASCADE, null=True)


    class Thing(models.Model):
        owner = models.ForeignKey(Owner, models.CASCADE)
        rival = models.ForeignKey(Owner, models.SET_NULL, null=True, related_name="+")
        by_login = models.ForeignKey(
            Owner, models.CASCADE, to_field="login", null=True, related_name="+"
        )
        name = models.CharField(max_length=8)
        price = models.DecimalField(max_digits=5, decimal_places=1, null=True)
        made = models.DateField(null=True)
        amount = models.PositiveSmallIntegerField()
        extra = models.JSONField(null=True)
        flag = models.BooleanField(null=True)

        class Meta:
            unique_together = [("owner", "name")]
            constraints = [
                models.UniqueConstraint(Lower("name"), "amount", name="name_and_amount"),
                models.UniqueConstraint(
                    fields=["amount", "price"],
                    condition=models.Q(flag=True),
                    nulls_distinct=False,
                    name="flagged_once",
                ),
                models.CheckConstraint(
                    condition=~models.Q(price__gt=900) | models.Q(flag=True), name="dear_is_flagged"
                ),
            ]
"""
MAPPINGS = """
    from mappings import Column, ModelMapping, Reference, steps


    class OwnerMapping(ModelMapping):
        id = Column("id")
        login = Column("login", steps.strip)
        joined = Column("joined", steps.zero_dates)
        chief = Reference("chief", orphans="null")

        class Meta:
            source, model, time_zone = "owners", "shop.Owner", "Europe/Copenhagen"
            where = "s.id <> 7"


    class ThingMapping(ModelMapping):
        id = Column("id")
        owner = Reference("owner")
        rival = Reference("rival", orphans="null")
        by_login = Reference("login", orphans="skip")
        name = Column("name")
        price = Column("price")
        made = Column("made")
        amount = Column("amount")
        extra = Column("extra", steps.php_unserialize)
        flag = Column("flag")

        class Meta:
            source, model = "things", "shop.Thing"
"""
OWNERS, THINGS = 600, 3000


def rows(seed: int) -> tuple[str, str]:
    """Statements that fill both tables."""
    chance = random.Random(seed)

    def some(*values: object) -> str:
        return str(chance.choice(values))

    def owner(key: int) -> str:
        letters = "".join(chance.choices("abAB é", k=chance.choice([2, 4, 5, 6, 7])))
        joined = some("'2020-01-01'", "'0000-00-00'", "NULL", "'2020-03-29 02:30'", "'2009-00-01'",
                      *["'2015-05-05 05:05:05'"] * 60)  # fmt: skip
        chief = some("NULL", chance.randrange(OWNERS * 2), chance.randrange(OWNERS))
        return f"({key}, '{letters}', {joined}, {chief})"

    def thing(key: int) -> str:
        name = "".join(chance.choices("abAé ", k=chance.choice([3, 4, 5, 8, 8, 9])))
        who = [chance.randrange(OWNERS + 20) for _ in range(2)]
        login = some("NULL", "NULL", "NULL", "'ab'", "'AB'", "'aa'")
        price = some("NULL", "1.5", "1.55", "99999.9", *(chance.randrange(9999) / 10,) * 40)
        made = some("NULL", "'0000-00-00'", *["'2001-02-03'"] * 80)
        amount = some("-1", "32768", *(chance.randrange(300),) * 50)
        extra = some("NULL", "'i:1;'", "'i:1'", *["'a:1:{i:0;s:1:\"x\";}'"] * 60)
        flag = some("NULL", "2", *["0", "1"] * 30)
        return (
            f"({key}, {who[0]}, {who[1]}, {login}, '{name}', {price}, {made}, {amount}, {extra},"
            f" {flag})"
        )

    owners = ", ".join(owner(key) for key in range(1, OWNERS))
    things = ", ".join(thing(key) for key in range(1, THINGS * 3, 3))
    return f"INSERT INTO owners VALUES {owners}", f"INSERT INTO things VALUES {things}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_every_row_is_foretold(shop: Callable[..., Shop], seed: int) -> None:
    text = "VARCHAR(20) COLLATE utf8mb4_bin"
    made = shop(
        MODELS,
        MAPPINGS,
        f"CREATE TABLE owners (id INT PRIMARY KEY, login {text} NOT NULL, joined DATETIME,"
        " chief INT) ENGINE=InnoDB",
        "CREATE TABLE things (id INT PRIMARY KEY, owner INT NOT NULL, rival INT,"
        f" login {text}, name {text} NOT NULL, price DECIMAL(9,2), made DATE, amount INT NOT NULL,"
        " extra TEXT, flag TINYINT) ENGINE=InnoDB",
        *rows(seed),
    )
    # With two readers, which of two chunks comes first is chance, and so is who keeps a value.
    made.project.environment |= {"DELAMP_READERS": "1", "DELAMP_MAX_REJECTS": "100000"}
    report = same_as_the_run(made)
    codes = {rule["code"] for table in report["tables"] for rule in table["rules"]}
    assert {
        "not_unique", "no_parent", "check_failed", "too_long", "out_of_range", "precision_lost",
        "bad_serialize", "not_boolean", "zero_date", "dst_gap", "left_out",
    } <= codes  # fmt: skip
