"""Copy proofs: found is every change since the load, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.test_kill import locked, running, wait_for

MODELS = """
    from django.db import models

    class Author(models.Model):
        name = models.CharField(max_length=40, unique=True)

    class Icon(models.Model):
        author = models.ForeignKey(Author, models.CASCADE)
        title = models.CharField(max_length=60, null=True)
        price = models.DecimalField(max_digits=8, decimal_places=2, null=True)
        weight = models.FloatField(null=True)
        meta = models.JSONField(null=True)
        made = models.DateTimeField(null=True)

    class Word(models.Model):
        word = models.CharField(max_length=40, primary_key=True)
        editor = models.ForeignKey(Author, models.SET_NULL, null=True)

    class Hit(models.Model):
        icon = models.ForeignKey(Icon, models.CASCADE)
        note = models.CharField(max_length=20)
"""
MAPPINGS = """
    from mappings import Column, ModelMapping, Reference, steps

    class AuthorMapping(ModelMapping):
        class Meta:
            source, model, columns = "authors", "shop.Author", "same-name"

    class IconMapping(ModelMapping):
        author = Reference("author", orphans="quarantine")
        meta = Column("meta", steps.php_unserialize)
        class Meta:
            source, model, columns = "icons", "shop.Icon", "same-name"
            time_zone = "Europe/Copenhagen"
            where = "s.id <> 13"

    class WordMapping(ModelMapping):
        editor = Reference("editor", orphans="null")
        class Meta:
            source, model, columns = "words", "shop.Word", "same-name"

    class HitMapping(ModelMapping):
        icon = Reference("icon", orphans="skip")
        class Meta:
            source, model, columns = "hits", "shop.Hit", "same-name"
