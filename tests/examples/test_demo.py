"""`python -m examples.demo`, as `make demo` starts it, on given servers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples.iconfinder.closing import Outcome, closing

ROOT = Path(__file__).resolve().parents[2]


def demo(legacy: str, target: str, rows: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "examples.demo", "--rows", str(rows)],
        cwd=ROOT,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith(("DELAMP", "DJANGO"))},
            "LEGACY_URL": legacy,
            "DATABASE_URL": target,
        },
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_the_demo_runs_again_and_with_other_rows(source_db: str, target_db: str) -> None:
    first = demo(source_db, target_db, 10_000)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "✔ Django holds what PHP held" in first.stdout
    assert "10,000 read" in first.stdout

    again = demo(source_db, target_db, 10_000)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "found, as it was made before" in again.stdout
    assert "Nothing to do" in again.stdout

    other = demo(source_db, target_db, 11_000)
    assert other.returncode == 0, other.stdout + other.stderr
    assert "11,000 read" in other.stdout


def test_a_database_of_somebody_else_is_refused_in_one_line(source_db: str, target_db: str) -> None:
    from tests.fix_servers import connect_mysql

    connection = connect_mysql(source_db)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE users (id int)")
    connection.close()
    refused = demo(source_db, target_db, 10_000)
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: legacy database: table users is not the example's")
    assert len(refused.stderr.splitlines()) == 1


def test_closing_page_takes_the_servers_down_from_the_folder_it_leads_to() -> None:
    outcome = Outcome(
        tables=1,
        extracted=1,
        loaded=1,
        rejected=0,
        skipped=0,
        seconds=1.0,
        codes=(),
        report={"ok": True, "tables": [], "levels": [], "totals": {}, "seconds": 0.0},
        admin="bo1",
    )
    page = closing(outcome, seconds=1.0, private=True, colour=False)
    line = next(line for line in page.splitlines() if "demo-down" in line)
    command = line.strip().split("  ")[0]
    assert page.index("cd examples/iconfinder") < page.index(line)
    done = subprocess.run(
        [*command.split(), "--dry-run"],
        cwd=ROOT / "examples" / "iconfinder",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "down" in done.stdout
