"""Random models, mappings and hostile rows: every row that a run refuses was foretold, by its key.

`random_shops` makes them of a seed: one to three tables with their types, constraints, references
and steps, and rows that were chosen to break them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.migrate.conftest import Shop

PROGRAM = Path(__file__).with_name("random_shops.py")
FEW = range(12)
MANY = range(100, 160)


def tried(made: Shop, seeds: Iterable[int]) -> list[dict[str, Any]]:
    """What came of the shops of these seeds."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM)],
        cwd=made.project.folder,
        env=made.project.all_variables() | {"DJANGO_SETTINGS_MODULE": "site_settings"},
        input="\n".join(map(str, seeds)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def wrong(came: list[dict[str, Any]]) -> list[Any]:
    kinds = ("error", "foretold only", "quarantined only", "counts", "altered")
    return [(each["seed"], kind, each[kind]) for each in came for kind in kinds if each.get(kind)]


@pytest.fixture
def made(shop: Callable[..., Shop]) -> Shop:
    return shop("from django.db import models\n", "from mappings import ModelMapping\n")


@pytest.mark.slow
def test_what_is_foretold_of_random_shops_is_what_a_run_refuses(made: Shop) -> None:
    came = tried(made, FEW)
    assert wrong(came) == []
    assert sum(each["rows"] for each in came) > 100


@pytest.mark.slow
def test_what_is_foretold_of_many_random_shops_is_what_a_run_refuses(made: Shop) -> None:
    came = tried(made, MANY)
    assert wrong(came) == []
    codes: Counter[str] = Counter()
    for each in came:
        codes.update(each["codes"])
    assert {
        "not_unique", "no_parent", "check_failed", "too_long", "not_null", "nul_byte", "zero_date",
        "out_of_range", "precision_lost", "dst_gap", "unknown_password",
    } <= set(codes)  # fmt: skip
