"""Following itself: events, checksum passes, waiting, and beginning anew after trouble."""

from __future__ import annotations

import datetime as dt
import queue
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
    position_now,
)
from migrate.config import Config
from migrate.errors import DelampError, RunError
from migrate.follow import checkpoint
from migrate.follow.followed import Followed
from migrate.follow.metrics import write_metrics
from migrate.follow.options import FollowOptions
from migrate.follow.passes import Finder
from migrate.follow.session import Session
from migrate.follow.sweeping import Sweeper, keep_the_heap_whole
from migrate.follow.throttle import reason_to_wait, require_loads
from migrate.follow.trouble import passes_by
from migrate.models import Checkpoint
from migrate.refresh import touched
from migrate.truing import count_anew

__all__ = ["catch_up", "follow"]

Tell = Callable[[str], None]
Progress = Callable[[Followed], None]
State = Checkpoint.State

_HEAL = "use `delamp follow --heal`: it compares every table, and follows from now on"
_STALE = "differs, and its rows cannot be refreshed one by one"
_SIGN_SECONDS = 1.0
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
    return _Following(config, options, stop, progress, tell).until(until)


def follow(
    config: Config,
    options: FollowOptions,
    *,
    stop: threading.Event,
    progress: Progress = lambda followed: None,
    tell: Tell = lambda text: None,
) -> Followed:
    """Keep the target in step until `stop` is set; the batch under way is finished then.

    `tell` hears what a person should know, `progress` what every batch has come to. Troubles that
    pass by themselves are waited for, once following has begun. Raises `DelampError` for all
    others: the ledger then says why.
    """
    return _Following(config, options, stop, progress, tell).forever()


