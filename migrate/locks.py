"""Advisory locks in the target: one run at a time, and none before the last one's end is known.

A killed client's connections live on in PostgreSQL until it notices; one of them may still be
committing. Every session that loads holds the second lock shared, and a run takes it exclusively
for a moment before it reads the ledger, so what it reads is final.
"""

from __future__ import annotations

import time

from migrate.errors import RunError
from migrate.target import Target

__all__ = ["become_the_run", "join_the_run", "share_table"]

_SPACE = 0x64656C61  # "dela", so that the locks are told from an application's
_TABLES = 0x64656C62
_RUN, _LOADERS = 1, 2
_PATIENCE_SECONDS = 120.0
_ENDING_SECONDS = 2.0
"""A connection that was closed may hold its locks for a moment longer."""


def become_the_run(target: Target) -> None:
    """Hold the run lock until the connection closes. Raises `RunError` when another holds it."""
    _take(
        target,
        _RUN,
        _ENDING_SECONDS,
        "another delamp run is active",
        "wait for it, or end that process (a follower ends at SIGTERM or Ctrl-C); then run again",
    )
    _take(
        target,
        _LOADERS,
        _PATIENCE_SECONDS,
        "a former run is still ending",
        "wait, or end those sessions with pg_terminate_backend; then run again",
    )
    target.value(f"SELECT pg_advisory_unlock({_SPACE}, {_LOADERS})")


def join_the_run(target: Target) -> None:
    """Hold the loaders' lock, shared with the other loaders, until the connection closes."""
    target.value(f"SELECT pg_advisory_lock_shared({_SPACE}, {_LOADERS})")


def share_table(target: Target, table_id: int, *, alone: bool) -> None:
    """Let the open transaction load a chunk of a table of the ledger, beside others or alone.

    Two chunks whose unique values cross wait for each other, and PostgreSQL ends one of them; tried
    again beside others it may meet the next one. Alone it meets none.
    """
    kind = "" if alone else "_shared"
    target.value(f"SELECT pg_advisory_xact_lock{kind}({_TABLES}, %s)", [table_id & 0x7FFFFFFF])


def _take(target: Target, lock: int, seconds: float, otherwise: str, hint: str) -> None:
    until = time.monotonic() + seconds
    while not target.value(f"SELECT pg_try_advisory_lock({_SPACE}, {lock})"):
        if time.monotonic() > until:
            raise RunError(f"{target.where}: {otherwise} ({_holders(target, lock)})", hint=hint)
        time.sleep(0.05)


def _holders(target: Target, lock: int) -> str:
    pids = target.rows(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
        f" AND classid = {_SPACE} AND objid = {lock} AND pid <> pg_backend_pid()"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return f"backend {', '.join(str(pid) for (pid,) in pids)}" if pids else "it just ended"
