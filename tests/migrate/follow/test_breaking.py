"""A storm in which client, servers and network break, during `run` and `follow`: nothing is lost.

Commits wait between binlog and engine meanwhile, as with semi-synchronous replication.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.migrate.follow.breaking import KILLS, KINDS, Breakable, at_work, breakable, said_by
from tests.migrate.follow.conftest import Follower
from tests.migrate.follow.storm import Stalls, Storm
from tests.migrate.follow.test_storm import require_same
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

pytestmark = [
    pytest.mark.slow,
    # PyMySQL leaves its socket open when the server goes away while it connects.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
MORE = (
    "INSERT INTO makers SELECT seq, CONCAT('maker ', seq), 1 FROM seq_1000_to_1999",
    "INSERT INTO icons SELECT seq, CONCAT('icon ', seq), CONCAT('icon-', seq),"
    " 1000 + seq MOD 1000, 1 FROM seq_1000_to_15999",
    "INSERT INTO comments SELECT seq, 1000 + seq MOD 15000, REPEAT('text ', 20)"
    " FROM seq_1000_to_30999",
)
"""So much that a run can be hit in every phase."""


def how(there: Breakable) -> list[str]:
    """A run goes on from where it was; or begins anew, if it was done."""
    last = there.shop.target("SELECT state FROM delamp_run ORDER BY id DESC LIMIT 1")
    return ["--restart", "--yes"] if last == [("finished",)] else []


def test_a_run_is_broken_off_again_and_again_in_a_storm(tmp_path: Path) -> None:
    rng, hit, finished = random.Random(1), 0, 0
    with breakable(tmp_path / "site", MODELS, MAPPINGS, *LEGACY, *MORE) as there:
        address = there.shop.source_url
        with Stalls(address) as stalls, Storm(address, pause=0.005) as writers:
            for number in range(KILLS["run"]):
                with at_work(there.shop, "run", "-q", *how(there)) as process:
                    time.sleep(rng.random() * 1.5)
                    hit += process.poll() is None
                    there.smash(KINDS[number % 4], process, rng)
                    # What is not killed itself ends with an error, or gets over it.
                    finished += process.wait(60) == 0
            with at_work(there.shop, "run", "-q", *how(there)) as process:
                assert process.wait(120) == 0, said_by(there.shop).read_text()
        attempts = there.shop.target("SELECT count(*), sum(attempts) FROM delamp_run")
        print(f"{dict(there.broken)}, {hit} while at work, {finished} runs finished all the same,"
              f" runs and attempts: {attempts}, {stalls.waited} stalls,"
              f" {writers.statements} statements")  # fmt: skip
        assert there.broken.total() == KILLS["run"]
        assert hit > KILLS["run"] / 2
        assert stalls.waited and writers.statements > 100
        there.shop.delamp("resync", "--strategy", "binlog")
        require_same(there.shop)


def test_a_binlog_that_is_begun_anew_under_a_follower_stops_it(tmp_path: Path) -> None:
    with breakable(tmp_path / "site", MODELS, MAPPINGS, *LEGACY) as there:
        there.shop.delamp("run", "-q")
        follower = Follower(there.shop)
        follower.begin()
        there.shop.source("INSERT INTO makers VALUES (2000, 'Before', 1)")
        follower.wait_for("SELECT count(*) FROM shop_maker WHERE id = 2000", [(1,)])
        # The server goes on with the file that the follower has open, in which nothing comes.
        there.shop.source("RESET MASTER", "INSERT INTO makers VALUES (2001, 'After', 1)")
        said, _ = follower.process.communicate(timeout=60)
        assert (follower.process.returncode, "--heal" in said) == (4, True), said
        assert there.shop.target("SELECT count(*) FROM shop_maker WHERE id = 2001") == [(0,)]
        assert "every table is compared" in there.shop.delamp("resync")
        # The run's place in the old binlog is a higher one, and of no use any more.
        there.shop.source("INSERT INTO makers VALUES (2002, 'Healed', 1)")
        assert "every table is compared" not in there.shop.delamp("resync", "--strategy", "binlog")
        # A run that began later has the say again, though the place is a lower one.
        there.shop.source("RESET MASTER")
        there.shop.delamp("run", "--restart", "--yes", "-q")
        there.shop.source("INSERT INTO makers VALUES (2003, 'Loaded', 1)")
        there.shop.delamp("resync", "--strategy", "binlog")
        require_same(there.shop)


def test_servers_are_killed_and_the_network_cut_and_nothing_is_lost(tmp_path: Path) -> None:
    rng = random.Random(6)
    with breakable(tmp_path / "site", MODELS, MAPPINGS, *LEGACY) as there:
        address, survived = there.shop.source_url, 0
        there.shop.delamp("run", "-q")
        follower = Follower(there.shop)
        follower.begin()
        with Stalls(address) as stalls, Storm(address, pause=0.005) as writers:
            for number in range(KILLS["follow"]):
                time.sleep(rng.random() * 2)
                there.smash(KINDS[number % 4], follower.process, rng)
                if follower.process.poll() is not None:
                    # As systemd would.
                    follower.process.communicate()
                    follower = Follower(there.shop)
                else:
                    survived += 1
        follower.begin()
        code, said = follower.end()
        print(f"{dict(there.broken)}, {survived} survived, {stalls.waited} stalls,"
              f" {writers.statements} statements")  # fmt: skip
        assert code == 0, said
        # What passes by itself is waited for: only one that is killed, or just starts, ends.
        assert survived > KILLS["follow"] / 3, said
        assert there.broken.total() == KILLS["follow"]
        assert stalls.waited and writers.statements > 100
        there.shop.delamp("resync", "--strategy", "binlog")
        require_same(there.shop)