class _Following:
    def __init__(
        self,
        config: Config,
        options: FollowOptions,
        stop: threading.Event,
        progress: Progress,
        tell: Tell,
    ) -> None:
        self.config = config
        self.options = options
        self.stop = stop
        self.progress = progress
        self.tell = tell
        self.result = Followed()
        self.began = dt.datetime.now(dt.UTC)
        self._endless = False
        self._until: BinlogPosition | None = None
        self._strange: frozenset[str] = frozenset()
        self._asked = False
        """Whether it was given, and is not our own."""
        self._finder: Finder | None = None
        self._signed = 0.0
        self._worked = 0.0
        self._sweeper = Sweeper()
        self._ever = False
        self._held = False
        self._told = ""

    def until(self, position: BinlogPosition | None) -> Followed:
        self._until, self._asked = position, position is not None
        return self._go()

    def forever(self) -> Followed:
        self._endless = True
        keep_the_heap_whole()
        return self._go()

    def _go(self) -> Followed:
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
                    self._give_up(error)
                    raise
                failures = failures + 1 if worked == self._worked else 0
                self.result.retries += 1
                pause = min(0.1 * 2**failures, _LONGEST_PAUSE) * (0.5 + random.random())
                self.tell(f"{error.message}; trying again in {pause:.1f} s")
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
                    self.stop.wait(_HELD_SECONDS)
                    # Nothing was in trouble for that long.
                    self._worked = time.monotonic()
                    continue
                try:
                    busy = self._events(session)
                except SchemaChanged as changed:
                    self._schema_changed(session, changed)
                    return False
                busy = self._pass(session, idle=not busy) or busy
                self._worked, self._ever = time.monotonic(), True
                self._sweeper.sweep()
            self._end(session)
            return True
        finally:
            if self._finder is not None:
                self._finder.close()
                self._finder = None
            session.close()

    def _begin(self, session: Session) -> None:
        for note in session.notes:
            self._tell_once(f"the source's schema changed where no mapping reads it: {note}")
        for note in filter(None, (session.replica, session.filters)):
            self._tell_once(note)
        require_loads(self.options, session.source)
        if session.without_binlog:
            text = "checksum passes instead of the binlog"
            self._tell_once(f"{session.without_binlog}; {text}")
        elif session.needs_heal:
            session.start_over("no run has recorded a position")
            self._tell_once("no run has recorded a position: every table is compared first")
        if not session.without_binlog:
            for plan, why in session.naming.blind.items():
                self._tell_once(f"{plan}: by checksum passes, since {why}")
            if not self._endless and self._until is None:
                self._until = position_now(session.source)
        self._ever = True
        self._sign(session, State.FOLLOWING, "", force=True)

    def _end(self, session: Session) -> None:
        tables = touched(session.plan, self.result.done) if self.options.count_anew else []
        count_anew(session.ledger, session.source, [t for t in tables if t in session.tables])
        self._sign(session, State.STOPPED, "", force=True)
        self.result.position = session.position

    def _held_back(self, session: Session) -> bool:
        if not self._endless:
            return False
        paused = session.saved().paused
        why = reason_to_wait(self.options, session.source, paused=paused)
        if bool(why) != self._held:
            # Once, whatever load it is by now.
            self.tell(f"holding back: {why}" if why else "going on")
            self._held = bool(why)
        if why:
            self._sign(session, State.PAUSED, why)
        return self._held

    # -- events

    def _events(self, session: Session) -> bool:
        """Apply the next changes; returns whether there were any."""
        if session.without_binlog:
            return False
        # Where a pass is at work, nobody waits long for events.
        timeout = 0.02 if self._finder is not None else _POLL_SECONDS
        try:
            changes = session.next(timeout)
        except (SchemaChanged, BinlogLost):
            raise
        except (BinlogOff, BinlogNoRight) as error:
            session.without_binlog = error.message
            self._tell_once(f"{error.message}; checksum passes instead of the binlog")
            return False
        except BinlogError as error:
            if not self.options.heal:
                error.hint = _HEAL
                raise
            session.forget_stream()
            session.start_over(error.message)
            if self._finder is not None:
                self._finder.overtaken = True
            self._tell_once(f"{error.message}; every table is compared")
            return True
        if changes is None:
            state = State.WAITING if session.trouble else State.FOLLOWING
            self._sign(session, state, session.trouble or "", lag_events=0, lag_seconds=0.0)
            return False
        self._sign(session, State.FOLLOWING, "", lag_events=changes.events)
        self.result.done.add(session.apply(changes))
        if self._finder is not None and self._finder.table.name in session.naming.suspects(changes):
            self._finder.overtaken = True
        self.result.events += changes.events
        self.result.batches += 1
        self.result.position = changes.position
        if changes.committed_at is not None:
            now = time.time() + session.clock
            self.result.lag_seconds = max(0.0, now - changes.committed_at)
        lag = 0.0 if changes.caught_up else self.result.lag_seconds
        self._sign(session, State.FOLLOWING, "", lag_events=0, lag_seconds=lag)
        self.progress(self.result)
        return changes.events > 0

    def _schema_changed(self, session: Session, changed: SchemaChanged) -> None:
        """Go on behind a statement that touches no mapping. Raises what tells of one that does."""
        for note in session.reconsider():
            self._tell_once(f"the source's schema changed where no mapping reads it: {note}")
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
            self._tell_once(f"{changed.message}; compared as a whole until that is told of")

    # -- passes

    def _pass(self, session: Session, *, idle: bool) -> bool:
        """Take a step of the checksum pass under way, or begin the next; returns whether it did."""
        if self._finder is None:
            name = self._due(session)
            if name is None:
                if session.without_binlog and self._endless:
                    self._sign(session, State.WAITING, "until the next pass")
                    self.stop.wait(_POLL_SECONDS)
                return False
            table = next(t for t in session.tables if t.name == name)
            suspect = name in session.saved().suspect and not session.without_binlog
            self._finder = Finder(
                self.config, table, session.naming.tables_of(name) if suspect else ()
            )
        finder = self._finder
        try:
            wanted = finder.next(_POLL_SECONDS if idle else 0)
        except queue.Empty:
            self._sign(session, State.FOLLOWING, f"comparing {finder.table.name}")
            return False
        if wanted is not None and finder.table.refreshable:
            self.result.done.add(session.refresh({finder.table.name: wanted}))
            self.progress(self.result)
            return True
        differs = wanted is not None
        if differs:
            self._stale(finder.table.name)
        elif finder.table.name in self.result.stale and not finder.rows:
            self.result.stale.remove(finder.table.name)
        finder.close()
        self._finder = None
        if finder.overtaken:
            # It is suspect still, and compared once more.
            return True
        why = _STALE if differs else ""
        checkpoint.note_pass(session.ledger, finder.table.name, at=finder.began, suspect=why)
        count_anew(session.ledger, session.source, [finder.table])
        self.result.passes += 1
        return True

    def _stale(self, name: str) -> None:
        if name not in self.result.stale:
            self.result.stale.append(name)
        self._tell_once(f"{name} {_STALE}: `delamp run {name} --restart`")

    def _due(self, session: Session) -> str | None:
        """The table plan to compare next."""
        saved = session.saved()
        names = {table.name for table in session.tables}
        # What differs and cannot be refreshed stays suspect, and is looked at as often as the weak.
        stale = names & set(self.result.stale)
        for name in saved.suspect:
            if name in names - stale:
                return name
        weak = names if session.without_binlog else stale | set(session.naming.blind)
        last = {name: saved.passes.get(name, "") for name in (t.name for t in session.tables)}
        # The one that has waited the longest; among equals the plan's order.
        oldest = min((name for name in last if name in weak), key=last.__getitem__, default=None)
        if oldest is None or (last[oldest] and not self._too_old(last[oldest])):
            return None
        return oldest

    def _too_old(self, text: str) -> bool:
        """Whether a pass that began then has to be made again."""
        began = dt.datetime.fromisoformat(text)
        if not self._endless:
            return began < self.began
        age = dt.datetime.now(dt.UTC) - began
        return age > dt.timedelta(seconds=self.options.interval_seconds)

    # -- the end, and signs of life

    def _done(self, session: Session) -> bool:
        if self._endless or self._finder is not None:
            return False
        if not session.without_binlog and not self._reached(session):
            return False
        return self._due(session) is None

    def _reached(self, session: Session) -> bool:
        # What is stored may stay before a transaction that is prepared, for as long as it is.
        at, until = session.read, self._until
        if at is None or until is None:
            return False
        if at.server != until.server:
            self._other_server(session, at, until)
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
            self._until = position_now(session.source)

    def _sign(
        self, session: Session, state: str, detail: str, *, force: bool = False,
        **lag: float | None,
    ) -> None:  # fmt: skip
        now = time.monotonic()
        if not force and now - self._signed < _SIGN_SECONDS:
            return
        self._signed = now
        checkpoint.note_state(session.ledger, state, detail, **lag)
        if self.options.metrics is not None:
            write_metrics(session.ledger, self.options.metrics)

    def _give_up(self, error: DelampError) -> None:
        """Leave word in the ledger, if there is still a way to."""
        if isinstance(error, RunError) and not self._ever:
            # Another follower may be at work, and have its say.
            return
        try:
            checkpoint.leave_word(self.config, State.FAILED, error.message)
        except DelampError:
            self.tell("the ledger could not be told")

    def _tell_once(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self.tell(text)
