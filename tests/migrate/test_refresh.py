"""The refresh of single rows: whatever changed at the source, the target follows at once."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.forking import forks
from tests.migrate.conftest import Shop

MODELS = """
from django.db import models
from django.db.models.functions import Lower


class Maker(models.Model):
    name = models.CharField(max_length=20, unique=True)
    rank = models.IntegerField(null=True)
    note = models.CharField(max_length=20, default="ours")
    icons_count = models.IntegerField(default=0)
    weight = models.IntegerField(default=0)


class Icon(models.Model):
    title = models.CharField(max_length=20)
    slug = models.SlugField(unique=True)
    maker = models.ForeignKey(Maker, models.CASCADE)
    size = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("title"), "maker", name="title_once")]


class Comment(models.Model):
    icon = models.ForeignKey(Icon, models.CASCADE, null=True)
    text = models.TextField()


class Tag(models.Model):
    icon = models.ForeignKey(Icon, models.CASCADE)
    word = models.CharField(max_length=10)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["icon", "word"], name="word_once")]
"""
MAPPINGS = """
from mappings import Column, Count, ModelMapping, Reference, Sum


class MakerMapping(ModelMapping):
    id = Column("id")
    name = Column("name")
    rank = Column("rank")
    icons_count = Count("shop.Icon", by="maker")
    weight = Sum("shop.Icon", by="maker", field="size")

    class Meta:
        source = "makers"
        model = "shop.Maker"


class IconMapping(ModelMapping):
    id = Column("id")
    title = Column("title")
    slug = Column("slug")
    maker = Reference("maker_id")
    size = Column("size")

    class Meta:
        source = "icons"
        model = "shop.Icon"


class CommentMapping(ModelMapping):
    id = Column("id")
    icon = Reference("icon_id", orphans="null")
    text = Column("text")

    class Meta:
        source = "comments"
        model = "shop.Comment"


class TagMapping(ModelMapping):
    icon = Reference("icon_id", orphans="skip")
    word = Column("word")

    class Meta:
        source = "tags"
        model = "shop.Tag"
