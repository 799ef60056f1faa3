"""Whose a cutover is: the lock of cutovers goes with the connection to the target.

A process whose connection was lost knows of it only at its next statement, maybe minutes later.
Another may have gone on by then, and opened Django: the source must not be given back under it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from migrate.cutover.record import become_the_cutover, latest
from migrate.cutover.states import State
from migrate.errors import RunError, TargetError
from migrate.ledger import Ledger
from migrate.target import Target, TargetRefused

__all__ = ["Session", "TakenOver", "end_session", "nobody_else", "session_of"]

Session: TypeAlias = tuple[int, str]
"""The server's end of a connection: its number, and since when."""
_ANSWER_SECONDS = 5.0
"""Whoever cannot be asked is not waited for: nobody can write meanwhile."""
_TRIES = 10
_AGAIN_SECONDS = 0.2


class TakenOver(RunError):
    """Another process goes on with the cutover, or has ended it."""


def session_of(target: Target) -> Session:
    """The server's end of a connection."""
    rows = target.rows(
        "SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()"
    )
    number, since = rows[0]
    return int(number), str(since)


def end_session(target: Target, session: Session) -> None:
    """End another session of ours, if it is still there, and with it what it holds."""
    target.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid = %s AND backend_start = %s::timestamptz",
        session,
    )


@contextmanager
def nobody_else(database: Mapping[str, Any], held: Target, session: Session) -> Iterator[None]:
    """Within the block no other process has the cutover. Raises `TakenOver` if one has, or had.

    `held` is the connection that took the lock. Where the target cannot be asked, nothing is
    raised: nor can it be asked by others, as far as can be told.
    """
    answers: queue.Queue[Target | TakenOver | None] = queue.Queue()
    threading.Thread(target=lambda: answers.put(_ask(database, held, session)), daemon=True).start()
    try:
        found = answers.get(timeout=_ANSWER_SECONDS)
    except queue.Empty:
        found = None
    if isinstance(found, TakenOver):
        raise found
    try:
        yield
    finally:
        if found is not None:
            found.close()


def _ask(database: Mapping[str, Any], held: Target, session: Session) -> Target | TakenOver | None:
    """A new connection that has the lock; None where the old one has it, or nothing is known."""
    try:
        held.value("SELECT 1")
        return None
    except TargetRefused:
        return None
    except TargetError:
        pass
    try:
        target = Target(database, name="delamp cutover")
    except TargetError:
        return None
    try:
        _take(target, session)
        found = latest(Ledger(target))
        if found is not None and found.state == State.DONE:
            raise TakenOver("another process has finished the cutover")
    except TakenOver as taken:
        target.close()
        return taken
    except TargetError:
        target.close()
        return None
    return target


def _take(target: Target, session: Session) -> None:
    for _ in range(_TRIES):
        try:
            end_session(target, session)
            return become_the_cutover(target)
        except RunError:
            time.sleep(_AGAIN_SECONDS)
    raise TakenOver("another process goes on with the cutover")
