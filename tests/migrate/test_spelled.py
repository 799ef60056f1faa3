"""Tables whose key the target spells otherwise are kept in step, row by row."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.follow.conftest import following
from tests.migrate.test_refresh import refresh

MODELS = """
    from django.db import models

    class Icon(models.Model):
        id = models.UUIDField(primary_key=True)
        name = models.CharField(max_length=10, unique=True)
        parent = models.ForeignKey("self", models.CASCADE, null=True)
        featured = models.BooleanField(default=False)
        hits_count = models.IntegerField(default=0)

    class Hit(models.Model):
        icon = models.ForeignKey(Icon, models.CASCADE)

    class Star(models.Model):
        icon = models.ForeignKey(Icon, models.CASCADE)
"""
MAPPINGS = """
    from mappings import Column, Count, ModelMapping, Reference, steps

    class IconMapping(ModelMapping):
        id = Column("uuid")
        name = Column("name")
        parent = Reference("parent", orphans="null")
        hits_count = Count("shop.Hit", by="icon")
        class Meta:
            source, model = "icons", "shop.Icon"

    class HitMapping(ModelMapping):
        icon = Reference("icon", orphans="quarantine")
        class Meta:
            source, model, columns = "hits", "shop.Hit", "same-name"
"""
LEGACY = (
    "CREATE TABLE icons (uuid CHAR(36) CHARSET ascii COLLATE ascii_bin PRIMARY KEY,"
    " name VARCHAR(40) NOT NULL, parent CHAR(36) CHARSET ascii)",
    "CREATE TABLE hits (id INT PRIMARY KEY, icon CHAR(36) CHARSET ascii NOT NULL)",
    # In capitals, as PostgreSQL does not show them.
    "INSERT INTO icons SELECT UPPER(CONCAT('aaaaaaaa-0000-4000-8000-', LPAD(seq, 12, '0'))),"
    " CONCAT('icon ', seq), NULL FROM seq_1_to_40",
    "INSERT INTO icons VALUES"
    " ('aaaaaaaa-0000-4000-8000-000000000001', 'twin', NULL),"
    " ('BBBBBBBB-0000-4000-8000-000000000001', 'much too long', NULL),"
    " ('no uuid at all', 'broken', NULL),"
    " ('CCCCCCCC-0000-4000-8000-000000000001', 'lost', 'DDDDDDDD-0000-4000-8000-000000000001')",
    "INSERT INTO hits SELECT seq, UPPER(CONCAT('aaaaaaaa-0000-4000-8000-', LPAD(1 + seq % 5, 12,"
    " '0'))) FROM seq_1_to_20",
    "INSERT INTO hits VALUES (21, 'BBBBBBBB-0000-4000-8000-000000000001')",
)
REFUSED = ["bad_uuid", "no_parent", "not_unique", "too_long"]
A = "AAAAAAAA-0000-4000-8000-0000000000"
CHANGES = (
    f"UPDATE icons SET name = 'new' WHERE uuid = '{A}03'",
    f"INSERT INTO icons VALUES ('{A}77', 'more', '{A}04')",
    f"DELETE FROM icons WHERE uuid = '{A}40'",
    # Two trade what only one may have, one has another key, and so have its children.
    f"UPDATE icons SET name = CONCAT('x', name) WHERE uuid IN ('{A}10', '{A}11')",
    f"UPDATE icons SET name = IF(uuid = '{A}10', 'icon 11', 'icon 10')"
    f" WHERE uuid IN ('{A}10', '{A}11')",
    f"UPDATE icons SET uuid = '{A}88' WHERE uuid = '{A}05'",
    f"UPDATE hits SET icon = '{A}88' WHERE icon = '{A}05'",
    # Refused no more, lost no more; refused now.
    "UPDATE icons SET name = 'short' WHERE name = 'much too long'",
    "INSERT INTO icons VALUES ('DDDDDDDD-0000-4000-8000-000000000001', 'late', NULL)",
    f"UPDATE icons SET name = 'much too long too' WHERE uuid = '{A}12'",
)


@pytest.fixture
def made(shop: Callable[..., Shop]) -> Shop:
    found = shop(MODELS, MAPPINGS, *LEGACY)
    found.delamp("run", "-q")
    found.target("UPDATE shop_icon SET featured = true")
    return found


def test_a_pass_that_finds_nothing_new_changes_nothing_and_raises_no_alarm(made: Shop) -> None:
    rows = "SELECT xmin::text, * FROM shop_icon ORDER BY id"
    before = made.target(rows)
    said = made.delamp("resync", "--strategy", "checksum")
    assert "IconMapping: checksum, its key is spelled otherwise in the target" in said
    # A run has named the row that lost its parent by what the target holds, having no key of it.
    rejects = made.rejects("IconMapping")
    assert sorted(code for *_, code, _ in rejects) == REFUSED
    made.delamp("resync", "--strategy", "checksum")
    assert (made.target(rows), made.rejects("IconMapping")) == (before, rejects)


def test_changes_are_brought_over_in_place(made: Shop) -> None:
    made.target("INSERT INTO shop_star (icon_id) SELECT id FROM shop_icon WHERE name = 'icon 3'")
    made.source(*CHANGES)
    made.delamp("resync", "--strategy", "checksum")
    assert made.findings() == []
    # What is Django's own stays as it was, but of rows that are new.
    new = made.target("SELECT name FROM shop_icon WHERE NOT featured ORDER BY name")
    assert new == [("icon 5",), ("late",), ("more",), ("short",)]
    codes = sorted(code for *_, code, _ in made.rejects("IconMapping"))
    assert codes == ["bad_uuid", "not_unique", "too_long"]
    assert made.rejects("HitMapping") == []
    extracted, loaded, rejected, skipped = made.totals("IconMapping")
    rows = made.source("SELECT COUNT(*) FROM icons")[0][0]
    assert (extracted, loaded, rejected, skipped) == (rows, rows - 3, 3, 0)


@pytest.mark.slow
def test_they_are_followed_by_passes(made: Shop) -> None:
    with following(made, "--interval", "1") as follower:
        follower.begin()
        made.source(*CHANGES)
        follower.wait_for("SELECT count(*) FROM shop_icon WHERE name = 'much too long too'", [(0,)])
        follower.wait_for("SELECT name FROM shop_icon WHERE name IN ('short')", [("short",)])
        code, said = follower.end()
    assert code == 0
    assert "--restart" not in said
    made.delamp("resync", "--strategy", "binlog")
    assert made.findings() == []


def test_they_are_repaired(made: Shop) -> None:
    made.delamp("resync", "--strategy", "checksum")
    made.target("UPDATE shop_icon SET name = 'odd' WHERE name = 'icon 7'")
    made.target("DELETE FROM shop_icon WHERE name = 'icon 9'")
    said = made.delamp("verify", "--repair")
    assert "IconMapping: 1 changed" in said
    assert "IconMapping: 1 loaded" in said
    assert "left as they are" not in said
    assert made.target("SELECT featured FROM shop_icon WHERE name = 'icon 7'") == [(True,)]


def test_who_holds_a_unique_value_comes_along(made: Shop) -> None:
    made.delamp("resync", "IconMapping", "--strategy", "checksum")
    done = refresh(made, *CHANGES[3:5], icon=[(f"{A}10".lower(),)], check=True)
    assert done["updated"]["IconMapping"] == 2
    assert done["problems"] == []
    # Of a row that Django has made, the source has none: it keeps its value.
    made.target("UPDATE shop_icon SET id = gen_random_uuid(), name = 'taken' WHERE name = 'icon 9'")
    done = refresh(
        made, f"UPDATE icons SET name = 'taken' WHERE uuid = '{A}13'", icon=[(f"{A}13".lower(),)]
    )
    assert done["deleted"]["IconMapping"] == 1
    assert (f"uuid={A}13", "", "not_unique", "rejected") in made.rejects("IconMapping")
    assert made.target("SELECT count(*) FROM shop_icon WHERE name = 'taken'") == [(1,)]


def test_a_refused_row_is_tried_again_alone(made: Shop) -> None:
    made.source("UPDATE icons SET name = 'short' WHERE name = 'much too long'")
    # Who waits for a unique value is tried as well, and refused still.
    made.delamp("rejects", "retry", "--table", "IconMapping", "--code", "too_long", code=6)
    assert made.target("SELECT count(*) FROM shop_icon WHERE name = 'short'") == [(1,)]
    # The hit that waited for it has come along.
    assert made.rejects("HitMapping") == []
