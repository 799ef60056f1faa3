"""What a dry run tells of values that load: altered by a step, damaged, refused by validators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.migrate.conftest import Shop
from tests.verify.dry_run.conftest import dry_run, same_as_the_run
from tests.verify.dry_run.test_rules import MAPPINGS, MODELS

TEXT = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"


def altered(report: dict[str, Any]) -> dict[tuple[str, str], list[list[object]]]:
    """By column and step: the keys of the rows whose value it alters."""
    found = {}
    for column in report["tables"][0]["altered"]:
        for each in column["by_step"]:
            keys = [row["key"] for row in each["rows"]]
            assert len(keys) == each["count"]
            found[column["column"], each["step"].partition("(")[0]] = keys
    return found


def test_every_step_is_counted_and_its_rows_are_named(shop: Callable[..., Shop]) -> None:
    made = shop(
        """
        from django.db import models


        class Thing(models.Model):
            title = models.TextField()
            name = models.TextField(null=True)
            word = models.TextField(null=True)
            made = models.DateTimeField(null=True)
        """,
        """
        from mappings import Column, ModelMapping, steps


        class ThingMapping(ModelMapping):
            id = Column("id")
            title = Column(
                "title", steps.repair_charset, steps.html_unescape, steps.strip_slashes,
                steps.replace_nul(),
            )
            name = Column("name", steps.in_python(steps.strip), steps.null_if_empty)
            word = Column("word", steps.default("none"), steps.truncate(4))
            made = Column("made", steps.null_if(0), steps.from_unixtime)

            class Meta:
                source, model = "things", "shop.Thing"
        """,
        f"CREATE TABLE things (id INT PRIMARY KEY, title VARCHAR(40) {TEXT} NOT NULL,"
        f" name VARCHAR(9) {TEXT}, word VARCHAR(9) {TEXT}, made INT) ENGINE=InnoDB",
        "INSERT INTO things VALUES (1, 'plain', 'a', 'none', 5), (2, 'cafÃ©', ' a', NULL, 0),"
        r" (3, 'Tom &amp; &eacute;', '  ', 'longer', NULL), (4, 'O\\\'B', NULL, 'word', 1),"
        r" (5, CONCAT('a', CHAR(0)), '', NULL, 0), (6, 'a\\\\\\0b', 'b', '', 7),"
        " (7, 'Ã© &lt;', 'c', '', NULL)",
    )
    report = same_as_the_run(made, code=0)
    assert altered(report) == {
        ("title", "repair_charset"): [[2], [7]],
        ("title", "html_unescape"): [[3], [7]],
        ("title", "strip_slashes"): [[4], [6]],
        ("title", "replace_nul"): [[5], [6]],
        ("name", "strip"): [[2], [3]],
        ("name", "null_if_empty"): [[3], [5]],
        ("word", "default"): [[2], [5]],
        ("word", "truncate"): [[3]],
        ("made", "null_if"): [[2], [5]],
    }
    counts = {a["column"]: (a["changed"], a["nulled"]) for a in report["tables"][0]["altered"]}
    assert counts == {"title": (6, 0), "name": (1, 2), "word": (3, 0), "made": (0, 2)}
    assert "html_unescape: 2 rows: id=3, id=7" in made.delamp("dry-run")


def test_passwords_of_no_known_kind_and_damaged_texts_are_warnings(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        MODELS.format(
            field="value = models.CharField(max_length=128)\n        note = models.TextField()"
        ),
        MAPPINGS.format(
            column='Column("value", steps.php_password)\n        note = Column("note")'
        ),
        f"CREATE TABLE things (id INT PRIMARY KEY, value VARCHAR(60) {TEXT} NOT NULL,"
        f" note VARCHAR(40) {TEXT} NOT NULL) ENGINE=InnoDB",
        "INSERT INTO things VALUES (1, MD5('x'), 'café'), (2, 'secret', 'cafÃ©'), (3, '', ''),"
        " (4, MD5('y'), CONVERT(0x61EFBFBD USING utf8mb4)), (5, MD5('z'), 'Ã')",
    )
    report = same_as_the_run(made, code=0)
    rules = {
        rule["code"]: (rule["column"], rule["outcome"], [row["key"] for row in rule["rows"]])
        for rule in report["tables"][0]["rules"]
    }
    assert rules == {
        "unknown_password": ("value", "warned", [[2]]),
        "charset_damage": ("note", "warned", [[2], [4]]),
    }


def test_the_models_own_validators_are_asked_where_the_mapping_says_so(
    shop: Callable[..., Shop],
) -> None:
    made = shop(
        """
        from django.core.exceptions import ValidationError
        from django.db import models


        class Owner(models.Model):
            pass


        class Thing(models.Model):
            email = models.EmailField(max_length=40)
            least = models.IntegerField()
            most = models.IntegerField()
            owner = models.ForeignKey(Owner, models.CASCADE, null=True)

            def clean(self):
                if self.least > self.most:
                    raise ValidationError("least is more than most", code="order")
                if self.most == 13:
                    raise RuntimeError("secret")
        """,
        """
        from mappings import Column, ModelMapping, Reference, steps


        class ThingMapping(ModelMapping):
            id = Column("id")
            email = Column("email", steps.strip)
            least = Column("least")
            most = Column("most")
            owner = Reference("owner", orphans="null")

            class Meta:
                source, model, full_clean = "things", "shop.Thing", True
        """,
        "CREATE TABLE things (id INT PRIMARY KEY, email VARCHAR(40) NOT NULL, least INT NOT NULL,"
        " most INT NOT NULL, owner INT) ENGINE=InnoDB CHARSET=utf8mb4",
        "INSERT INTO things VALUES (1, ' a@b.org ', 1, 2, NULL), (2, 'no mail', 1, 2, 9),"
        " (3, '', 3, 2, NULL), (4, 'a@b.org', 1, 13, NULL)",
    )
    report = dry_run(made, "--fail-on", "never", code=0)
    found = {
        (rule["column"], row["detail"]): row["key"]
        for rule in report["tables"][0]["rules"]
        if rule["code"] == "not_valid"
        for row in rule["rows"]
    }
    assert found == {
        ("email", "invalid"): [2],
        ("email", "blank"): [3],
        ("", "order"): [3],
        ("", "RuntimeError"): [4],
    }
    assert "secret" not in str(report)
    made.delamp("run")
    assert made.totals("ThingMapping") == (4, 4, 0, 0)
