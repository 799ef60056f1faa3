"""Following itself: events, checksum passes, waiting, and beginning anew after trouble."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from migrate.binlog import (
    BinlogError,
    BinlogLost,
    BinlogNoRight,
    BinlogOff,
    BinlogPosition,
    SchemaChanged,
)
from migrate.config import Config
from migrate.errors import DelampError, RunError
from migrate.follow.comparing import Comparing
from migrate.follow.followed import Followed
from migrate.follow.goal import Goal
from migrate.follow.options import FollowOptions
from migrate.follow.session import Session
from migrate.follow.signs import Signs, State, Tell
from migrate.follow.sweeping import Sweeper, keep_the_heap_whole
from migrate.follow.throttle import reason_to_wait, require_loads
from migrate.follow.trouble import passes_by
from migrate.refresh import touched
from migrate.truing import count_anew

__all__ = ["catch_up", "follow"]

Progress = Callable[[Followed], None]

_HEAL = "use `delamp follow --heal`: it compares every table, and follows from now on"
_POLL_SECONDS = 0.5
_HELD_SECONDS = 2.0
_LONGEST_PAUSE = 30.0


def catch_up(
    config: Config,
    *,
    until: BinlogPosition | None = None,
    stop: threading.Event,
    progress: Progress = lambda followed: None,
    tell: Tell = lambda text: None,
    options: FollowOptions | None = None,
) -> Followed:
    """Return once the target holds everything before a position of the source's binlog.

    `until` None: where the binlog ends when the call begins. Tables of which the binlog does not
    tell are compared by checksums, in a pass that begins after the call; so is every table where
    there is no binlog to follow, or where it was purged. `stop` ends it early, after the batch
    under way. Takes the lock of runs; every batch is one transaction with its position. Raises
    `DelampError`; whatever is committed by then stays.
    """
    options = options or FollowOptions(heal=True, reconnect_seconds=60.0)
    return _Following(config, options, stop, progress, tell, Goal(until)).go()


def follow(
    config: Config,
    options: FollowOptions,
    *,
    stop: threading.Event,
    progress: Progress = lambda followed: None,
    tell: Tell = lambda text: None,
    news: Tell = lambda text: None,
) -> Followed:
    """Keep the target in step until `stop` is set; the batch under way is finished then.

    `tell` hears what a person should know, `news` where it begins, also anew after trouble,
    `progress` what every batch has come to. Troubles that
    pass by themselves are waited for, once following has begun. Raises `DelampError` for all
    others: the ledger then says why.
    """
    keep_the_heap_whole()
    return _Following(config, options, stop, progress, tell, news=news).go()


class _Following:
    def __init__(
        self,
        config: Config,
        options: FollowOptions,
        stop: threading.Event,
        progress: Progress,
        tell: Tell,
        goal: Goal | None = None,
        news: Tell = lambda text: None,
    ) -> None:
        """Without a goal, it is without end."""
        self.config = config
        self.options = options
        self.stop = stop
        self.progress = progress
        self.news = news
        self.goal = goal
        self.result = Followed()
        self.signs = Signs(config, options, tell)
        self.comparing = Comparing(
            config, options, self.result, self.signs, progress, endless=goal is None
        )
        self._sweeper = Sweeper()
        self._strange: frozenset[str] = frozenset()
        self._worked = 0.0
        self._ever = False
        self._held = False
        self._level: float | None = None
        """When what is applied was all that the source had written, by the monotonic clock."""

    def go(self) -> Followed:
        started, failures = time.monotonic(), 0
        self._worked = started
        while not self.stop.is_set():
            worked = self._worked
            try:
                if self._stretch():
                    break
                continue
            except DelampError as error:
                waited = time.monotonic() - self._worked
                patient = waited < self.options.reconnect_seconds
                if not (self._ever and passes_by(error) and patient):
                    if self._ever or not isinstance(error, RunError):
                        # Else another follower may be at work, and have its say.
                        self.signs.last_word(error)
                    raise
                failures = failures + 1 if worked == self._worked else 0
                self.result.retries += 1
                pause = min(0.1 * 2**failures, _LONGEST_PAUSE) * (0.5 + random.random())
                self.signs.tell(f"{error.message}; trying again in {pause:.1f} s")
                self.stop.wait(pause)
        self.result.seconds = time.monotonic() - started
        return self.result

    def _stretch(self) -> bool:
        """Follow over one set of connections, until done, stopped or in trouble.

        Returns whether that was all: not when the plan has to be made anew.
        """
        session = Session(self.config, self.options)
        session.strange = self._strange
        try:
            self._begin(session)
            while not self.stop.is_set() and not self._done(session):
                if self._held_back(session):
                    self.comparing.keep_no_view()
                    self.stop.wait(_HELD_SECONDS)
                    # Nothing was in trouble for that long.
                    self._worked = time.monotonic()
                    continue
                try:
                    busy = self._events(session)
                except SchemaChanged as changed:
                    self._schema_changed(session, changed)
                    return False
                self._compare(session, idle=not busy)
                self._worked, self._ever = time.monotonic(), True
                self._sweeper.sweep()
            self._end(session)
            return True
        finally:
            self.comparing.close()
            session.close()

    def _begin(self, session: Session) -> None:
        for note in session.notes:
            self.signs.tell_once(f"the source's schema changed where no mapping reads it: {note}")
        for note in filter(None, (session.replica, session.filters)):
            self.signs.tell_once(note)
        require_loads(self.options, session.source)
        if session.without_binlog:
            text = "checksum passes instead of the binlog"
            self.signs.tell_once(f"{session.without_binlog}; {text}")
        elif session.needs_heal:
            session.start_over("no run has recorded a position")
            self.signs.tell_once("no run has recorded a position: every table is compared first")
        if not session.without_binlog:
            for plan, why in session.naming.blind.items():
                self.signs.tell_once(f"{plan}: by checksum passes, since {why}")
            if self.goal is not None:
                self.goal.begin(session)
            elif session.position is not None:
                place = session.position
                self.news(f"following the binlog from {place.file}:{place.position}")
        self._ever = True
        self.signs.sign(session.ledger, State.FOLLOWING, "", force=True)

    def _end(self, session: Session) -> None:
        tables = touched(session.plan, self.result.done) if self.options.count_anew else []
        count_anew(session.ledger, session.source, [t for t in tables if t in session.tables])
        self.signs.sign(session.ledger, State.STOPPED, "", force=True)
        self.result.position = session.position

    def _held_back(self, session: Session) -> bool:
        if self.goal is not None:
            return False
        paused = session.saved().paused
        why = reason_to_wait(self.options, session.source, paused=paused)
        if bool(why) != self._held:
            # Once, whatever load it is by now.
            self.signs.tell(f"holding back: {why}" if why else "going on")
            self._held = bool(why)
        if why:
            self.signs.sign(session.ledger, State.PAUSED, why, lag_seconds=self._behind())
        return self._held

    def _behind(self) -> float | None:
        """Seconds behind the source at most, when nobody looks what it has written since."""
        return None if self._level is None else time.monotonic() - self._level

    # -- events

    def _events(self, session: Session) -> bool:
        """Apply the next changes; returns whether there were any."""
        if session.without_binlog:
            return False
        # Where a pass is at work, nobody waits long for events.
        timeout = 0.02 if self.comparing.at_work else _POLL_SECONDS
        try:
            changes = session.next(timeout)
        except (SchemaChanged, BinlogLost):
            raise
        except (BinlogOff, BinlogNoRight) as error:
            session.without_binlog = error.message
            self.signs.tell_once(f"{error.message}; checksum passes instead of the binlog")
            return False
        except BinlogError as error:
            if not self.options.heal:
                error.hint = _HEAL
                raise
            session.forget_stream()
            session.start_over(error.message)
            self.comparing.overtake()
            self.signs.tell_once(f"{error.message}; every table is compared")
            return True
        if changes is None:
            state = State.WAITING if session.trouble else State.FOLLOWING
            if not session.trouble:
                self._level = time.monotonic()
            lag = self._behind() if session.trouble else 0.0
            self.signs.sign(
                session.ledger, state, session.trouble or "", lag_events=0, lag_seconds=lag
            )
            return False
        self.signs.sign(session.ledger, State.FOLLOWING, "", lag_events=changes.events)
        self.result.done.add(session.apply(changes))
        self.comparing.overtake(session.suspects)
        self.result.events += changes.events
        self.result.batches += 1
        self.result.position = changes.position
        if changes.committed_at is not None:
            now = time.time() + session.clock
            self.result.lag_seconds = max(0.0, now - changes.committed_at)
        lag = 0.0 if changes.caught_up else self.result.lag_seconds
        self._level = time.monotonic() - (lag or 0.0)
        self.signs.sign(session.ledger, State.FOLLOWING, "", lag_events=0, lag_seconds=lag)
        self.progress(self.result)
        return changes.events > 0

    def _schema_changed(self, session: Session, changed: SchemaChanged) -> None:
        """Go on behind a statement that touches no mapping. Raises what tells of one that does."""
        for note in session.reconsider():
            self.signs.tell_once(f"the source's schema changed where no mapping reads it: {note}")
        if changed.after != changed.position:
            suspects = {}
            if changed.rows_suspect:
                # Its rows came or went with it, and no event tells which.
                why = "the table was made anew, renamed or a part of it moved"
                suspects = session.naming.plans_of(changed.tables, why)
                suspects = suspects or {table.name: why for table in session.tables}
            session.go_on_from(changed.after, suspects)
            self._strange -= set(changed.tables)
        else:
            # As it is now, it fits. The statement comes later in the binlog, or was kept out of it.
            self._strange |= set(changed.tables)
            self.signs.tell_once(f"{changed.message}; compared as a whole until that is told of")

    # -- passes, and the end

    def _compare(self, session: Session, *, idle: bool) -> None:
        stepped = self.comparing.step(session, wait_seconds=_POLL_SECONDS if idle else 0)
        nothing = not stepped and not self.comparing.at_work
        if nothing and session.without_binlog and self.goal is None:
            self.signs.sign(session.ledger, State.WAITING, "until the next pass")
            self.stop.wait(_POLL_SECONDS)

    def _done(self, session: Session) -> bool:
        if self.goal is None or self.comparing.at_work:
            return False
        if not session.without_binlog and not self.goal.reached(session):
            return False
        return self.comparing.due(session) is None
