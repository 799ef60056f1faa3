"""Tables without a key are kept in step by the content of their rows, quarantine and totals too."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.migrate.conftest import Shop

MODELS = """
    from django.db import models

    class Icon(models.Model):
        name = models.CharField(max_length=40)
        hits_count = models.IntegerField(default=0)
        tags = models.ManyToManyField("Tag")

    class Tag(models.Model):
        name = models.CharField(max_length=40)

    class Hit(models.Model):
        icon = models.ForeignKey(Icon, models.CASCADE)
        friend = models.ForeignKey(Icon, models.CASCADE, null=True, related_name="+")
        note = models.CharField(max_length=10, null=True)
        weight = models.FloatField(null=True)
        meta = models.JSONField(null=True)
"""
MAPPINGS = """
    from mappings import Column, Count, ManyToMany, ModelMapping, Reference, steps

    class IconMapping(ModelMapping):
        tags = ManyToMany("icon_tags", "icon", "tag", orphans="skip", duplicates="skip")
        hits_count = Count("shop.Hit", by="icon")
        class Meta:
            source, model, columns = "icons", "shop.Icon", "same-name"

    class TagMapping(ModelMapping):
        class Meta:
            source, model, columns = "tags", "shop.Tag", "same-name"

    class HitMapping(ModelMapping):
        icon = Reference("icon", orphans="quarantine")
        friend = Reference("friend", orphans="null")
        note = Column("note")
        weight = Column("weight")
        meta = Column("meta", steps.php_unserialize)
        class Meta:
            source, model = "hits", "shop.Hit"
