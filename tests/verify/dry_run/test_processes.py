"""The Python tier of a dry run, in processes of its own: as many as a run has, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.migrate.conftest import Shop
from tests.verify.dry_run.conftest import dry_run, foretold, quarantined

MODELS = """
    from django.db import models


    class Word(models.Model):
        text = models.CharField(max_length=6, unique=True)
        size = models.IntegerField()
"""
MAPPINGS = """
    import os

    from mappings import Column, ModelMapping, Reject


    def backwards(text):
        if text.endswith("77"):
            raise Reject("odd", f"by {os.getpid()}")
        if text == "bug":
            raise KeyError(text)
        return text[::-1].lower()


    class WordMapping(ModelMapping):
        id = Column("id")
        text = Column("text", backwards)
        size = Column("size")

        class Meta:
            source, model = "words", "shop.Word"
            full_clean = True
"""
ROWS = 20_100
"""Enough for processes to be worth it."""


def told(report: dict[str, Any]) -> Any:
    """Everything but who has looked at a row, and how long it took."""
    tables = report["tables"]
    for table in tables:
        for rule in table["rules"]:
            for row in rule["rows"]:
                row["detail"] = row["detail"].partition("by ")[0]
    return tables, report["totals"], report["not_evaluated"]


def processes(report: dict[str, Any]) -> set[str]:
    rules = (rule for rule in report["tables"][0]["rules"] if rule["code"] == "odd")
    return {row["detail"] for rule in rules for row in rule["rows"]}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["MyISAM", "InnoDB"])
def test_two_processes_say_what_one_says(shop: Callable[..., Shop], engine: str) -> None:
    made = shop(
        MODELS,
        MAPPINGS,
        "CREATE TABLE words (id INT PRIMARY KEY, text VARCHAR(9) NOT NULL, size INT NOT NULL)"
        f" ENGINE={engine}",
        "CREATE TEMPORARY TABLE digits (d INT)",
        f"INSERT INTO digits VALUES {', '.join(f'({n})' for n in range(10))}",
        "INSERT INTO words SELECT n, CONCAT('w', n), n FROM (SELECT 1 + a.seq AS n FROM"
        f" (SELECT seq FROM seq_0_to_{ROWS - 1}) a) numbers",
        "UPDATE words SET text = 'W12' WHERE id = 13",
        "UPDATE words SET text = 'bug' WHERE id IN (5, 19999)",
        "UPDATE words SET text = 'much longer' WHERE id IN (6, 20000)",
        "UPDATE words SET text = '' WHERE id = 7",
        "ANALYZE TABLE words",
    )
    made.project.environment["DELAMP_PROCESSES"] = "1"
    alone = dry_run(made)
    made.project.environment["DELAMP_PROCESSES"] = "2"
    shared = dry_run(made)
    assert (len(processes(alone)), len(processes(shared))) == (1, 2)
    assert told(shared) == told(alone)
    codes = {rule["code"]: rule["count"] for rule in shared["tables"][0]["rules"]}
    assert codes == {
        "not_unique": 1, "not_valid": 1, "odd": 201, "step_failed": 2, "too_long": 2,
    }  # fmt: skip
    made.delamp("run")
    assert foretold(shared) == quarantined(made)