"""
LEGACY = (
    "CREATE TABLE makers (id INT PRIMARY KEY, name VARCHAR(20), `rank` INT) ENGINE=InnoDB",
    "CREATE TABLE icons (id INT PRIMARY KEY, title VARCHAR(40), slug VARCHAR(40), maker_id INT,"
    " size INT) ENGINE=InnoDB",
    "CREATE TABLE comments (id INT PRIMARY KEY, icon_id INT, text TEXT) ENGINE=InnoDB",
    "CREATE TABLE tags (icon_id INT, word VARCHAR(10), PRIMARY KEY (icon_id, word)) ENGINE=InnoDB",
    "INSERT INTO makers VALUES (1, 'Ada', 1), (2, 'Bo', 2), (3, 'Cy', 3)",
    "INSERT INTO icons VALUES (1, 'home', 'home', 1, 10), (2, 'arrow', 'arrow', 1, 20),"
    " (3, 'star', 'star', 2, 30), (4, 'lost', 'lost', 99, 40)",
    "INSERT INTO comments VALUES (1, 1, 'a'), (2, 3, 'b'), (3, 4, 'c')",
    "INSERT INTO tags VALUES (1, 'red'), (3, 'blue'), (4, 'gone')",
)
SCRIPT = Path(__file__).with_name("refreshing.py")


@pytest.fixture
def loaded(shop: Callable[..., Shop]) -> Shop:
    """A shop after its first run: icon 4 has no maker, so comment 3 and one tag have no icon."""
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run")
    return made


Case = tuple[list[str], Mapping[str, Any]]


def refresh_each(shop: Shop, cases: Sequence[Case], *, check: bool = True) -> list[dict[str, Any]]:
    """Change the source and refresh, one case after the other; what came of each.

    Rows are named by their identity; a bare number is a key of one column.
    """
    lines = []
    for statements, wanted in cases:
        rows = {
            n: [r if isinstance(r, tuple) else (r,) for r in each] for n, each in wanted.items()
        }
        lines.append(json.dumps({"statements": statements, "wanted": rows, "check": check}))
    environment = shop.project.all_variables() | {"DJANGO_SETTINGS_MODULE": "site_settings"}
    done = forks().run(
        [str(SCRIPT)], cwd=shop.project.folder, env=environment, input="\n".join(lines)
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def refresh(shop: Shop, *statements: str, check: bool = False, **wanted: Any) -> dict[str, Any]:
    """Change the source, refresh, and return what came of it."""
    (said,) = refresh_each(shop, [(list(statements), wanted)], check=check)
    return said


CASES: dict[str, Case] = {
    "a value": (["UPDATE icons SET title = 'house' WHERE id = 1"], {"icon": [1]}),
    "a new row": (["INSERT INTO icons VALUES (9, 'new', 'new', 3, 5)"], {"icon": [9]}),
    "a deleted row": (["DELETE FROM icons WHERE id = 2"], {"icon": [2]}),
    "a child that moves": (["UPDATE icons SET maker_id = 3 WHERE id = 2"], {"icon": [2]}),
    "unique values that change places, one row named": (
        [
            "UPDATE icons SET slug = 'x' WHERE id = 1",
            "UPDATE icons SET slug = 'home' WHERE id = 2",
            "UPDATE icons SET slug = 'arrow' WHERE id = 1",
        ],
        {"icon": [1]},
    ),
    "three unique values in a circle": (
        [
            "UPDATE makers SET name = 'x' WHERE id = 1",
            "UPDATE makers SET name = 'Ada' WHERE id = 2",
            "UPDATE makers SET name = 'Bo' WHERE id = 3",
            "UPDATE makers SET name = 'Cy' WHERE id = 1",
        ],
        {"maker": [2]},
    ),
    "a value of a deleted row for a new one": (
        ["DELETE FROM icons WHERE id = 2", "INSERT INTO icons VALUES (9, 'n', 'arrow', 1, 5)"],
        {"icon": [9, 2]},
    ),
    "a parent that goes before its children are told of": (
        ["DELETE FROM makers WHERE id = 1"],
        {"maker": [1]},
    ),
    "a parent that comes after them": (
        ["INSERT INTO makers VALUES (99, 'Late', 9)"],
        {"maker": [99]},
    ),
    "a child whose parent nobody named": (
        ["INSERT INTO makers VALUES (50, 'New', 5)", "INSERT INTO icons VALUES (50,'n','n',50,1)"],
        {"icon": [50]},
    ),
    "a row that the target refuses now": (
        ["UPDATE icons SET title = REPEAT('x', 30) WHERE id = 1"],
        {"icon": [1]},
    ),
    "a row that it takes at last": (["UPDATE icons SET maker_id = 2 WHERE id = 4"], {"icon": [4]}),
    "values that differ by case alone": (
        ["INSERT INTO icons VALUES (9, 'HOME', 'home2', 1, 5)"],
        {"icon": [9]},
    ),
    "a composite key": (
        ["UPDATE tags SET word = 'green' WHERE icon_id = 3"],
        {"tag": [(3, "blue"), (3, "green")]},
    ),
    "nothing at all": ([], {"icon": [1, 2, 3, 4], "maker": [1], "tag": [(1, "red")]}),
    "everything": (
        ["DELETE FROM tags", "DELETE FROM comments", "DELETE FROM icons"],
        {
            "tag": [(1, "red"), (3, "blue"), (4, "gone")],
            "comment": [1, 2, 3],
            "icon": [1, 2, 3, 4],
        },
    ),
}
TABLES = ("makers", "icons", "comments", "tags")
BACK: Case = (
    [*(f"DELETE FROM {table}" for table in TABLES), *LEGACY[4:]],
    {
        "maker": [1, 2, 3, 50, 99],
        "icon": [1, 2, 3, 4, 9, 50],
        "comment": [1, 2, 3],
        "tag": [(1, "red"), (3, "blue"), (3, "green"), (4, "gone")],
    },
)
"""Back to the start, which is a case of its own."""


def test_a_refresh_brings_the_rows_and_all_that_hangs_on_them_in_step(loaded: Shop) -> None:
    cases = [each for case in CASES.values() for each in (case, BACK)]
    names = [name for case in CASES for name in (case, f"back from {case}")]
    said = refresh_each(loaded, cases)
    found = [f"{n}: {p}" for n, s in zip(names, said, strict=True) for p in s["problems"]]
    assert not found, "\n".join(found)


def test_a_late_parent_brings_its_quarantined_children_and_theirs(loaded: Shop) -> None:
    assert loaded.rejects("IconMapping") == [("id=4", "maker", "no_parent", "rejected")]
    done = refresh(loaded, "INSERT INTO makers VALUES (99, 'Late', 9)", maker=[99])
    assert done["inserted"] == {
        "MakerMapping": 1,
        "IconMapping": 1,
        "TagMapping": 1,
        "CommentMapping": 0,
    }
    assert loaded.rejects("IconMapping") == loaded.rejects("CommentMapping") == []
    assert loaded.target("SELECT icon_id FROM shop_comment WHERE id = 3") == [(4,)]
    assert loaded.target("SELECT icons_count, weight FROM shop_maker WHERE id = 99") == [(1, 40)]


def test_columns_that_no_mapping_fills_stay_even_where_unique_values_change_places(
    loaded: Shop,
) -> None:
    loaded.target("UPDATE shop_maker SET note = 'Django''s ' || id")
    refresh(
        loaded,
        "UPDATE makers SET name = 'x' WHERE id = 1",
        "UPDATE makers SET name = 'Ada' WHERE id = 2",
        "UPDATE makers SET name = 'Bo' WHERE id = 1",
        maker=[1, 2],
    )
    assert loaded.target("SELECT id, name, note, icons_count FROM shop_maker ORDER BY id") == [
        (1, "Bo", "Django's 1", 2),
        (2, "Ada", "Django's 2", 1),
        (3, "Cy", "Django's 3", 0),
    ]


def test_an_unchanged_row_is_not_written(loaded: Shop) -> None:
    before = loaded.target("SELECT id, xmin::text FROM shop_icon ORDER BY id")
    done = refresh(loaded, icon=[1, 2, 3])
    assert done["updated"] == {"IconMapping": 0}
    assert loaded.target("SELECT id, xmin::text FROM shop_icon ORDER BY id") == before


def test_a_row_that_django_made_keeps_the_value_that_a_source_row_wants(loaded: Shop) -> None:
    loaded.target(
        "INSERT INTO shop_icon (id, title, slug, maker_id, size) VALUES (1000, 'd', 'dj', 1, 0)"
    )
    refresh(loaded, "INSERT INTO icons VALUES (9, 'nine', 'dj', 1, 5)", icon=[9])
    assert loaded.rejects("IconMapping")[-1] == ("id=9", "", "not_unique", "rejected")
    assert loaded.target("SELECT id FROM shop_icon WHERE slug = 'dj'") == [(1000,)]


def test_a_row_that_django_made_keeps_the_key_of_a_row_in_quarantine(loaded: Shop) -> None:
    loaded.target(
        "INSERT INTO shop_icon (id, title, slug, maker_id, size) VALUES (4, 'd', 'dj', 1, 0)"
    )
    loaded.source("UPDATE icons SET maker_id = 1 WHERE id = 4")
    loaded.delamp("rejects", "retry", "--table", "icons", code=6)
    assert loaded.target("SELECT title FROM shop_icon WHERE id = 4") == [("d",)]
    assert loaded.rejects("IconMapping") == [("id=4", "", "not_unique", "rejected")]


def test_django_is_given_no_key_of_a_source_row_that_was_refused(loaded: Shop) -> None:
    assert loaded.target("SELECT nextval('shop_icon_id_seq')") == [(5,)]


def test_totals_are_those_of_the_rows_whatever_others_did(loaded: Shop) -> None:
    loaded.target("INSERT INTO shop_comment (id, text) VALUES (77, 'strange')")
    loaded.target("DELETE FROM shop_comment WHERE id = 1")
    loaded.delamp("verify", "--repair", "--delete-extra")
    assert loaded.totals("CommentMapping") == (3, 3, 0, 0)
    loaded.delamp("run", "--restart", "--yes")


CASCADE = """
DO $$ DECLARE name text; BEGIN
  SELECT conname INTO name FROM pg_constraint
  WHERE conrelid = 'shop_icon'::regclass AND contype = 'f';
  EXECUTE format('ALTER TABLE shop_icon DROP CONSTRAINT %I', name);
  ALTER TABLE shop_icon ADD CONSTRAINT cascading FOREIGN KEY (maker_id)
    REFERENCES shop_maker ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
