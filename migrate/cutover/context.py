"""What the steps of a cutover share."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mappings.catalogue import Catalogue
from mappings.plan import Plan
from migrate.binlog import BinlogPosition
from migrate.config import Config
from migrate.cutover.claim import Session
from migrate.cutover.freezing import Freeze
from migrate.cutover.neighbours import only_others_wrote
from migrate.cutover.options import Options
from migrate.cutover.outcome import Listener, Said
from migrate.cutover.pausing import Pause
from migrate.cutover.record import Record
from migrate.cutover.standstill import Mark
from migrate.errors import Interrupted, RunError
from migrate.ledger import Ledger
from migrate.planning import compile_for
from migrate.refresh.trail import NOTED_FOR
from migrate.source import Source

if TYPE_CHECKING:
    from migrate.cutover.untouched import Compared

__all__ = ["Context"]

_COUNTING_SECONDS = 2.0
"""Of counting in the pause, by what it took before the freeze; what takes longer is left out."""
_CLOCKS_DIFFER = dt.timedelta(hours=1)
"""The target's clock, by which changes are noted, and ours; and the time that the pause takes."""


@dataclass
class Context:
    """One attempt at a cutover."""

    config: Config
    options: Options
    ledger: Ledger
    record: Record
    session: Session
    """Of the connection that holds the lock of cutovers."""
    listener: Listener
    stop: threading.Event
    report: dict[str, Any] = field(default_factory=dict)
    freeze: Freeze | None = None
    mark: Mark | None = None
    """Where the frozen source stands."""
    stale: tuple[str, ...] = ()
    """Table plans whose rows cannot be refreshed one by one."""
    comparing_since: BinlogPosition | None = None
    compared: Compared | None = None
    """What was compared whole by this attempt, right before the freeze."""
    untouched: frozenset[str] = frozenset()
    """Table plans that need not be compared whole in the pause."""
    slow_counts: dict[str, float] = field(default_factory=dict)
    """Seconds that counting each table took before the freeze."""
    expected_pause_seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    """What is told once in an attempt, however often it catches up."""
    refreshed: int = 0
    """Rows that this attempt has changed in the target since its full verification began."""
    _compiled: tuple[Plan, Catalogue] | None = None
    pause: Pause | None = None

    def tell(self, text: str) -> None:
        """A line about what is done."""
        self.listener(Said(state=self.record.state, text=text))

    def tell_once(self, text: str) -> None:
        """A line that was not told before."""
        if text not in self.told:
            self.told.add(text)
            self.tell(text)

    def warn(self, text: str) -> None:
        """The same, of something to be known."""
        self.warnings.append(text)
        self.listener(Said(state=self.record.state, text=text, warning=True))

    @property
    def freezes(self) -> bool:
        """Whether the source is really frozen."""
        return not self.options.rehearse or self.options.rehearse_freeze

    @property
    def verified(self) -> bool:
        """Whether all was verified in full of late, and every change since is in the ledger."""
        at = self.record.verified_at
        most = dt.timedelta(hours=self.options.reuse_verification_hours)
        return self.noted and at is not None and dt.datetime.now(dt.UTC) - at < most

    @property
    def noted(self) -> bool:
        """Whether every change since the full verification began is in the ledger."""
        age = dt.datetime.now(dt.UTC) - self.record.started_at
        return self.record.recording and age < NOTED_FOR - _CLOCKS_DIFFER

    def too_slow_to_count(self, names: Iterable[str]) -> set[str]:
        """Those of the table plans that are left when the quickest have taken all the time."""
        slow, seconds = set(), 0.0
        for name in sorted(names, key=lambda n: self.slow_counts.get(n, 0.0)):
            seconds += self.slow_counts.get(name, 0.0)
            if seconds > _COUNTING_SECONDS:
                slow.add(name)
        return slow

    @contextmanager
    def source(self) -> Iterator[Source]:
        """A connection of its own to the source."""
        source = Source(self.config.source, block_bytes=self.config.chunk_bytes)
        try:
            yield source
        finally:
            source.close()

    def compiled(self, source: Source, *, anew: bool = False) -> tuple[Plan, Catalogue]:
        """The plan and the source's catalogue, compiled before the pause where that is possible."""
        if self._compiled is None or anew:
            self._compiled = compile_for(self.config, source, self.ledger)
            self.stale = tuple(
                t.name for t in self._compiled[0].tables if not t.refreshable and not t.djangos
            )
        return self._compiled

    def moved(self, since: Mark, until: Mark) -> bool:
        """Whether PHP's database was written to between two marks that differ."""
        assert self._compiled is not None
        return not only_others_wrote(self.config, self._compiled[1], since, until)

    def go_on(self) -> None:
        """Raise `Interrupted` after a stop, `RunError` when the pause has become too long."""
        self.require_short_pause()
        if self.stop.is_set():
            raise Interrupted(
                f"cutover {self.record.id} stopped",
                hint="run `delamp cutover` again; PHP can write, nothing was switched",
            )

    def require_short_pause(self) -> None:
        """Raise `RunError` when the pause has become too long."""
        if self.pause is not None and self.pause.too_long:
            raise RunError(
                f"cutover: the write pause is longer than {self.options.max_pause_seconds:g} s",
                hint="the source was given back; find out which step took long (`delamp status`),"
                " or allow more with --max-pause",
            )

    def begin_pause(self, since: dt.datetime | None = None) -> None:
        """The first write may be refused from now on, or has been since an earlier attempt.

        The time that is allowed begins now in either case.
        """
        before = dt.datetime.now(dt.UTC) - since if since else dt.timedelta()
        self.pause = Pause(
            self.config,
            self.options.max_pause_seconds,
            self.stop,
            before=before.total_seconds(),
        )

    def end_pause(self) -> None:
        """The site may write again, on whichever side."""
        if self.pause is not None:
            self.pause.end()

    @property
    def pause_seconds(self) -> float | None:
        """How long nobody could write, until now or until the end."""
        return self.pause.seconds if self.pause is not None else None
