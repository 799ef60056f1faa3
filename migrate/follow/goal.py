"""The position of the source's binlog that a catch-up ends at."""

from __future__ import annotations

from migrate.binlog import BinlogPosition, position_now
from migrate.errors import RunError
from migrate.follow import checkpoint
from migrate.follow.session import Session

__all__ = ["Goal"]


class Goal:
    """A position to reach: one that was asked for, or else where the binlog ends at the start."""

    def __init__(self, position: BinlogPosition | None) -> None:
        self._position = position
        self._asked = position is not None

    def begin(self, session: Session) -> None:
        """Take the end of the binlog by now for the goal, where none was asked for."""
        if self._position is None:
            self._position = position_now(session.source)

    def reached(self, session: Session) -> bool:
        """Whether everything before it is in the target. Raises `RunError` when it never can be."""
        # What is stored may stay before a transaction that is prepared, for as long as it is.
        at, until = session.read, self._position
        if at is None or until is None:
            return False
        if at.server != until.server:
            self._other_server(session, at, until)
            return False
        if checkpoint.comparable(at) > checkpoint.comparable(until) and not session.streaming:
            # Beyond the end, maybe: in a binlog that was begun anew. The server has to be asked.
            return False
        return checkpoint.comparable(at) >= checkpoint.comparable(until)

    def _other_server(self, session: Session, at: BinlogPosition, until: BinlogPosition) -> None:
        """After a failover: places of two servers' binlogs cannot be compared."""
        if session.server not in (at.server, until.server) or (
            session.server == at.server and self._asked
        ):
            raise RunError(
                f"follow: the binlog is of another server than the position to reach, got"
                f" {at.server or 'an unknown server'} (expected {until.server})",
                hint="see which server the source's URL leads to, then run this again",
            )
        if session.server == at.server:
            self._position = position_now(session.source)
