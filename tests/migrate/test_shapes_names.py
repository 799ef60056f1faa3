"""Tables with odd names, hidden, computed or a thousand columns, and partitions: all load."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.test_shapes_source import anyshop, loads_clean

__all__ = ["anyshop"]

MakeShop = Callable[..., Shop]

NAMES = [
    "select", "group by", "100%", "%s", "%(name)s", "it's", 'say "hi"', "a`tick", "back\\slash",
    "{braces}", "semi;colon", "-- comment", "#hash", "/* c */", "\u2603\u2764 \u00f8", "s",
    "\u4e2d", "?", "$1", ":name", "dot.ted", "x" * 64,
]  # fmt: skip
ODD = "\"odd 'table' 100%\""
MODELS = f"""
    from django.db import models

    class Odd(models.Model):
        names = {NAMES!r}
        id = models.BigIntegerField(primary_key=True, db_column="Key %s")
        parent = models.ForeignKey(
            "self", models.CASCADE, null=True, db_column="up %", db_constraint=True
        )
        for n in range(len(names)):
            locals()[f"f{{n}}"] = models.CharField(max_length=20, null=True)
        del n, names

        class Meta:
            db_table = "odd 'table' 100%"
"""
MAPPINGS = f"""
    from mappings import Column, ModelMapping, Reference

    class OddMapping(ModelMapping):
        id = Column("the `key` %d")
        parent = Reference("up; DROP %s", orphans="ORPHANS")
        for n, name in enumerate({NAMES!r}):
            locals()[f"f{{n}}"] = Column(name)
        del n, name

        class Meta:
            source, model = {{table!r}}, "shop.Odd"
"""


def legacy(table: str) -> tuple[str, ...]:
    def quoted(name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    columns = ", ".join(f"{quoted(name)} VARCHAR(20)" for name in NAMES)
    row = ", ".join(f"'v{n} %s'" for n in range(len(NAMES)))
    return (
        f"CREATE TABLE {quoted(table)} ({quoted('the `key` %d')} BIGINT PRIMARY KEY,"
        f" {quoted('up; DROP %s')} BIGINT, {columns}) CHARSET utf8",
        f"INSERT INTO {quoted(table)} VALUES (1, NULL, {row}), (2, 1, {row}), (3, 99, {row})",
    )


@pytest.mark.parametrize(
    ("table", "orphans"),
    [
        ('100% `of` it\'s "all" %s', "quarantine"),
        ("order", "null"),
        ("\u2603" * 40 + "x\\y{z}", "null"),
    ],
)
def test_names_of_any_kind_load_and_verify(anyshop: MakeShop, table: str, orphans: str) -> None:
    mapping = MAPPINGS.replace("ORPHANS", orphans).replace("{table!r}", repr(table))
    made = anyshop(MODELS, mapping, *legacy(table))
    loads_clean(made)
    kept = 3 if orphans == "null" else 2
    assert made.totals("OddMapping")[:2] == (3, kept)
    last = len(NAMES) - 1
    rows = made.target(f'SELECT "Key %s", f0, f{last} FROM {ODD} ORDER BY 1')
    assert rows[0] == (1, "v0 %s", f"v{last} %s") and len(rows) == kept
    made.target(f'UPDATE {ODD} SET f3 = NULL WHERE "Key %s" = 2')
    (found,) = made.findings()
    assert (found["kind"], found["columns"], found["key"]) == ("mismatched", ["f3"], [2])


def test_rows_that_were_there_before_are_kept_under_odd_names(shop: MakeShop) -> None:
    mapping = MAPPINGS.replace("ORPHANS", "null").replace("{table!r}", '"order"')
    mapping = mapping.replace("source, model", 'existing = "keep"\n            source, model')
    made = shop(MODELS, mapping, *legacy("order"))
    made.target(f"INSERT INTO {ODD} (\"Key %s\", f0) VALUES (1, 'mine')")
    made.delamp("run")
    assert made.findings() == []
    made.delamp("run", "--restart", "--yes")
    assert made.target(f'SELECT "Key %s", f0 FROM {ODD} ORDER BY 1') == [
        (1, "mine"),
        (2, "v0 %s"),
        (3, "v0 %s"),
    ]
    assert made.findings() == []


WIDE = """
    from django.db import models

    class Wide(models.Model):
        for n in range(999):
            locals()[f"c{n}"] = models.IntegerField(null=True)
        del n