"""
LEGACY = (
    "CREATE TABLE authors (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL)",
    "CREATE TABLE icons (id INT PRIMARY KEY, author INT NOT NULL, title VARCHAR(60),"
    " price DECIMAL(8,2), weight DOUBLE, meta TEXT, made DATETIME)",
    "CREATE TABLE words (word VARCHAR(40) PRIMARY KEY, editor INT)",
    "CREATE TABLE hits (icon INT NOT NULL, note VARCHAR(20) NOT NULL)",
    "INSERT INTO authors SELECT seq, CONCAT('author ', seq) FROM seq_1_to_20",
    # Two share a name: the lower key wins.
    "UPDATE authors SET name = 'author 3' WHERE id = 7",
    "INSERT INTO icons SELECT seq, 1 + seq % 25, IF(seq % 7, CONCAT('icon ', seq), NULL), seq / 4,"
    " seq * 1.1e-7, CONCAT('a:1:{s:1:', 0x226e223b, 'i:', seq, ';}'),"
    " '2015-10-25 00:00:00' + INTERVAL seq * 10 MINUTE FROM seq_1_to_3000",
    "UPDATE icons SET meta = 'broken' WHERE id = 30",
    "UPDATE icons SET weight = 1.5e-14, title = '' WHERE id = 51",
    "INSERT INTO words SELECT CONCAT('wörd ', seq), 1 + seq % 25 FROM seq_1_to_200",
    "INSERT INTO hits SELECT seq % 3100, CONCAT('note ', seq % 5) FROM seq_1_to_500",
)
CHUNKS = {"DELAMP_CHUNK_BYTES": "65536"}


def loaded(shop: Callable[..., Shop], *arguments: str) -> Shop:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.project.environment.update(CHUNKS)
    made.delamp("run", "-q", *(arguments or ("--proof",)))
    return made


def ask(made: Shop, *, code: int) -> list[dict[str, Any]]:
    """The tables of `verify --stored`, which finds no legacy server."""
    made.project.environment["LEGACY_URL"] = "mysql://nobody@127.0.0.1:1/none"
    done = made.project.delamp("verify", "--stored", "--json", "-")
    made.project.environment["LEGACY_URL"] = made.source_url
    assert done.returncode == code, done.stdout + done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["tables"]
    return found


def states(made: Shop, *, code: int = 0) -> dict[str, dict[str, int]]:
    """Ranges by state of every table."""
    return {table["table"]: table["totals"] for table in ask(made, code=code)}


def not_proven(made: Shop, *, code: int) -> list[tuple[str, str, str]]:
    """(table, state, what is said) of every range that is not proven."""
    return [
        (table["table"], part["state"], part["says"])
        for table in ask(made, code=code)
        for part in table["ranges"]
        if part["state"] != "proven"
    ]


@pytest.fixture
def proven(shop: Callable[..., Shop]) -> Shop:
    """Orphans of every policy, a lost unique name, a refused row, every kind of key: all proven."""
    made = loaded(shop)
    found = states(made)
    assert set(found) == {"AuthorMapping", "IconMapping", "WordMapping", "HitMapping"}
    assert all(set(totals) == {"proven"} for totals in found.values()), found
    assert found["IconMapping"]["proven"] > 2
    return made


ICON = "UPDATE shop_icon SET {} WHERE id = {}"
DAMAGE = [
    ("IconMapping", ICON.format("price = price + 0.01", 1), "other content"),
    ("IconMapping", ICON.format("title = title || ' '", 1501), "other content"),
    ("IconMapping", ICON.format("made = made + interval '1 hour'", 3000), "other content"),
    ("IconMapping", ICON.format("title = NULL", 51), "other content"),
    ("IconMapping", ICON.format("weight = 1.5000000000000001e-14", 51), "other content"),
    ("IconMapping", ICON.format("meta = '{\"n\": 999}'", 40), "other content"),
    ("IconMapping", ICON.format("id = 14, title = 'x'", 15).replace("14", "13"), "other content"),
    ("IconMapping", "DELETE FROM shop_hit; DELETE FROM shop_icon WHERE id = 900", "1 of "),
    (
        "IconMapping",
        "INSERT INTO shop_icon (id, author_id) VALUES (9000, 1)",
        "1 rows more than the",
    ),
    (
        "IconMapping",
        "UPDATE shop_icon i SET price = o.price FROM shop_icon o"
        " WHERE (i.id, o.id) IN ((200, 201), (201, 200))",
        "other content",
    ),
    ("WordMapping", "UPDATE shop_word SET word = 'Wörd 5' WHERE word = 'wörd 5'", "other"),
    ("WordMapping", "UPDATE shop_word SET editor_id = NULL WHERE word = 'wörd 5'", "other"),
    ("HitMapping", "UPDATE shop_hit SET note = '' WHERE id = (SELECT min(id) FROM shop_hit)", "o"),
    ("HitMapping", "DELETE FROM shop_hit WHERE id = (SELECT max(id) FROM shop_hit)", "1 of "),
]


@pytest.mark.slow
def test_damage_is_found_in_its_range_without_a_legacy_server(proven: Shop) -> None:
    script = proven.project.folder / "damage.json"
    script.write_text(json.dumps([statement for _, statement, _ in DAMAGE]))
    program = Path(__file__).with_name("damaging.py")
    done = proven.project.python(str(program), str(script))
    assert done.returncode == 0, done.stderr
    for (table, statement, said), found in zip(DAMAGE, json.loads(done.stdout), strict=True):
        own = [part for part in found if part[0] == table]
        assert len(own) in (1, 2) and all(part[1] == "differs" for part in own), statement
        assert any(said in part[2] for part in own), (statement, own)
        assert {part[0] for part in found} <= {table, "HitMapping"}, statement


@pytest.mark.slow
def test_what_a_refresh_changes_is_said_to_be_changed_and_the_rest_stays_proven(
    proven: Shop,
) -> None:
    proven.source(
        "UPDATE icons SET title = 'new' WHERE id = 5",
        "DELETE FROM icons WHERE id = 2900",
        "UPDATE words SET editor = 2 WHERE word = 'wörd 9'",
    )
    before = states(proven)
    proven.delamp("resync", "IconMapping", "WordMapping")
    assert set(not_proven(proven, code=0)) == {
        ("IconMapping", "changed", "changed since by resync"),
        ("WordMapping", "changed", "changed since by resync"),
    }
    icons = states(proven)["IconMapping"]
    assert icons == {"changed": 2, "proven": before["IconMapping"]["proven"] - 2}
    # What is not changed since is still asked.
    proven.target("UPDATE shop_icon SET title = 'damage' WHERE id = 1500")
    assert ("IconMapping", "differs") in {(t, s) for t, s, _ in not_proven(proven, code=6)}
    proven.delamp("verify", "--repair")
    said = {(t, says) for t, _, says in not_proven(proven, code=0)}
    assert ("IconMapping", "changed since by verify --repair") in said


@pytest.mark.slow
def test_what_was_loaded_without_a_proof_is_told(shop: Callable[..., Shop]) -> None:
    made = loaded(shop, "AuthorMapping")
    said = made.delamp("verify", "--stored", code=1)
    assert "no range has a proof" in said and "--proof" in said
    made.delamp("run", "--proof")
    assert states(made, code=6)["AuthorMapping"] == {"unproven": 1}
    assert ("AuthorMapping", "unproven", "it was loaded without --proof") in not_proven(
        made, code=6
    )


@pytest.mark.slow
def test_a_column_or_a_chunk_that_is_gone_is_no_silent_pass(proven: Shop) -> None:
    proven.target(
        "DELETE FROM delamp_chunk WHERE ordinal = 1 AND table_id ="
        " (SELECT id FROM delamp_table WHERE mapping = 'IconMapping')"
    )
    told = not_proven(proven, code=6)
    assert told == [("IconMapping", "unproven", "the ledger has no chunk for it")]
    proven.target("ALTER TABLE shop_word RENAME word TO term")
    (word,) = [part for part in not_proven(proven, code=6) if part[0] == "WordMapping"]
    assert word[1] == "unproven" and "column t.word does not exist" in word[2]


@pytest.mark.slow
def test_a_run_that_was_killed_and_goes_on_in_a_later_snapshot_is_proved(
    shop: Callable[..., Shop],
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.project.environment.update(CHUNKS)
    with running(made, "--proof") as process:
        assert wait_for(made, "^COPY", process)
        with locked(made, "LOCK TABLE shop_word IN EXCLUSIVE MODE"):
            assert wait_for(made, 'COPY "shop_word"', process)
    (done,) = made.target("SELECT count(*) FROM delamp_chunk WHERE proof <> ''")
    assert done[0] > 2
    made.source(
        "UPDATE icons SET title = 'late', author = 5 WHERE id IN (5, 700, 1501)",
        "DELETE FROM icons WHERE id = 2900",
        "INSERT INTO icons VALUES (4000, 1, 'new', 1, 1.5e-14, NULL, NULL),"
        " (4001, 99, 'x', 1, 1, NULL, NULL)",
        "UPDATE authors SET name = 'nobody 3' WHERE id = 3",
        "INSERT INTO hits VALUES (5, 'late')",
    )
    made.delamp("run", "-q")
    assert made.target("SELECT mixed_snapshots, proving FROM delamp_run") == [(True, True)]
    made.delamp("verify")
    assert all(set(totals) == {"proven"} for totals in states(made).values())
    made.target("UPDATE shop_icon SET title = 'damage' WHERE id = 4000")
    assert [(t, s) for t, s, _ in not_proven(made, code=6)] == [("IconMapping", "differs")]


PAIRS = """
    from django.db import models

    class Tag(models.Model):
        name = models.CharField(max_length=10, unique=True)
        hits = models.IntegerField(default=0)

    class Color(models.Model):
        name = models.CharField(max_length=10)

    class Icon(models.Model):
        tags = models.ManyToManyField(Tag)
        colors = models.ManyToManyField(Color)