"""
LEGACY = (
    "CREATE TABLE icons (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL)",
    "CREATE TABLE tags (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL)",
    "CREATE TABLE icon_tags (icon INT NOT NULL, tag INT NOT NULL)",
    "CREATE TABLE hits (icon INT NOT NULL, friend INT, note VARCHAR(20), weight DOUBLE, meta TEXT)"
    " CHARSET latin1",
    "INSERT INTO icons SELECT seq, CONCAT('icon ', seq) FROM seq_1_to_20",
    "INSERT INTO tags SELECT seq, CONCAT('tag ', seq) FROM seq_1_to_5",
    # One pair comes twice, one leads nowhere.
    "INSERT INTO icon_tags VALUES (1,1),(1,2),(1,1),(2,3),(2,99)",
    "INSERT INTO hits SELECT 1 + seq % 20, NULL, CONCAT('n', seq % 7), seq / 7, 'i:1;'"
    " FROM seq_1_to_200",
    # Twins, an orphan, a lost friend, a note that is too long, a text that is no PHP.
    "INSERT INTO hits VALUES (3, NULL, 'twin', 1e-7, NULL), (3, NULL, 'twin', 1e-7, NULL),"
    " (77, NULL, 'orphan', 1, NULL), (4, 88, 'lost', 2, NULL),"
    " (5, NULL, 'much too long', 3, NULL), (5, NULL, 'broken', 3, 'i:')",
)


REFUSED = (
    "SELECT id, outcome, code, detail FROM delamp_reject"
    " WHERE outcome <> 'nulled' ORDER BY code, id"
)


@pytest.fixture
def made(shop: Callable[..., Shop]) -> Shop:
    found = shop(MODELS, MAPPINGS, *LEGACY)
    found.delamp("run", "-q")
    return found


def clean(made: Shop) -> None:
    """Verification agrees, totals are those of the rows, and counters those of the children."""
    file = made.project.folder / "report.json"
    said = made.delamp("verify", "--all-rows", "--json", str(file))
    assert json.loads(file.read_text())["verdict"] == "clean", said
    for table, name in (("hits", "HitMapping"), ("icon_tags", "IconMapping.tags")):
        rows = made.source(f"SELECT COUNT(*) FROM {table}")[0][0]
        extracted, loaded, rejected, skipped = made.totals(name)
        assert (rows, rows) == (extracted, loaded + rejected + skipped)
    wrong = "hits_count <> (SELECT count(*) FROM shop_hit h WHERE h.icon_id = i.id)"
    assert made.target(f"SELECT id FROM shop_icon i WHERE {wrong}") == []


def everything(made: Shop) -> list[Any]:
    return [
        made.target(f"SELECT * FROM {table} ORDER BY id")
        for table in ("shop_hit", "shop_icon_tags", "shop_icon")
    ]


@pytest.mark.slow
def test_a_pass_that_finds_nothing_new_gives_no_key_away(made: Shop) -> None:
    made.delamp("resync", "--strategy", "checksum")
    last = "SELECT last_value FROM shop_hit_id_seq"
    before, refused = made.target(last), made.target(REFUSED)
    made.delamp("resync", "--strategy", "checksum")
    assert (made.target(last), made.target(REFUSED)) == (before, refused)


@pytest.mark.slow
def test_a_table_with_refused_rows_that_has_not_changed_is_left_alone(made: Shop) -> None:
    before, refused = everything(made), made.target(REFUSED)
    made.delamp("resync", "--strategy", "checksum")
    assert everything(made) == before
    # Of an orphan the run knew the target's values; a pass knows the source's.
    assert [row[1:] for row in refused] == [row[1:] for row in made.target(REFUSED)]
    clean(made)


CHANGES = {
    "a row more": "INSERT INTO hits VALUES (6, 7, 'new', 4, 'b:1;')",
    "a twin less": "DELETE FROM hits WHERE note = 'twin' LIMIT 1",
    "both twins": "DELETE FROM hits WHERE note = 'twin'",
    "a third twin": "INSERT INTO hits VALUES (3, NULL, 'twin', 1e-7, NULL)",
    "another parent": "UPDATE hits SET icon = 9 WHERE icon = 2",
    "a value": "UPDATE hits SET weight = -0.0 WHERE note = 'n3'",
    "to NULL": "UPDATE hits SET note = NULL WHERE note = 'n2'",
    "refused no more": "UPDATE hits SET note = 'short' WHERE note = 'much too long'",
    "refused now": "UPDATE hits SET meta = 'x' WHERE note = 'n1'",
    "an orphan more": "UPDATE hits SET icon = 78 WHERE note = 'n4' LIMIT 3",
    "the parent has come": "INSERT INTO icons VALUES (77, 'late'), (88, 'later')",
    "who had lost a friend is gone": "DELETE FROM hits WHERE note = 'lost'",
    "a friend is lost": "UPDATE hits SET friend = 91 WHERE note = 'n5' LIMIT 2",
    "all": "DELETE FROM hits",
    "a pair more": "INSERT INTO icon_tags VALUES (9, 4)",
    "a pair's twin less": "DELETE FROM icon_tags WHERE icon = 1 AND tag = 1 LIMIT 1",
    "a pair less": "DELETE FROM icon_tags WHERE icon = 2",
}


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["checksum", "binlog"])
def test_each_kind_of_change_is_brought_over(made: Shop, strategy: str) -> None:
    for name, change in CHANGES.items():
        assert made.source(change) == []
        said = made.delamp("resync", "--strategy", strategy)
        assert "--restart" not in said, f"{name}: {said}"
        clean(made)


@pytest.mark.slow
@pytest.mark.parametrize("then", ["", "ON DELETE CASCADE", "ON DELETE SET NULL"])
def test_rows_that_another_table_refers_to_are_told_and_nothing_is_changed(
    made: Shop, then: str
) -> None:
    made.target(f"CREATE TABLE note (hit bigint REFERENCES shop_hit {then})")
    made.target("INSERT INTO note SELECT id FROM shop_hit WHERE note = 'twin'")
    before = everything(made)
    made.source("DELETE FROM hits WHERE note = 'twin'", "UPDATE hits SET note = 'z' LIMIT 5")
    said = made.delamp("resync", "HitMapping", "--strategy", "checksum", code=6)
    assert "`delamp run HitMapping --restart`" in said
    assert everything(made) == before
    assert made.target("SELECT count(hit) FROM note") == [(2,)]


STEPS = (
    # A reference that was lost is NULL at the source by now: the next one is not taken for it.
    "UPDATE hits SET friend = NULL WHERE note = 'lost'",
    "INSERT INTO hits VALUES (7, NULL, 'victim', 9, NULL)",
    "UPDATE hits SET friend = 7 WHERE note = 'victim'",
    # The last of the refused rows are gone.
    "DELETE FROM hits WHERE note IN ('much too long', 'broken', 'orphan')",
)


@pytest.mark.slow
def test_what_was_lost_once_excuses_no_other_row(made: Shop) -> None:
    for step in STEPS:
        made.source(step)
        made.delamp("resync", "HitMapping", "--strategy", "checksum")
    assert made.target("SELECT friend_id FROM shop_hit WHERE note = 'victim'") == [(7,)]
    assert made.target("SELECT count(*) FROM delamp_reject WHERE outcome = 'nulled'") == [(0,)]
    clean(made)


def test_a_parent_that_comes_late_is_referred_to(made: Shop) -> None:
    made.source("INSERT INTO icons VALUES (88, 'late')")
    made.delamp("resync", "--strategy", "checksum")
    assert made.target("SELECT friend_id FROM shop_hit WHERE note = 'lost'") == [(88,)]
    clean(made)


@pytest.mark.slow
def test_a_parent_that_leaves_with_its_children_leaves_nothing_in_quarantine(made: Shop) -> None:
    made.source(
        "START TRANSACTION",
        "DELETE FROM hits WHERE icon = 3",
        "DELETE FROM icons WHERE id = 3",
        "COMMIT",
    )
    made.delamp("resync", "--strategy", "binlog")
    clean(made)


def test_only_parents_of_rows_that_change_are_locked(made: Shop) -> None:
    made.target("UPDATE shop_icon SET name = name")
    made.source("INSERT INTO hits VALUES (6, NULL, 'new', 4, NULL)")
    made.delamp("resync", "HitMapping", "--strategy", "checksum")
    assert made.target("SELECT count(*) FROM shop_icon WHERE xmax <> '0' AND id <> 6") == [(0,)]
    assert made.target("SELECT hits_count FROM shop_icon WHERE id = 6") == [(11,)]


@pytest.mark.slow
def test_more_pairs_that_came_twice_than_a_pass_holds_are_no_difference(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY, "INSERT INTO icon_tags SELECT 1, 1 FROM seq_1_to_20100")
    made.delamp("run", "-q")
    refused = made.target(REFUSED)
    made.delamp("resync", "--strategy", "checksum")
    assert len(made.target(REFUSED)) == len(refused)
    clean(made)


OWN_MODELS = """
    from django.db import models

    class Item(models.Model):
        {key}
        name = models.CharField(max_length=40)
        {field}
