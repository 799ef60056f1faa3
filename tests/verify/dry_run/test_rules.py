"""Each rule is caused, foretold by key, and then found in quarantine under the same key."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop
from tests.verify.dry_run.conftest import dry_run, same_as_the_run

MODELS = """
    from django.db import models


    class Thing(models.Model):
        {field}
"""
MAPPINGS = """
    from mappings import Column, ModelMapping, steps


    class ThingMapping(ModelMapping):
        id = Column("id")
        value = {column}

        class Meta:
            source = "things"
            model = "shop.Thing"
            time_zone = "Europe/Copenhagen"
"""

RULES = {
    "too_long": ("CharField(max_length=3)", "VARCHAR(9)", "'abc'", "'abcd'", ""),
    "not_null": ("IntegerField()", "INT", "1", "NULL", ""),
    "out_of_range": ("SmallIntegerField()", "INT", "32767", "32768", ""),
    "precision_lost": (
        "DecimalField(max_digits=9, decimal_places=1)", "DECIMAL(9,2)", "1.5", "1.55", "",
    ),
    "zero_date": ("DateField()", "DATE", "'2020-01-01'", "'0000-00-00'", ""),
    "partial_date": ("DateField()", "DATE", "'2020-01-01'", "'2009-00-00'", ""),
    "dst_gap": (
        "DateTimeField()", "DATETIME", "'2020-01-01 00:00'", "'2020-03-29 02:30'", "",
    ),
    "nul_byte": ("TextField()", "VARCHAR(9)", "'a'", "CONCAT('a', CHAR(0))", ""),
    "not_boolean": ("BooleanField()", "TINYINT", "1", "2", ""),
    "not_in_map": ("CharField(max_length=9)", "INT", "1", "2", "steps.static_map({1: 'one'})"),
    "bad_serialize": (
        "JSONField(null=True)", "TEXT", "'i:1;'", "'i:1'", "steps.php_unserialize",
    ),
    "step_failed": ("IntegerField()", "INT", "1", "0", "lambda value: 1 // value"),
    "bad_uuid": (
        "UUIDField()", "VARCHAR(40)", "'00000000-0000-0000-0000-000000000001'", "'x'", "",
    ),
    "unknown_password": (
        "CharField(max_length=128)", "VARCHAR(60)", "MD5('x')", "'?'",
        "steps.php_password(unknown='reject')",
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", RULES)
def test_broken_rule_is_foretold_by_key(shop: Callable[..., Shop], code: str) -> None:
    field, kind, good, bad, step = RULES[code]
    column = f'Column("value"{", " + step if step else ""})'
    made = shop(
        MODELS.format(field=f"value = models.{field}"),
        MAPPINGS.format(column=column),
        f"CREATE TABLE things (id INT PRIMARY KEY, value {kind}) ENGINE=InnoDB CHARSET=utf8mb4",
        f"INSERT INTO things VALUES (1, {good}), (2, {bad}), (3, {good}), (70000, {bad})",
    )
    report = same_as_the_run(made)
    (rule,) = report["tables"][0]["rules"]
    assert (rule["code"], rule["column"], rule["outcome"]) == (code, "value", "rejected")
    assert [row["key"] for row in rule["rows"]] == [[2], [70000]]
    assert rule["hint"]


def test_rows_that_nothing_is_wrong_with_are_not_named(shop: Callable[..., Shop]) -> None:
    made = shop(
        MODELS.format(field="value = models.CharField(max_length=3)"),
        MAPPINGS.format(column='Column("value")'),
        "CREATE TABLE things (id INT PRIMARY KEY, value VARCHAR(9) NOT NULL) ENGINE=InnoDB",
        "INSERT INTO things VALUES (1, 'abc'), (2, '')",
    )
    report = same_as_the_run(made, code=0)
    assert report["tables"][0]["rules"] == []
    assert report["totals"]["loaded"] == 2


def test_value_outside_the_choices_is_a_warning_only(shop: Callable[..., Shop]) -> None:
    choices = 'choices=[("a", "A"), ("b", "B")]'
    made = shop(
        MODELS.format(field=f"value = models.CharField(max_length=3, {choices})"),
        MAPPINGS.format(column='Column("value")'),
        "CREATE TABLE things (id INT PRIMARY KEY, value VARCHAR(9) NOT NULL) ENGINE=InnoDB",
        "INSERT INTO things VALUES (1, 'a'), (2, 'x'), (3, '')",
    )
    report = same_as_the_run(made, code=0)
    (rule,) = report["tables"][0]["rules"]
    assert (rule["code"], rule["outcome"], rule["count"]) == ("not_a_choice", "warned", 1)
    assert [row["key"] for row in rule["rows"]] == [[2]]


def test_rows_left_out_by_the_mapping_are_counted_and_fail_only_where_asked(
    shop: Callable[..., Shop],
) -> None:
    mapping = MAPPINGS.format(column='Column("value")').replace(
        'time_zone = "Europe/Copenhagen"', 'where = "s.value > 1"'
    )
    made = shop(
        MODELS.format(field="value = models.IntegerField(null=True)"),
        mapping,
        "CREATE TABLE things (id INT PRIMARY KEY, value INT) ENGINE=InnoDB",
        "INSERT INTO things VALUES (1, 1), (2, 2), (3, NULL)",
    )
    report = same_as_the_run(made, code=0)
    (rule,) = report["tables"][0]["rules"]
    assert (rule["code"], [row["key"] for row in rule["rows"]]) == ("left_out", [[1], [3]])
    made.delamp("dry-run", "--fail-on", "skip", code=6)
    made.delamp("dry-run", "--fail-on", "change", code=0)


def test_what_steps_alter_is_counted(shop: Callable[..., Shop]) -> None:
    made = shop(
        MODELS.format(field="value = models.CharField(max_length=9, null=True)"),
        MAPPINGS.format(column='Column("value", steps.null_if(""), steps.lower)'),
        "CREATE TABLE things (id INT PRIMARY KEY, value VARCHAR(9)) ENGINE=InnoDB CHARSET=utf8mb4",
        "INSERT INTO things VALUES (1, 'a'), (2, 'B'), (3, ''), (4, NULL)",
    )
    (altered,) = dry_run(made, code=0)["tables"][0]["altered"]
    assert (altered["changed"], altered["nulled"]) == (1, 1)


@pytest.mark.parametrize(
    ("key", "rows", "bad"),
    [
        ("a INT, b INT, PRIMARY KEY (a, b)", "(1, 1, 'x'), (1, 2, 'long'), (2, 1, 'x')", [1, 2]),
        (
            "a VARCHAR(9) COLLATE utf8mb4_unicode_ci, b INT, PRIMARY KEY (a)",
            "('a', 1, 'long'), ('é', 1, 'x')",
            ["61"],
        ),
        ("a ENUM('n', 'm'), b INT, PRIMARY KEY (a, b)", "('m', 1, 'x'), ('n', 7, 'long')", None),
    ],
    ids=["composite", "text", "enum"],
)
def test_keys_of_any_kind_name_the_row(
    shop: Callable[..., Shop], key: str, rows: str, bad: list[object]
) -> None:
    made = shop(
        MODELS.format(field="value = models.CharField(max_length=2)"),
        MAPPINGS.format(column='Column("value")').replace('        id = Column("id")\n', ""),
        f"CREATE TABLE things ({key}, value VARCHAR(9)) ENGINE=InnoDB CHARSET=utf8mb4",
        "ALTER TABLE things MODIFY value VARCHAR(9) AFTER b",
        f"INSERT INTO things VALUES {rows}",
    )
    (rule,) = same_as_the_run(made)["tables"][0]["rules"]
    assert [row["key"] for row in rule["rows"]] == [bad]


@pytest.mark.parametrize("engine", ["InnoDB", "MyISAM"])
def test_table_without_a_key_is_foretold_by_its_values(
    shop: Callable[..., Shop], engine: str
) -> None:
    made = shop(
        MODELS.format(field="value = models.CharField(max_length=2, unique=True)"),
        MAPPINGS.format(column='Column("value")').replace('        id = Column("id")\n', ""),
        f"CREATE TABLE things (value VARCHAR(9), other INT, KEY (value)) ENGINE={engine}",
        "INSERT INTO things VALUES ('b', 1), ('long', 2), ('a', 3), ('b', 4), (NULL, 5)",
    )
    report = same_as_the_run(made)
    told = made.delamp("dry-run", code=6)
    assert "value=long" not in told
    assert report["tables"][0]["rejected"] == 3


def test_empty_table_is_fine(shop: Callable[..., Shop]) -> None:
    made = shop(
        MODELS.format(field="value = models.CharField(max_length=2, unique=True)"),
        MAPPINGS.format(column='Column("value")'),
        "CREATE TABLE things (id INT PRIMARY KEY, value VARCHAR(9)) ENGINE=InnoDB",
    )
    same_as_the_run(made, code=0)


def test_times_that_the_clock_showed_twice_or_skipped_are_told_where_they_load(
    shop: Callable[..., Shop],
) -> None:
    zone = 'steps.local_time("Europe/Copenhagen", gap="shift")'
    made = shop(
        MODELS.format(field="value = models.DateTimeField()"),
        MAPPINGS.format(column=f'Column("value", {zone})'),
        "CREATE TABLE things (id INT PRIMARY KEY, value DATETIME NOT NULL) ENGINE=InnoDB",
        "INSERT INTO things VALUES (1, '2020-06-01 02:30:00'), (2, '2020-10-25 02:30:00'),"
        " (3, '2020-03-29 02:30:00'), (4, '2020-10-25 03:00:00'), (5, '2020-10-25 02:59:59')",
    )
    rules = same_as_the_run(made, code=0)["tables"][0]["rules"]
    found = {(r["code"], r["outcome"]): [row["key"][0] for row in r["rows"]] for r in rules}
    assert found == {("dst_fold", "warned"): [2, 5], ("dst_gap", "warned"): [3]}
