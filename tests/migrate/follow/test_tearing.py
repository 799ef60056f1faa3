"""What differs in a table without a key is found at one instant, and in one comparison."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.test_nameless import LEGACY, MAPPINGS, MODELS

REFUSED = ["broken", "much too long", "orphan"]


@pytest.fixture
def made(shop: Callable[..., Shop]) -> Shop:
    found = shop(MODELS, MAPPINGS, *LEGACY)
    found.delamp("run", "-q")
    return found


def found(made: Shop, when: str, *statements: str) -> Any:
    """What a pass finds in the hits, with statements in its midst or after it."""
    script = str(Path(__file__).with_name("tearing.py"))
    done = subprocess.run(
        [sys.executable, script, when, "HitMapping", *statements],
        cwd=made.project.folder, env=made.project.all_variables(), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_rows_that_change_in_the_midst_of_a_comparison_are_not_taken_for_others(
    made: Shop,
) -> None:
    made.source("INSERT INTO hits VALUES (6, NULL, 'new', 4, NULL)")
    seen = found(made, "midst", "UPDATE hits SET weight = weight + 1000")
    assert seen == {"looks": 1, "lost_anew": False, "extra": 0, "notes": sorted([*REFUSED, "new"])}


def test_references_lost_that_nobody_noted_take_no_second_comparison(made: Shop) -> None:
    made.target("DELETE FROM delamp_reject WHERE outcome = 'nulled'")
    seen = found(made, "midst")
    assert seen == {"looks": 1, "lost_anew": True, "extra": 1, "notes": sorted([*REFUSED, "lost"])}


def test_rows_that_change_again_before_they_are_brought_over_do_not_leave(made: Shop) -> None:
    made.source("UPDATE hits SET weight = weight + 1000 WHERE note = 'n3'")
    found(made, "after", "UPDATE hits SET weight = weight + 1 WHERE note = 'n3'")
    assert made.target("SELECT count(*) FROM shop_hit WHERE note = 'n3'") == [(29,)]
