"""A storm of writers, and a follower that is killed: at the end both sides hold the same."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.servers import MariaDB, Postgres
from tests.migrate.conftest import Shop, make_shop
from tests.migrate.follow.conftest import Follower, following
from tests.migrate.follow.relay import Relay
from tests.migrate.follow.storm import Storm
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

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
def test_a_long_storm_with_many_kills(loaded: Shop, strategy: str) -> None:
    storm(loaded, seconds=60, kills=20)
    loaded.delamp("resync", "--strategy", strategy)
    assert loaded.findings() == []
    assert loaded.target(COUNTERS) == [(0,)]


@pytest.fixture
def breakable(tmp_path: Path) -> Iterator[tuple[Shop, MariaDB, Postgres, Relay]]:
    """A loaded shop on servers of its own, durable ones, and a network that can be cut."""
    with (
        MariaDB(options=["--sync-binlog=1"]) as legacy,
        Postgres() as target,
        Relay(legacy.socket) as relay,
    ):
        addresses = legacy.create_database("shop"), target.create_database("shop")
        made = make_shop(tmp_path / "site", *addresses, MODELS, MAPPINGS, *LEGACY)
        made.delamp("run", "-q")
        legacy.execute("CREATE USER 'far'@'%' IDENTIFIED BY 'x'")
        legacy.execute("GRANT ALL ON *.* TO 'far'@'%'")
        far = f"mysql://far:x@127.0.0.1:{relay.port}/shop"
        made.project.environment["LEGACY_URL"] = far
        yield made, legacy, target, relay


@pytest.mark.slow
# PyMySQL leaves its socket open when the server goes away while it connects.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_servers_are_killed_and_the_network_cut_and_nothing_is_lost(
    breakable: tuple[Shop, MariaDB, Postgres, Relay], kills: int = 50
) -> None:
    shop, legacy, target, relay = breakable
    rng = random.Random(6)
    follower = Follower(shop)
    follower.begin()
    survived = 0
    with Storm(shop.source_url, pause=0.005) as writers:
        for number in range(kills):
            time.sleep(rng.random() * 2)
            match number % 4:
                case 0:
                    follower.process.kill()
                case 1:
                    legacy.kill()
                    time.sleep(rng.random())
                    legacy.start()
                case 2:
                    target.kill()
                    time.sleep(rng.random())
                    target.start()
                case _:
                    relay.cut()
                    time.sleep(rng.random())
                    relay.mend()
            if follower.process.poll() is not None:
                # As systemd would.
                follower.process.communicate()
                follower = Follower(shop)
            else:
                survived += 1
    follower.begin()
    code, said = follower.end()
    assert code == 0, said
    # What passes by itself is waited for: only a follower that is killed, or just starts, ends.
    assert survived > kills / 3, said
    assert writers.statements > 100
    shop.delamp("resync", "--strategy", "binlog")
    assert shop.findings() == []
    assert shop.target(COUNTERS) == [(0,)]
    assert ": 0 changes" in shop.delamp("resync", "--strategy", "checksum")