"""
OWN_MAPPINGS = """
    from mappings import Column, ModelMapping

    class ItemMapping(ModelMapping):
        {key}
        name = Column("name")
        class Meta:
            source, model = "items", "shop.Item"
            {option}
"""
OWN = {
    "a field of Django's own": ("", "featured = models.BooleanField(default=False)", "", ""),
    "keys of Django's own begin above": ("", "", "", "id_offset = 1000"),
}  # fmt: skip


@pytest.mark.parametrize("case", OWN)
def test_rows_that_hold_more_than_their_content_are_not_exchanged(
    shop: Callable[..., Shop], case: str
) -> None:
    key, field, mapped, option = OWN[case]
    made = shop(
        OWN_MODELS.format(key=key, field=field),
        OWN_MAPPINGS.format(key=mapped, option=option),
        f"CREATE TABLE items (id CHAR(36) CHARSET ascii{' PRIMARY KEY' if key else ''},"
        " name VARCHAR(40) NOT NULL)",
        "INSERT INTO items VALUES (UUID(), 'a'), (UUID(), 'b')",
    )
    if field:
        made.target("ALTER TABLE shop_item ALTER featured SET DEFAULT false")
    made.delamp("run", "-q")
    before = made.target("SELECT * FROM shop_item ORDER BY id")
    made.source("UPDATE items SET name = 'c' WHERE name = 'a'")
    for _ in range(2):
        assert "--restart" in made.delamp("resync", "--strategy", "checksum", code=6)
    assert made.target("SELECT * FROM shop_item ORDER BY id") == before
