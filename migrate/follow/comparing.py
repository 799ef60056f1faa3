"""Which table a follower compares next, and the pass under way, a step at a time."""

from __future__ import annotations

import datetime as dt
import queue
from collections.abc import Callable, Collection

from migrate.config import Config
from migrate.follow import checkpoint
from migrate.follow.followed import Followed
from migrate.follow.options import FollowOptions
from migrate.follow.passes import Finder
from migrate.follow.session import Session
from migrate.follow.signs import Signs, State
from migrate.refresh import Refreshed, Unmatched, Wanted
from migrate.truing import count_anew

__all__ = ["Comparing"]

_STALE = "differs, and its rows cannot be refreshed one by one"


class Comparing:
    """Checksum passes beside the events, one table at a time.

    `endless`: a table that the binlog cannot tell of is compared at the interval of the options;
    otherwise once, in a pass that begins after this was made.
    """

    def __init__(
        self,
        config: Config,
        options: FollowOptions,
        result: Followed,
        signs: Signs,
        progress: Callable[[Followed], None],
        *,
        endless: bool,
    ) -> None:
        self._config = config
        self._same = options.known_same
        self._interval = dt.timedelta(seconds=options.interval_seconds) if endless else None
        self._result = result
        self._signs = signs
        self._progress = progress
        self._began = dt.datetime.now(dt.UTC)
        self._finder: Finder | None = None

    @property
    def at_work(self) -> bool:
        """Whether a pass is under way."""
        return self._finder is not None

    def close(self) -> None:
        """End the pass where it is; its table stays due."""
        if self._finder is not None:
            self._finder.close()
            self._finder = None

    def keep_no_view(self) -> None:
        """End a pass that holds a view of the source: nobody knows how old it would grow."""
        if self._finder is not None and self._finder.source is not None:
            self.close()

    def overtake(self, plans: Collection[str] | None = None) -> None:
        """Any row of these table plans (None: of all) may have changed, compared already or not."""
        if self._finder is not None and (plans is None or self._finder.table.name in plans):
            self._finder.overtaken = True

    def step(self, session: Session, *, wait_seconds: float) -> bool:
        """Refresh what the pass has found next, or begin the next pass; returns whether it did."""
        finder = self._finder or self._next(session)
        if finder is None:
            return False
        name = finder.table.name
        try:
            wanted = finder.next(wait_seconds)
        except queue.Empty:
            self._signs.sign(session.ledger, State.FOLLOWING, f"comparing {name}")
            return False
        if isinstance(wanted, Unmatched):
            done = (
                session.refresher.bring_in_step(finder.table, wanted, source=finder.source)
                if wanted
                else Refreshed()
            )
            if done is not None:
                self._result.done.add(done)
                self._progress(self._result)
            self._end(session, finder, differs=done is None)
            return True
        if isinstance(wanted, Wanted):
            self._result.done.add(session.refresh({name: wanted}))
            self._progress(self._result)
            return True
        self._end(session, finder, differs=False)
        return True

    def _next(self, session: Session) -> Finder | None:
        name = self.due(session)
        if name is None:
            return None
        table = next(t for t in session.tables if t.name == name)
        suspect = name in session.saved().suspect and not session.without_binlog
        told_of = session.naming.tables_of(name) if suspect else ()
        self._finder = Finder(self._config, table, told_of)
        return self._finder

    def _end(self, session: Session, finder: Finder, *, differs: bool) -> None:
        name, stale = finder.table.name, self._result.stale
        if differs:
            if name not in stale:
                stale.append(name)
            self._signs.tell_once(f"{name} {_STALE}: `delamp run {name} --restart`")
        elif name in stale:
            stale.remove(name)
        self.close()
        if finder.overtaken:
            # It is suspect still, and compared once more.
            return
        why = _STALE if differs else ""
        checkpoint.note_pass(session.ledger, name, at=finder.began, suspect=why)
        count_anew(session.ledger, session.source, [finder.table])
        self._result.passes += 1

    def due(self, session: Session) -> str | None:
        """The table plan to compare next."""
        saved = session.saved()
        names = {table.name for table in session.tables} - self._same
        # What differs and cannot be refreshed stays suspect, and is looked at as often as the weak.
        stale = names & set(self._result.stale)
        for name in saved.suspect:
            if name in names - stale:
                return name
        weak = names if session.without_binlog else stale | (names & set(session.naming.blind))
        last = {name: saved.passes.get(name, "") for name in (t.name for t in session.tables)}
        # The one that has waited the longest; among equals the plan's order.
        oldest = min((name for name in last if name in weak), key=last.__getitem__, default=None)
        if oldest is None or (last[oldest] and not self._too_old(last[oldest])):
            return None
        return oldest

    def _too_old(self, text: str) -> bool:
        """Whether a pass that began then has to be made again."""
        began = dt.datetime.fromisoformat(text)
        if self._interval is None:
            return began < self._began
        return dt.datetime.now(dt.UTC) - began > self._interval
