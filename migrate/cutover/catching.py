"""Catch up with the source: by its binlog where it can be followed, else by a checksum pass."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from migrate.binlog import BinlogNoRight, BinlogOff
from migrate.cutover.changed import last_note
from migrate.cutover.context import Context
from migrate.cutover.standstill import Mark
from migrate.errors import RunError
from migrate.follow.followed import Followed
from migrate.follow.following import catch_up as follow_until
from migrate.follow.options import FollowOptions
from migrate.locks import become_the_run
from migrate.resync import Resynced, resync

__all__ = ["Caught", "catch_up", "catch_up_until_close", "keep_followers_out"]

_CATCHING_UP = FollowOptions(heal=True, reconnect_seconds=60.0)
_ROUNDS = 30
_SHORT_SECONDS = 0.5
_SHORTER = 0.7
"""Another pass is worth it where one has taken less than so much of the one before."""
_CLOSING_SECONDS = 3.0
"""For the server to see that the connections of the last catch-up are closed."""


@dataclass(frozen=True, kw_only=True)
class Caught:
    """One pass of catching up."""

    changes: int
    seconds: float
    by: str
    """`binlog`, or `checksum`: then its time grows with the database."""
    passes: int = 0
    """Tables that were compared by checksums, since the binlog does not tell of them."""


def catch_up(context: Context, *, until: Mark | None = None) -> Caught:
    """Bring over everything that was committed at the source until now. Commits as it goes on.

    `until` is where a frozen source stands. Tables whose rows nothing names stay as they are: the
    proof compares them whole.
    """
    started = time.monotonic()
    before = context.compared
    if before is not None and last_note(context.record) != before.last_note:
        # Another process has refreshed rows meanwhile, of parents perhaps.
        before = context.compared = None
    binlog = until.binlog if until is not None else None
    by, passes = "checksum", 0
    done: Followed | Resynced
    try:
        done = follow_until(
            context.config,
            until=binlog,
            stop=context.stop,
            tell=context.tell_once,
            # In the pause, nothing is done that grows with the database.
            options=replace(_CATCHING_UP, count_anew=until is None, known_same=context.untouched),
        )
        by, passes = "binlog" if done.position is not None else by, done.passes
    except (BinlogOff, BinlogNoRight) as error:
        context.tell(f"{error.message}; a checksum pass instead")
        done = resync(context.config, (), stop=context.stop)
    if before is not None:
        context.compared = replace(
            before,
            last_note=last_note(context.record),
            inserted=before.inserted + done.done.inserted,
            deleted=before.deleted + done.done.deleted,
        )
    context.go_on()
    if context.record.recording:
        # Rows that no key names are not noted: their tables are verified whole.
        context.refreshed += done.changes - sum(map(done.done.changes_of, context.stale))
    seconds = time.monotonic() - started
    return Caught(changes=done.changes, seconds=seconds, by=by, passes=passes)


def catch_up_until_close(context: Context) -> Caught:
    """Catch up again and again, until one pass takes no longer than the lag that is allowed.

    Then on as long as that makes it shorter: the last pass, in the pause, takes about as long. A
    checksum pass never becomes short: one is enough. Raises `RunError` when PHP writes faster than
    is caught up.
    """
    most, before = context.options.max_lag_seconds, float("inf")
    for _ in range(_ROUNDS):
        caught = catch_up(context)
        context.tell(
            f"caught up by {caught.by} in {caught.seconds:.1f} s: {caught.changes:,} changes"
        )
        shorter = _SHORT_SECONDS < caught.seconds < before * _SHORTER
        if caught.by == "checksum" or (caught.seconds <= most and not shorter):
            return caught
        before = caught.seconds
    raise RunError(
        f"cutover: the source is written faster than it is caught up, got {caught.seconds:.1f} s"
        f" for the last of {_ROUNDS} passes (expected at most {most:g} s)",
        hint="wait for a quieter hour, or allow more with --max-lag",
    )


def keep_followers_out(context: Context) -> None:
    """Hold the lock of runs from now to the end of the process, the switch included.

    A follower that began now would go on after the switch by what it knew before: it takes that
    lock, and then asks whose the tables are. Raises `RunError` when one has just begun.
    """
    until = time.monotonic() + _CLOSING_SECONDS
    while True:
        try:
            return become_the_run(context.ledger.target)
        except RunError:
            if time.monotonic() > until:
                raise
        time.sleep(0.05)
