"""`python -m migrate.servers up|down|status|env|stop`: private servers for a demo or a trial.

eval "$(python -m migrate.servers up)"    # starts both, sets LEGACY_URL and DATABASE_URL
python -m migrate.servers down            # stops both and removes their data
python -m migrate.servers stop --dir D    # stops a dump's server, whose data stay in D
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from migrate.servers import detached
from migrate.servers.errors import ServerError
from migrate.servers.kept import stop_kept


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code: 1 for an error, or for `status` when not running."""
    parser = argparse.ArgumentParser(
        prog="python -m migrate.servers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=["up", "down", "status", "env", "stop"])
    parser.add_argument("--dir", type=Path, help="the servers' folder (default: .delamp/demo)")
    parser.add_argument(
        "--database",
        help="created by `up` on both servers unless it exists (default: demo, or the last one)",
    )
    options = parser.parse_args(arguments)
    try:
        return _run(options.command, options.dir, options.database)
    except ServerError as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 1


def _run(command: str, folder: Path | None, database: str | None) -> int:
    if command == "up":
        _print_environment(detached.up(folder, database=database))
        return 0
    if database is not None:
        raise ServerError(f"--database: only `up` takes it, got it with `{command}`")
    if command == "stop":
        if folder is None:
            raise ServerError("stop: no folder, got no --dir (expected a project's .delamp/legacy)")
        print("stopped" if stop_kept(folder) else "nothing to stop")
        return 0
    if command == "down":
        print("stopped" if detached.down(folder) else "nothing to stop")
        return 0
    pair = detached.status(folder)
    if command == "status":
        return _print_status(pair)
    if pair is None or not pair.is_running():
        raise ServerError("private servers: not running", hint="run `python -m migrate.servers up`")
    _print_environment(pair)
    return 0


def _print_environment(pair: detached.Pair) -> None:
    for name, value in pair.environment().items():
        print(f"export {name}={shlex.quote(value)}")


def _print_status(pair: detached.Pair | None) -> int:
    if pair is None:
        print("no private servers")
        return 1
    for server in (pair.mariadb, pair.postgres):
        state = f"running, pid {server.pid}" if server.is_running() else "stopped"
        print(f"{server.name} {server.version}: {state}, {server.url}")
    return 0 if pair.is_running() else 1


if __name__ == "__main__":
    sys.exit(main())
