"""What following has come to, for whoever called it and for those who look on."""

from __future__ import annotations

from dataclasses import dataclass, field

from migrate.refresh import Refreshed
from migrate.snapshot import BinlogPosition

__all__ = ["Followed"]


@dataclass
class Followed:
    """What was followed since the call began."""

    done: Refreshed = field(default_factory=Refreshed)
    position: BinlogPosition | None = None
    """Everything before it is in the target; None without a binlog."""
    events: int = 0
    """Row changes that the binlog told of."""
    batches: int = 0
    passes: int = 0
    """Tables that were compared by checksums."""
    stale: list[str] = field(default_factory=list)
    """Table plans that differ, and whose rows cannot be refreshed one by one."""
    lag_seconds: float | None = None
    """Between a commit at the source and at the target, of the last change; by the source's
    clock."""
    seconds: float = 0.0
    retries: int = 0
    """How often a batch was tried again: a deadlock, a lost connection."""

    @property
    def changes(self) -> int:
        """Rows inserted, updated or deleted."""
        return self.done.changes
