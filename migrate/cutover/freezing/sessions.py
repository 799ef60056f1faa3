"""Sessions of others on the source: who is connected, who has written and not committed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from migrate.cutover.freezing.base import Tell
from migrate.cutover.freezing.whose import account_of_session
from migrate.source import Source, SourceRefused

__all__ = ["OpenWriter", "connected_users", "end_open_writers", "end_sessions", "open_writers"]

_LOOK_SECONDS = 0.15
"""InnoDB looks at its transactions anew only when nobody has asked for 0.1 seconds (MySQL manual,
"Persistence and Consistency of InnoDB Transaction and Locking Information")."""
_GONE_SECONDS = 30.0
_NO_SUCH_THREAD = 1094


@dataclass(frozen=True, kw_only=True)
class OpenWriter:
    """A transaction that has written and has not ended."""

    session: int
    user: str


def connected_users(source: Source) -> list[str]:
    """Accounts (`'user'@'host'`) with a session in this database, but for this very session's.

    Where accounts are not ours to see, each is called by the host that it comes from.
    """
    try:
        rows = source.rows("SELECT User, Host FROM mysql.user")
        known = [f"'{_text(user)}'@'{_text(host)}'" for user, host in rows]
    except SourceRefused:
        known = []
    found = []
    for user, place in source.rows(
        "SELECT DISTINCT USER, HOST FROM information_schema.PROCESSLIST"
        " WHERE ID <> CONNECTION_ID() AND DB = DATABASE() AND COMMAND NOT LIKE 'Binlog Dump%'"
    ):
        name, host = _text(user), _text(place)
        account = account_of_session(name, host, known)
        found.append(account or f"'{name}'@'{host.rpartition(':')[0] or host}'")
    return list(dict.fromkeys(found))


def open_writers(source: Source, whose: str = "") -> list[OpenWriter] | None:
    """Transactions of others that have written; None without the right to see them (PROCESS).

    `whose` is a predicate over the process list as `p`; empty: everybody's.
    """
    time.sleep(_LOOK_SECONDS)
    try:
        rows = source.rows(
            "SELECT t.trx_mysql_thread_id, p.USER FROM information_schema.INNODB_TRX t"
            " LEFT JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id"
            " WHERE t.trx_rows_modified > 0 AND t.trx_mysql_thread_id <> CONNECTION_ID()"
            f"{f' AND {whose}' if whose else ''}"
        )
    except SourceRefused:
        return None
    return [
        OpenWriter(session=int(session or 0), user=(user or b"?").decode("utf-8", "replace"))
        for session, user in rows
    ]


def end_open_writers(source: Source, patience_seconds: float, tell: Tell, whose: str = "") -> None:
    """Wait for open writing transactions, then kill them: they hold locks on rows.

    Raises `SourceRefused` without the right to kill.
    """
    until = time.monotonic() + patience_seconds
    while (left := open_writers(source, whose)) and time.monotonic() < until:
        pass
    for writer in left or ():
        tell(f"session {writer.session} of {writer.user} had written and not committed: killed")
    if left:
        end_sessions(source, [writer.session for writer in left])


def end_sessions(source: Source, sessions: Sequence[int]) -> None:
    """Kill sessions, and wait until they are gone: a long transaction takes time to roll back."""
    for session in sessions:
        try:
            source.rows(f"KILL {session}")
        except SourceRefused as error:
            if error.number != _NO_SUCH_THREAD:
                raise
    until = time.monotonic() + _GONE_SECONDS
    ids = ", ".join(map(str, sessions))
    while sessions and time.monotonic() < until:
        if not source.rows(f"SELECT 1 FROM information_schema.PROCESSLIST WHERE ID IN ({ids})"):
            return
        time.sleep(0.02)


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")
