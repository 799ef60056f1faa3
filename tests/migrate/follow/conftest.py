"""A shop whose source goes on changing, and a follower in a process of its own."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.migrate.conftest import Shop
from tests.migrate.test_refresh import LEGACY, MAPPINGS, MODELS

COMMAND = "import sys; from migrate.cli.main import main; sys.argv[0] = 'delamp'; main()"


@pytest.fixture
def loaded(shop: Callable[..., Shop]) -> Shop:
    """The shop of the refresh tests, once it was loaded."""
    made = shop(MODELS, MAPPINGS, *LEGACY)
    made.delamp("run", "-q")
    return made


class Follower:
    """`delamp follow` at work."""

    def __init__(self, shop: Shop, *arguments: str) -> None:
        self.shop = shop
        self.started = dt.datetime.now(dt.UTC)
        self.process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "follow", *arguments],
            cwd=shop.project.folder,
            env=shop.project.all_variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def begin(self) -> None:
        """Wait until it is at work: until then, SIGTERM ends it as it ends any process."""
        query = "SELECT count(*) FROM delamp_checkpoint WHERE seen_at > %s AND state = 'following'"
        until = time.monotonic() + 60
        while self.shop.target(query, self.started) != [(1,)]:
            assert self.process.poll() is None and time.monotonic() < until, self.end()
            time.sleep(0.05)

    def wait_for(self, query: str, rows: list[tuple[Any, ...]], seconds: float = 60.0) -> None:
        """Wait until the target answers so."""
        until = time.monotonic() + seconds
        while (got := self.shop.target(query)) != rows:
            if self.process.poll() is not None or time.monotonic() > until:
                code, said = self.end()
                raise AssertionError(f"{query}: {got}, exit {code}, said: {said}")
            time.sleep(0.1)

    def end(self) -> tuple[int, str]:
        """Ask it to stop; its exit code and all that it said."""
        if self.process.poll() is None:
            self.process.terminate()
        said, _ = self.process.communicate(timeout=60)
        return self.process.returncode, said


@contextlib.contextmanager
def following(shop: Shop, *arguments: str) -> Iterator[Follower]:
    """A follower that is ended with the block."""
    follower = Follower(shop, *arguments)
    try:
        yield follower
    finally:
        if follower.process.poll() is None:
            follower.process.kill()
            follower.process.communicate()


def checkpoint(shop: Shop) -> dict[str, Any]:
    """The follower's row in the ledger."""
    rows = shop.target("SELECT to_jsonb(c) FROM delamp_checkpoint c")
    found: Any = rows[0][0]
    return dict(json.loads(found) if isinstance(found, str) else found)
