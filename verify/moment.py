"""Both databases as they are at one time: open connections, and what the ledger says then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from mappings.plan import TablePlan
from verify.departures import NONE, Departures
from verify.ports import Pair, SourceConnection, TargetConnection

__all__ = ["Live", "Moment"]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What one look is taken over."""

    pairs: tuple[Pair, ...]
    departures: Mapping[str, Departures] = field(default_factory=dict)
    """By name of the table plan: the rows that differ on purpose."""

    @classmethod
    def of(
        cls,
        sources: Sequence[SourceConnection],
        targets: Sequence[TargetConnection],
        departures: Mapping[str, Departures] | None = None,
    ) -> Moment:
        """Pair the connections. Raises ValueError without one to each side."""
        pairs = tuple(Pair(s, t) for s, t in zip(sources, targets, strict=False))
        if not pairs:
            raise ValueError("verify: no connections, got none (expected one to each side)")
        return cls(pairs=pairs, departures=departures or {})

    def excused(self, table: TablePlan) -> Departures:
        """What the ledger says of a table."""
        return self.departures.get(table.name, NONE)


@dataclass(frozen=True, kw_only=True)
class Live:
    """How a difference is looked at again, on a source that is still written to."""

    settle: Callable[[], None]
    """Waits until what was written before the call has had its time to arrive in the target."""
    moment: Callable[[], AbstractContextManager[Moment]]
    """Opens both databases as they are now: a fresh snapshot, a fresh reading of the ledger."""