END $$
"""


def test_a_changed_unique_value_takes_no_children_along(loaded: Shop) -> None:
    loaded.target(CASCADE)
    refresh(loaded, "UPDATE makers SET name = 'Other' WHERE id = 1", maker=[1])
    assert loaded.target("SELECT name FROM shop_maker WHERE id = 1") == [("Other",)]
    assert loaded.target("SELECT count(*) FROM shop_icon WHERE maker_id = 1") == [(2,)]


def test_values_that_change_places_above_a_cascade_are_left_and_told(loaded: Shop) -> None:
    loaded.target(CASCADE)
    # No row may have another name, be it for a moment.
    loaded.target("ALTER TABLE shop_maker ADD CHECK (length(name) < 6)")
    loaded.source(
        "UPDATE makers SET name = 'x' WHERE id = 1",
        "UPDATE makers SET name = 'Ada' WHERE id = 2",
        "UPDATE makers SET name = 'Bo' WHERE id = 1",
    )
    assert "ON DELETE" in loaded.delamp("resync", code=1)
    assert loaded.target("SELECT name FROM shop_maker WHERE id = 1") == [("Ada",)]
    assert loaded.target("SELECT count(*) FROM shop_icon") == [(3,)]


def test_of_two_rows_with_one_value_the_lower_key_has_it_and_the_other_waits(loaded: Shop) -> None:
    refresh(loaded, "INSERT INTO icons VALUES (9, 'nine', 'arrow', 1, 5)", icon=[9])
    assert loaded.rejects("IconMapping")[-1] == ("id=9", "", "not_unique", "rejected")
    said = refresh(loaded, "UPDATE icons SET slug = 'other' WHERE id = 2", icon=[2], check=True)
    assert loaded.target("SELECT id FROM shop_icon WHERE slug = 'arrow'") == [(9,)]
    assert said["problems"] == []


def test_a_refusal_that_no_rule_foresaw_is_found_to_the_row(loaded: Shop) -> None:
    loaded.target("ALTER TABLE shop_icon ADD CONSTRAINT odd CHECK (size <> 13)")
    rows = ", ".join(f"({n}, 't{n}', 's{n}', 3, {n})" for n in range(10, 16))
    done = refresh(loaded, f"INSERT INTO icons VALUES {rows}", icon=range(10, 16))
    assert done["inserted"]["IconMapping"] == 5
    assert loaded.rejects("IconMapping")[-1] == ("id=13", "", "check_failed", "rejected")


def test_retry_loads_what_was_corrected_and_says_what_is_left(loaded: Shop) -> None:
    refresh(loaded, "INSERT INTO icons VALUES (8, REPEAT('x', 30), 'long', 1, 1)", icon=[8])
    loaded.source("UPDATE icons SET maker_id = 1 WHERE id = 4")
    said = loaded.delamp("rejects", "retry", code=6)
    assert "IconMapping: 1 still refused" in said
    assert loaded.rejects("IconMapping") == [("id=8", "title", "too_long", "rejected")]
    loaded.source("UPDATE icons SET title = 'short' WHERE id = 8")
    assert "1 loaded" in loaded.delamp("rejects", "retry", "--table", "icons")
    assert refresh(loaded, check=True)["problems"] == []


def test_purge_forgets_values_and_keeps_what_explains_a_row(loaded: Shop) -> None:
    loaded.delamp("rejects", "purge", "--values", "--yes")
    assert loaded.target("SELECT count(*) FROM delamp_reject WHERE values IS NOT NULL") == [(0,)]
    assert loaded.findings() == []
    loaded.delamp("rejects", "purge", "--yes", "--older-than", "1")
    assert loaded.rejects("IconMapping")
    loaded.delamp("rejects", "purge", "--yes")
    assert loaded.rejects("IconMapping") == []


def test_values_older_than_the_settings_allow_are_forgotten_by_the_next_run(loaded: Shop) -> None:
    loaded.target("UPDATE delamp_reject SET created_at = now() - interval '8 days'")
    with_values = "SELECT count(*) FROM delamp_reject WHERE values IS NOT NULL"
    kept = loaded.target(with_values)
    loaded.delamp("run")
    assert loaded.target(with_values) == kept != [(0,)]
    loaded.project.environment["DELAMP_KEEP_VALUES_DAYS"] = "7"
    loaded.delamp("run")
    assert loaded.target(with_values) == [(0,)]
    assert loaded.rejects("IconMapping")


UNIQUE = """
from django.db import models


