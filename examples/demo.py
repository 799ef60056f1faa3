"""The main job, from nothing: `python -m examples.demo [--rows N]`, then `… down`.

Starts private servers (or uses those of LEGACY_URL and DATABASE_URL), makes the legacy database of
`examples/iconfinder`, then does with the Django project there what a team would do on the day. On a
private PostgreSQL each demo begins with an empty database.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pymysql

from examples.iconfinder.closing import Outcome, closing
from examples.iconfinder.legacy import generate, holds
from migrate.servers import ServerError, detached

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "examples" / "iconfinder"
VERIFIED, FINDINGS = 0, 6


def main(argv: list[str] | None = None) -> int:
    """Run the demo or take it down; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["up", "down"], default="up")
    parser.add_argument("--rows", type=int, default=1_050_000, help="10,000 to 100,000,000")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    try:
        return down() if options.command == "down" else up(options.rows, options.seed)
    except (ServerError, ValueError, pymysql.Error) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; give the same command again", file=sys.stderr)
        return 7


def down() -> int:
    """Stop the demo's private servers and remove their data."""
    stopped = detached.down()
    print("the demo's servers are stopped and their data removed" if stopped else "nothing to stop")
    return 0


def up(rows: int, seed: int) -> int:
    """Everything, step by step. A step that was done before is found done."""
    started = time.monotonic()
    step(1, "Two servers: what PHP leaves, and what Django takes")
    addresses, private = servers()
    environment = {**os.environ, **addresses, "PYTHONPATH": str(ROOT)}

    step(2, f"The legacy database, {rows:,} rows with the ills of its age")
    legacy = environment["LEGACY_URL"]
    anew = not holds(legacy, rows, seed)
    if anew:
        since = time.monotonic()
        generate(legacy, rows, seed)
        print(f"made in {time.monotonic() - since:.1f} s")
    else:
        print("found, as it was made before")

    step(3, "The tables of Django: manage.py migrate")
    if code := manage("migrate", "--verbosity", "0", environment=environment):
        return code
    print("done")

    step(4, "The move: delamp run")
    # The planted rejects grow with the rows; delamp's own limit does not.
    flags = ["--proof", "--max-rejects", str(max(10_000, rows // 100))]
    if anew and was_run(environment):
        # What was loaded before came from another legacy database.
        flags += ["--restart", "--yes"]
    if code := manage("delamp", "run", *flags, environment=environment):
        return code

    step(5, "The proof: delamp verify")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        code = manage("delamp", "verify", "--json", str(report), environment=environment)
        if code not in (VERIFIED, FINDINGS):
            return code
        outcome = Outcome.read(environment, report)
    seconds = time.monotonic() - started
    print(closing(outcome, seconds=seconds, private=private, colour=sys.stdout.isatty()))
    return code


def servers() -> tuple[dict[str, str], bool]:
    """The addresses of both servers, and whether a private one is among them.

    Private ones are started unless LEGACY_URL and DATABASE_URL are both given.
    """
    given = {n: os.environ[n] for n in ("LEGACY_URL", "DATABASE_URL") if os.environ.get(n)}
    if len(given) == 2:
        print("using LEGACY_URL and DATABASE_URL")
        return given, False
    pair = detached.up(database="iconfinder")
    for server in (pair.mariadb, pair.postgres):
        print(f"{server.name} {server.version}, private, pid {server.pid}")
    if "DATABASE_URL" not in given:
        # Whoever looked around has changed it: a login in the admin is enough, and verify says so.
        detached.empty_target(pair)
    return {**pair.environment(), **given}, True


def step(number: int, title: str) -> None:
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    print(f"\n{bold}{number}. {title}{plain}", flush=True)


def manage(*arguments: str, environment: dict[str, str]) -> int:
    """Run the project's manage.py as a person would, and return its exit code."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode


def was_run(environment: dict[str, str]) -> bool:
    """Whether the target's ledger knows of a run."""
    command = [sys.executable, "manage.py", "delamp", "status", "--json"]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)["run"] is not None


if __name__ == "__main__":
    sys.exit(main())
