"""A storm of writers, and a follower that is killed: at the end both sides hold the same."""

from __future__ import annotations

import random
import time

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.follow.conftest import following
from tests.migrate.follow.storm import Storm

COUNTERS = """
SELECT count(*) FROM shop_maker m WHERE
  icons_count <> (SELECT count(*) FROM shop_icon i WHERE i.maker_id = m.id)
  OR weight <> (SELECT coalesce(sum(size), 0) FROM shop_icon i WHERE i.maker_id = m.id)
"""


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


def test_after_a_storm_and_kills_both_sides_hold_the_same(loaded: Shop) -> None:
    statements = storm(loaded, seconds=4, kills=2)
    assert statements > 100
    loaded.delamp("resync", "--strategy", "binlog")
    assert loaded.findings() == []
    assert loaded.target(COUNTERS) == [(0,)]
    # What a comparison of everything would still have to do: nothing.
    assert ": 0 changes" in loaded.delamp("resync", "--strategy", "checksum")


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["binlog", "checksum"])
def test_a_long_storm_with_fifty_kills(loaded: Shop, strategy: str) -> None:
    storm(loaded, seconds=150, kills=50)
    loaded.delamp("resync", "--strategy", strategy)
    assert loaded.findings() == []
    assert loaded.target(COUNTERS) == [(0,)]
