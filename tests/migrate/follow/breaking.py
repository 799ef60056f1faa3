"""What can be broken while a client works: the client, both servers, and the network between."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from migrate.servers import MariaDB, Postgres
from tests.migrate.conftest import Shop, make_shop
from tests.migrate.follow.conftest import COMMAND
from tests.migrate.follow.relay import Relay
from tests.migrate.follow.storm import Stalls

KINDS = ("client", "mariadb", "postgresql", "network")
KILLS = {"run": 16, "follow": 36, "binlog": 20, "checksum": 10, "watermark": 10}
"""By test: how often something is killed or cut."""


@dataclass
class Breakable:
    """A shop on servers of its own, durable ones, and a network that can be cut."""

    shop: Shop
    legacy: MariaDB
    target: Postgres
    relay: Relay
    broken: Counter[str] = field(default_factory=Counter)

    def smash(self, kind: str, process: subprocess.Popen[str], rng: random.Random) -> None:
        """Break one of these, and mend it a little later."""
        match kind:
            case "client":
                process.kill()
                process.wait()
            case "mariadb":
                self.legacy.kill()
                time.sleep(rng.random() / 2)
                self.legacy.start()
            case "postgresql":
                self.target.kill()
                time.sleep(rng.random() / 2)
                self.target.start()
            case _:
                self.relay.cut()
                time.sleep(rng.random())
                self.relay.mend()
        self.broken[kind] += 1


@contextmanager
def at_work(shop: Shop, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command of delamp in small chunks, as soon as it has a connection to the target."""
    with said_by(shop).open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *arguments],
            cwd=shop.project.folder,
            env=shop.project.all_variables() | {"DELAMP_CHUNK_BYTES": "65536"},
            stdout=subprocess.DEVNULL,
            stderr=errors,
            text=True,
        )
    connected = "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'delamp'"
    connected += " AND datname = current_database()"
    try:
        while process.poll() is None and shop.target(connected) == [(False,)]:
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


def said_by(shop: Shop) -> Path:
    """Where the last command's errors are."""
    return shop.project.folder / "said.txt"


@contextmanager
def breakable(folder: Path, models: str, mappings: str, *legacy: str) -> Iterator[Breakable]:
    """Make servers and shop. Commands reach the source over the network, tests do not."""
    with (
        MariaDB(options=["--sync-binlog=1", *Stalls.OPTIONS]) as source,
        Postgres() as target,
        Relay(source.socket) as relay,
    ):
        addresses = source.create_database("shop"), target.create_database("shop")
        made = make_shop(folder, *addresses, models, mappings, *legacy)
        source.execute("CREATE USER 'far'@'%' IDENTIFIED BY 'x'")
        source.execute("GRANT ALL ON *.* TO 'far'@'%'")
        far = f"mysql://far:x@127.0.0.1:{relay.port}/shop"
        made.project.environment["LEGACY_URL"] = far
        yield Breakable(made, source, target, relay)