"""
PAIR_MAPPINGS = """
    from mappings import Column, ManyToMany, ModelMapping

    class TagMapping(ModelMapping):
        id = Column("id")
        name = Column("name")
        class Meta:
            source, model = "tags", "shop.Tag"
            existing, natural_key = "match", ["name"]

    class ColorMapping(ModelMapping):
        class Meta:
            source, model, columns, existing = "colors", "shop.Color", "same-name", "keep"

    class IconMapping(ModelMapping):
        id = Column("id")
        tags = ManyToMany("icon_tags", "icon", "tag", orphans="skip", duplicates="skip")
        colors = ManyToMany("icon_colors", "icon", "color", orphans="skip")
        class Meta:
            source, model = "icons", "shop.Icon"
"""
PAIR_LEGACY = (
    "CREATE TABLE tags (id INT PRIMARY KEY, name VARCHAR(10) NOT NULL)",
    "CREATE TABLE colors (id INT PRIMARY KEY, name VARCHAR(10) NOT NULL)",
    "CREATE TABLE icons (id INT PRIMARY KEY)",
    "CREATE TABLE icon_tags (icon INT NOT NULL, tag INT NOT NULL)",
    "CREATE TABLE icon_colors (icon INT NOT NULL, color INT NOT NULL, PRIMARY KEY (icon, color))",
    "INSERT INTO tags VALUES (1, 'a'), (2, 'b'), (3, 'c')",
    "INSERT INTO colors VALUES (1, 'red'), (2, 'green'), (3, 'blue')",
    "INSERT INTO icons VALUES (1), (2)",
    "INSERT INTO icon_tags VALUES (1,1),(1,1),(1,1),(1,2),(2,2),(2,9)",
    "INSERT INTO icon_colors VALUES (1,1),(1,2),(2,3),(2,9)",
)


@pytest.mark.slow
def test_rows_that_were_there_before_and_pairs_that_repeat_are_no_part_of_the_proof(
    shop: Callable[..., Shop],
) -> None:
    made = shop(PAIRS, PAIR_MAPPINGS, *PAIR_LEGACY)
    made.target("INSERT INTO shop_tag (id, name, hits) VALUES (2, 'a', 7), (50, 'own', 1)")
    made.target("INSERT INTO shop_color (id, name) VALUES (2, 'mine'), (60, 'ours')")
    made.delamp("run", "-q", "--proof")
    found = states(made)
    assert set(found) == {
        *("TagMapping", "ColorMapping", "IconMapping", "IconMapping.tags", "IconMapping.colors")
    }
    assert all(set(totals) == {"proven"} for totals in found.values()), found
    # What is nobody's may change; what was loaded may not.
    made.target(
        "UPDATE shop_tag SET hits = 8; UPDATE shop_color SET name = 'x' WHERE id IN (2, 60)"
    )
    assert not_proven(made, code=0) == []
    made.target("UPDATE shop_tag SET name = 'z' WHERE id = 2")
    made.target("DELETE FROM shop_icon_colors WHERE color_id = 3")
    made.target("UPDATE shop_icon_tags SET tag_id = 50 WHERE icon_id = 2")
    assert {(t, s) for t, s, _ in not_proven(made, code=6)} == {
        ("TagMapping", "differs"),
        ("IconMapping.colors", "differs"),
        ("IconMapping.tags", "differs"),
    }


NUMBERS = """
    from django.db import models

    class Number(models.Model):
        double = models.FloatField()
        single = models.FloatField()
        whole = models.FloatField()
        exact = models.FloatField()
