"""A follower's memory does not grow with what it has followed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.forking import forks
from tests.migrate.conftest import Shop

SCRIPT = Path(__file__).with_name("slope.py")
ROWS, TIMES = 200, 3
WARM, FLAT, LEAKING = 6_000, 18_000, 6_000


@pytest.mark.slow
def test_memory_does_not_grow_with_the_events_that_were_followed(loaded: Shop) -> None:
    loaded.source(
        "INSERT INTO icons SELECT 1000 + seq, CONCAT('i', seq), CONCAT('i', seq), 1, 1"
        f" FROM seq_1_to_{4 * ROWS}"
    )
    loaded.delamp("resync", "--strategy", "binlog")
    for n in range((WARM + FLAT + LEAKING) // ROWS // TIMES):
        rows = f"id BETWEEN {1001 + n % 4 * ROWS} AND {1000 + (n % 4 + 1) * ROWS}"
        change = f"UPDATE icons SET maker_id = 1 + size MOD 3, size = size + 1 WHERE {rows}"
        loaded.source("BEGIN", *[change] * TIMES, "COMMIT")
    done = forks().run(
        [str(SCRIPT), str(WARM), str(FLAT), str(LEAKING)],
        cwd=loaded.project.folder,
        env=loaded.project.all_variables() | {"DJANGO_SETTINGS_MODULE": "site_settings"},
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    print(said)
    traced, resident = said["flat"]
    assert abs(traced) < 4, said
    assert resident < 16, said
    # What keeps the changes of every batch is found out.
    assert said["leaking"][0] > 12, said
