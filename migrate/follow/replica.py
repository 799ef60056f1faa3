"""Whether the source is a replica itself, and can be followed all the same."""

from __future__ import annotations

from migrate.errors import SourceError
from migrate.source import Source, SourceRefused

__all__ = ["replica_note"]


def replica_note(source: Source) -> str:
    """What a person should know of a replica that is followed; nothing of a primary.

    Raises `SourceError` for a replica that writes no binlog of what it applies: its rows would
    change without an event. Who may not ask is told nothing.
    """
    if not _is_replica(source):
        return ""
    for name in ("log_slave_updates", "log_replica_updates"):
        rows = source.rows(f"SHOW GLOBAL VARIABLES LIKE '{name}'")
        if rows and (rows[0][1] or b"").upper() not in (b"ON", b"1"):
            raise SourceError(
                f"source {source.url.redacted}: a replica that keeps what it applies out of its"
                f" binlog, got {name} = OFF (expected ON)",
                hint=f"set {name} = ON and start it again, or follow the primary: events and rows"
                " must be of one server",
            )
    return "the source is a replica: its own lag adds to the follower's"


def _is_replica(source: Source) -> bool:
    for statement in ("SHOW SLAVE STATUS", "SHOW REPLICA STATUS"):
        try:
            return bool(source.rows(statement))
        except SourceRefused:
            # No right to ask (REPLICATION CLIENT), or a server that knows the other word only.
            continue
    return False