class Word(models.Model):
    text = models.CharField(max_length=20, unique=True)
    other = models.CharField(max_length=20, unique=True)
    filling = models.TextField()
"""
UNIQUE_MAPPING = """
from mappings import ModelMapping


class WordMapping(ModelMapping):
    class Meta:
        source = "words"
        model = "shop.Word"
        columns = "same-name"
"""


@pytest.mark.slow
def test_the_lowest_key_has_a_unique_value_whichever_reader_was_first(
    shop: Callable[..., Shop],
) -> None:
    dice = random.Random(7)
    rows = [(n, f"t{dice.randrange(900)}", f"o{dice.randrange(900)}") for n in range(1, 1201)]
    made = shop(
        UNIQUE,
        UNIQUE_MAPPING,
        "CREATE TABLE words (id INT PRIMARY KEY, text VARCHAR(20), other VARCHAR(20), filling TEXT)"
        " ENGINE=InnoDB",
        "INSERT INTO words VALUES "
        + ", ".join(f"({n}, '{a}', '{b}', REPEAT('x', 2000))" for n, a, b in rows),
    )
    made.project.environment["DELAMP_CHUNK_BYTES"] = "65536"
    made.delamp("run", "--readers", "4")
    taken: set[str] = set()
    expected = []
    for n, text, other in rows:
        if not taken & {text, other}:
            taken |= {text, other}
            expected.append(n)
    assert [n for (n,) in made.target("SELECT id FROM shop_word ORDER BY id")] == expected
    assert made.totals("WordMapping") == (1200, len(expected), 1200 - len(expected), 0)
    assert made.findings() == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_any_changes_in_any_order_end_in_step(loaded: Shop, seed: int) -> None:
    dice = random.Random(seed)
    cases: list[Case] = []
    for _ in range(30):
        touched: dict[str, set[Any]] = {"maker": set(), "icon": set(), "comment": set()}
        statements = []
        for _ in range(dice.randrange(1, 12)):
            n, m = dice.randrange(1, 12), dice.randrange(1, 12)
            kind = dice.choice(["maker", "icon", "icon", "comment"])
            touched[kind].add(n)
            word = dice.choice("abcdefg")
            values = {
                "maker": f"({n}, '{word}', {m})",
                "icon": f"({n}, '{word}', '{dice.choice('ABCDEFG')}', {m}, {n})",
                "comment": f"({n}, {m}, '{word}')",
            }[kind]
            statements.append(f"DELETE FROM {kind}s WHERE id = {n}")
            if dice.random() < 0.7:
                statements.append(f"INSERT INTO {kind}s VALUES {values}")
        cases.append((statements, {name: sorted(rows) for name, rows in touched.items()}))
    said = refresh_each(loaded, cases)
    assert [s["problems"] for s in said] == [[]] * len(cases)


def test_unique_values_change_places_under_rows_that_would_leave_with_theirs(
    loaded: Shop,
) -> None:
    for parent in ("maker", "icon"):
        loaded.target(
            f"CREATE TABLE pin_{parent} (id int REFERENCES shop_{parent} ON DELETE CASCADE)"
        )
        loaded.target(f"INSERT INTO pin_{parent} SELECT id FROM shop_{parent}")
    done = refresh(
        loaded,
        "UPDATE makers SET name = 'x' WHERE id = 1",
        "UPDATE makers SET name = 'Ada' WHERE id = 2",
        "UPDATE makers SET name = 'Bo' WHERE id = 1",
        *CASES["unique values that change places, one row named"][0],
        maker=[1, 2],
        icon=[1],
        check=True,
    )
    assert done["problems"] == []
    assert done["updated"]["MakerMapping"] == done["updated"]["IconMapping"] == 2
    assert loaded.target("SELECT count(*) FROM pin_maker, pin_icon") == [(9,)]


WAITING = {
    "filled with zeros": ("INT(6) ZEROFILL", "IntegerField", "7"),
    "bytes": ("BINARY(4)", "BinaryField", "'abcd'"),
    "bytes of a UUID": ("BINARY(16)", "UUIDField", f"0x{'a1' * 16}"),
}


@pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=[pytest.mark.slow] if n else []) for n, k in enumerate(WAITING)]
)
def test_who_waits_for_a_parent_is_found_however_its_key_is_written(
    shop: Callable[..., Shop], kind: str
) -> None:
    column, field, value = WAITING[kind]
    made = shop(
        f"""
        from django.db import models

        class Icon(models.Model):
            id = models.{field}(primary_key=True)

        class Hit(models.Model):
            icon = models.ForeignKey(Icon, models.CASCADE)
        """,
        """
        from mappings import ModelMapping, Reference

        class IconMapping(ModelMapping):
            class Meta:
                source, model, columns = "icons", "shop.Icon", "same-name"

        class HitMapping(ModelMapping):
            icon = Reference("icon", orphans="quarantine")
            class Meta:
                source, model, columns = "hits", "shop.Hit", "same-name"
        """,
        f"CREATE TABLE icons (id {column} PRIMARY KEY)",
        f"CREATE TABLE hits (id INT PRIMARY KEY, icon {column} NOT NULL)",
        f"INSERT INTO hits VALUES (1, {value})",
    )
    made.delamp("run", "-q")
    assert [code for _, _, code, _ in made.rejects("HitMapping")] == ["no_parent"]
    made.source(f"INSERT INTO icons VALUES ({value})")
    made.delamp("resync", "IconMapping", "--strategy", "checksum")
    assert made.rejects("HitMapping") == []
    assert made.target("SELECT id FROM shop_hit") == [(1,)]
