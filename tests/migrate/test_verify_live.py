"""A source that PHP writes to while it is verified: only damage is a finding."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

SCRIPT = Path(__file__).with_name("verifying_live.py")
MORE = (
    "INSERT INTO icons SELECT seq, CONCAT('icon ', seq), CONCAT('i', seq), 1 + seq % 3, 7"
    " FROM seq_100_to_3000"
)

ASKED = """
from django.db.models import Sum as Total

from mappings import Question
from shop.models import Icon


def size():
    return Icon.objects.aggregate(size=Total("size"))


def titles():
    return Icon.objects.filter(pk__lt=3).values_list("pk", "title")

""" + MAPPINGS.replace(
    'model = "shop.Icon"\n',
    """model = "shop.Icon"
        questions = [
            # The writer moves the one, and the damage is in the other.
            Question(name="size", source="SELECT SUM(size) AS size FROM icons", target=size),
            Question(
                name="titles",
                source="SELECT id, title FROM icons WHERE id < 3",
                target=titles,
            ),
        ]
""",
)


@pytest.mark.slow
def test_writer_makes_no_finding_and_damage_is_one(shop: Callable[..., Shop]) -> None:
    made = shop(MODELS, ASKED, *LEGACY, MORE)
    made.delamp("run", "-q")
    environment = made.project.all_variables() | {"DJANGO_SETTINGS_MODULE": "site_settings"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "UPDATE shop_icon SET title = 'damaged' WHERE id = 2"],
        cwd=made.project.folder,
        env=environment,
        timeout=300,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    found = {
        (table["level"], f["kind"], *f["key"], *f["columns"])
        for table in report["tables"]
        for f in table["findings"]
    }
    assert found == {
        ("checksums", "mismatched", 2, "title"),
        ("rows", "mismatched", 2, "title"),
        ("questions", "answer_differs", "title"),
    }, report
    assert report["damage"] == "1 row differs in 1 table, 1 answer differs"
    # At which level a row is caught in flight is chance.
    assert sum(table["in_flight"]["rows"] for table in report["tables"]) > 0
    assert report["pauses"] > 0


@pytest.mark.slow
def test_grace_is_waited_for_only_where_something_differs(shop: Callable[..., Shop]) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run", "-q")
    # So long a wait would be noticed.
    made.delamp("verify", "-q", "--grace", "600")
    made.source("UPDATE icons SET title = 'later' WHERE id = 1")
    said = made.delamp("verify", "--grace", "0.2", code=6)
    assert "1 row differs in 1 table" in said
    made.project.environment["DELAMP_GRACE"] = "nothing"
    assert "DELAMP_GRACE" in made.delamp("verify", code=3)