"""
WIDE_MAPPING = """
    from mappings import ModelMapping

    class WideMapping(ModelMapping):
        class Meta:
            source, model, columns = "wide", "shop.Wide", "same-name"
"""


@pytest.mark.slow
def test_a_table_of_a_thousand_columns_loads(anyshop: MakeShop) -> None:
    columns = ", ".join(f"c{n} INT" for n in range(999))
    values = ", ".join("NULL" if n % 7 == 0 else str(n) for n in range(999))
    made = anyshop(
        WIDE,
        WIDE_MAPPING,
        f"CREATE TABLE wide (id INT PRIMARY KEY, {columns})",
        f"INSERT INTO wide VALUES (1, {values}), (2, {values})",
    )
    loads_clean(made)
    assert made.target("SELECT count(*), sum(c998), sum(c994) FROM shop_wide") == [(2, 1996, None)]
    made.target("UPDATE shop_wide SET c998 = 0 WHERE id = 2")
    (found,) = made.findings()
    assert found["columns"] == ["c998"]


HIDDEN = """
    from django.db import models

    class Hidden(models.Model):
        a = models.IntegerField()
        twice = models.IntegerField(null=True)
        stored = models.CharField(max_length=9, null=True)
        unseen = models.IntegerField(null=True)
"""
HIDDEN_MAPPING = """
    from mappings import ModelMapping

    class HiddenMapping(ModelMapping):
        class Meta:
            source, model, columns = "hidden", "shop.Hidden", "same-name"
"""


def test_invisible_and_generated_columns_load(shop: MakeShop) -> None:
    made = shop(
        HIDDEN,
        HIDDEN_MAPPING,
        "CREATE TABLE hidden (id INT PRIMARY KEY, a INT NOT NULL, twice INT AS (a * 2) VIRTUAL,"
        " stored VARCHAR(9) AS (CONCAT('n', a)) PERSISTENT, unseen INT INVISIBLE DEFAULT 7)",
        "INSERT INTO hidden (id, a) VALUES (1, 10), (2, 20)",
        "INSERT INTO hidden (id, a, unseen) VALUES (3, 30, NULL)",
    )
    loads_clean(made)
    assert made.target("SELECT a, twice, stored, unseen FROM shop_hidden ORDER BY id") == [
        (10, 20, "n10", 7),
        (20, 40, "n20", 7),
        (30, 60, "n30", None),
    ]


PARTED = """
    from django.db import models

    class Parted(models.Model):
        at = models.IntegerField()
"""
PARTED_MAPPING = """
    from mappings import ModelMapping

    class PartedMapping(ModelMapping):
        class Meta:
            source, model, columns = "parted", "shop.Parted", "same-name"
"""


@pytest.mark.parametrize(
    "by",
    [
        "HASH (id) PARTITIONS 5",
        "RANGE (id) (PARTITION low VALUES LESS THAN (500), PARTITION high VALUES LESS THAN"
        " MAXVALUE)",
    ],
)
def test_a_partitioned_table_loads(anyshop: MakeShop, by: str) -> None:
    made = anyshop(
        PARTED,
        PARTED_MAPPING,
        f"CREATE TABLE parted (id INT PRIMARY KEY, at INT NOT NULL) PARTITION BY {by}",
        f"INSERT INTO parted VALUES {', '.join(f'({n * 3}, {n})' for n in range(2000))}",
    )
    loads_clean(made)
    assert made.target("SELECT count(*), sum(at) FROM shop_parted") == [(2000, 1999000)]
    made.target("UPDATE shop_parted SET at = 0 WHERE id = 300")
    (found,) = made.findings()
    assert (found["kind"], found["key"]) == ("mismatched", [300])
