"""What is left in PostgreSQL of a process that was killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from tests.migrate.conftest import Shop

AT_WORK = """
import os
from migrate.target import Target
from migrate.urls import parse_target_url

Target(parse_target_url(os.environ["DATABASE_URL"])).rows("SELECT pg_sleep(600)")
"""
RUNNING = (
    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
    " AND datname = current_database()"
)


def test_the_statement_of_a_killed_process_ends_with_it(shop: Callable[..., Shop]) -> None:
    made = shop("", "", "SELECT 1")
    process = subprocess.Popen(
        [sys.executable, "-c", AT_WORK],
        cwd=made.project.folder,
        env=made.project.all_variables(),
    )
    assert becomes(made, 1)
    process.kill()
    process.wait()
    assert becomes(made, 0)


def becomes(made: Shop, number: int) -> bool:
    until = time.monotonic() + 30
    while made.target(RUNNING) != [(number,)]:
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True
