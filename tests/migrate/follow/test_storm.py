"""A storm of writers, and a client that is killed: at the end both sides hold the same."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.follow.breaking import KILLS, at_work
from tests.migrate.follow.conftest import following
from tests.migrate.follow.storm import Storm
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

COUNTERS = """
SELECT count(*) FROM shop_maker m WHERE
  icons_count <> (SELECT count(*) FROM shop_icon i WHERE i.maker_id = m.id)
  OR weight <> (SELECT coalesce(sum(size), 0) FROM shop_icon i WHERE i.maker_id = m.id)
"""
STAMPS = [
    f"ALTER TABLE {table} ADD COLUMN changed TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP"
    " ON UPDATE CURRENT_TIMESTAMP, ADD KEY (changed)"
    for table in ("makers", "icons", "comments", "tags")
]


def storm(shop: Shop, seconds: float, kills: int) -> int:
    """Writers, and followers that die in between; the writers' statements."""
    rng = random.Random(kills)
    with Storm(shop.source_url, pause=0.01) as writers:
        for _ in range(kills):
            with following(shop) as follower:
                follower.begin()
                time.sleep(seconds / kills * (0.5 + rng.random()))
                # A counter is right at every commit, not only at the end.
                assert shop.target(COUNTERS) == [(0,)]
                follower.process.kill()
                follower.process.communicate()
        with following(shop) as follower:
            follower.begin()
            code, said = follower.end()
            assert code == 0, said
    return writers.statements


def require_same(shop: Shop) -> None:
    """Both sides hold the same, on every level."""
    assert shop.findings() == []
    assert shop.target(COUNTERS) == [(0,)]
    # What a comparison of everything would still have to do: nothing.
    assert ": 0 changes" in shop.delamp("resync", "--strategy", "checksum")


@pytest.mark.slow
def test_after_a_storm_and_kills_both_sides_hold_the_same(loaded: Shop) -> None:
    statements = storm(loaded, seconds=4, kills=2)
    assert statements > 100
    loaded.delamp("resync", "--strategy", "binlog")
    require_same(loaded)


def test_the_storms_of_the_slow_suite_kill_often_enough() -> None:
    assert sum(KILLS.values()) >= 50 and KILLS["run"] + KILLS["follow"] >= 50


@pytest.mark.slow
def test_a_long_storm_with_many_kills(loaded: Shop) -> None:
    storm(loaded, seconds=45, kills=KILLS["binlog"])
    loaded.delamp("resync", "--strategy", "binlog")
    require_same(loaded)


@pytest.mark.slow
def test_ddl_in_a_storm_waits_for_no_batch_and_stops_no_follower(loaded: Shop) -> None:
    waited = []
    with following(loaded) as follower:
        follower.begin()
        with Storm(loaded.source_url, pause=0.01) as writers:
            for number in range(8):
                time.sleep(1)
                table = ("makers", "icons")[number % 2]
                change = "DROP COLUMN extra" if number % 4 > 1 else "ADD COLUMN extra INT"
                began = time.monotonic()
                loaded.source(f"ALTER TABLE {table} {change}")
                waited.append(time.monotonic() - began)
            time.sleep(1)
        code, said = follower.end()
    print(f"ALTER TABLE took {max(waited):.2f} s at most, {writers.statements} statements")
    assert code == 0, said
    assert "extra: nothing → int" in said
    assert max(waited) < 5
    loaded.delamp("resync", "--strategy", "binlog")
    require_same(loaded)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["checksum", "watermark"])
def test_passes_are_killed_in_a_storm_and_one_after_it_finds_the_rest(
    shop: Callable[..., Shop], strategy: str
) -> None:
    made = shop(MODELS, MAPPINGS, *LEGACY, *STAMPS)
    made.delamp("run", "-q")
    deletes = ["--deletes"] if strategy == "watermark" else []
    # The first pass of a table is by checksums, whatever is asked for.
    made.delamp("resync", "--strategy", strategy, *deletes)
    rng, kills, whole = random.Random(strategy), 0, 0
    with Storm(made.source_url, pause=0.01) as writers:
        while kills < KILLS[strategy]:
            with at_work(made, "resync", "-q", "--strategy", strategy, *deletes) as process:
                try:
                    assert process.wait(rng.random() * 2) == 0
                    whole += 1
                except subprocess.TimeoutExpired:
                    kills += 1
            assert made.target(COUNTERS) == [(0,)]
    print(f"{kills} kills, {whole} whole passes, {writers.statements} statements")
    assert writers.statements > 100
    said = made.delamp("resync", "--strategy", strategy)
    assert made.target(COUNTERS) == [(0,)]
    if strategy == "watermark":
        # What it cannot see, it says; and that is all that is left.
        assert said.count("sees no deletes") == 4
        assert {finding["kind"] for finding in made.findings()} <= {"extra", "count_differs"}
        made.delamp("resync", "--strategy", strategy, *deletes)
    require_same(made)