"""
NUMBER_MAPPINGS = """
    from mappings import ModelMapping

    class NumberMapping(ModelMapping):
        class Meta:
            source, model, columns = "numbers", "shop.Number", "same-name"
"""
_RANDOM = "(RAND(seq) - 0.5) * POW(10, FLOOR(RAND(seq + 1) * {}) - {})"
NUMBER_LEGACY = (
    "CREATE TABLE numbers (id INT PRIMARY KEY, `double` DOUBLE NOT NULL, single FLOAT NOT NULL,"
    " whole BIGINT NOT NULL, exact DECIMAL(18,6) NOT NULL)",
    f"INSERT INTO numbers SELECT seq, {_RANDOM.format(40, 20)}, {_RANDOM.format(20, 8)},"
    " FLOOR(RAND(seq + 2) * 9e15), seq / 1000000 FROM seq_1_to_20000",
    f"INSERT INTO numbers SELECT seq, ROUND({_RANDOM.format(16, 2)}, seq % 7), seq / 7,"
    " seq, seq / 8 FROM seq_20001_to_40000",
)


@pytest.mark.slow
def test_numbers_with_a_fraction_are_hashed_alike_whatever_their_size(
    shop: Callable[..., Shop],
) -> None:
    made = shop(NUMBERS, NUMBER_MAPPINGS, *NUMBER_LEGACY)
    made.delamp("run", "-q", "--proof")
    assert set(states(made)["NumberMapping"]) == {"proven"}


@pytest.mark.slow
def test_mysql_5_6_in_latin1_proves_its_rows(shop56: Callable[..., Shop]) -> None:
    rows = ", ".join(f"({n}, {n} / 7, CONCAT('caf', 0xE9, ' {n}'))" for n in range(1, 1500))
    made = shop56(
        """
        from django.db import models

        class Drink(models.Model):
            price = models.FloatField()
            name = models.CharField(max_length=40)

        class Menu(models.Model):
            name = models.CharField(max_length=40, primary_key=True)

        class Order(models.Model):
            name = models.CharField(max_length=40)
        """,
        """
        from mappings import ModelMapping

        class DrinkMapping(ModelMapping):
            class Meta:
                source, model, columns = "drinks", "shop.Drink", "same-name"

        class MenuMapping(ModelMapping):
            class Meta:
                source, model, columns = "menus", "shop.Menu", "same-name"

        class OrderMapping(ModelMapping):
            class Meta:
                source, model, columns = "orders", "shop.Order", "same-name"
        """,
        "CREATE TABLE drinks (id INT PRIMARY KEY, price DOUBLE NOT NULL, name VARCHAR(40) NOT NULL)"
        " ENGINE=MyISAM CHARSET latin1",
        f"INSERT INTO drinks VALUES {rows}",
        "CREATE TABLE menus (name VARCHAR(40) PRIMARY KEY) ENGINE=InnoDB CHARSET latin1",
        "INSERT INTO menus SELECT name FROM drinks",
        "CREATE TABLE orders (name VARCHAR(40) NOT NULL) ENGINE=MyISAM CHARSET latin1",
        "INSERT INTO orders SELECT name FROM drinks UNION ALL SELECT name FROM drinks",
    )
    made.delamp("run", "-q", "--proof")
    assert all(set(totals) == {"proven"} for totals in states(made).values())
    made.target("UPDATE shop_order SET name = 'cafe 7' WHERE id = 7")
    assert [(t, s) for t, s, _ in not_proven(made, code=6)] == [("OrderMapping", "differs")]


CHOICES = """
    from django.db import models

    class {model}(models.Model):
        one = models.CharField(max_length=9)
"""
CHOICE_MAPPINGS = """
    class {model}Mapping(ModelMapping):
        class Meta:
            source, model, columns = "{charset}s", "shop.{model}", "same-name"
"""
CHARSETS = ("latin1", "utf8", "utf8mb4", "ucs2", "cp1251")


def test_choices_without_a_key_are_hashed_as_bytes_whatever_their_character_set(
    shop: Callable[..., Shop],
) -> None:
    models = {charset: charset.capitalize() for charset in CHARSETS}
    made = shop(
        "".join(CHOICES.format(model=model) for model in models.values()),
        "    from mappings import ModelMapping\n"
        + "".join(CHOICE_MAPPINGS.format(model=m, charset=c) for c, m in models.items()),
        *(
            statement
            for charset in CHARSETS
            for statement in (
                f"CREATE TABLE {charset}s (one ENUM('a','b','c') NOT NULL) CHARSET {charset}",
                f"INSERT INTO {charset}s VALUES ('a'), ('b'), ('c'), ('a')",
            )
        ),
    )
    made.delamp("run", "-q", "--proof")
    found = states(made)
    assert len(found) == len(CHARSETS)
    assert all(set(totals) == {"proven"} for totals in found.values()), found
