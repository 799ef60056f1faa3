"""One stretch of following: connections, plan and position, made anew after every trouble."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from typing import Any

from mappings.catalogue import Catalogue
from mappings.errors import DeclarationError
from mappings.plan import Plan
from migrate.binlog import (
    BinlogFormatUnusable,
    BinlogNoRight,
    BinlogOff,
    BinlogPosition,
    BinlogStream,
    Changes,
    cascades,
    filter_note,
    require_binlog,
)
from migrate.catalogue_reader import read_catalogue
from migrate.config import Config
from migrate.errors import RunError, SourceError
from migrate.follow import checkpoint
from migrate.follow.naming import make_naming
from migrate.follow.options import FollowOptions
from migrate.follow.replica import replica_note
from migrate.follow.schema import (
    facts_now,
    reordered,
    require_same_schema,
    require_same_tables,
)
from migrate.follow.silence import Silence
from migrate.follow.view import prepare_session, view_of, wait_for_commits
from migrate.ledger import Ledger
from migrate.locks import become_the_run
from migrate.planning import compile_for
from migrate.refresh import Refreshed, Refresher, Wanted
from migrate.refresh.reading import batches
from migrate.snapshot import open_snapshot, server_identity
from migrate.source import Source
from migrate.target import Target

__all__ = ["Session"]


class Session:
    """Connections to both sides, the plan, and what the ledger says of how far it was followed.

    Opening it takes the lock of runs, so that nobody else refreshes. Raises `RunError` while a run
    is unfinished or another process is at work, and what compiling and connecting raise.
    """

    def __init__(self, config: Config, options: FollowOptions) -> None:
        self.config = config
        self.options = options
        self._closing = contextlib.ExitStack()
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close every connection; the locks go with them."""
        self._closing.close()

    def _open(self) -> None:
        config = self.config
        self.target = Target(config.database, name="delamp follow")
        self._closing.callback(self.target.close)
        become_the_run(self.target)
        self.ledger = Ledger(self.target)
        self.ledger.require_tables()
        _require_loaded(self.ledger)
        self.source = self.connect_source()
        saved = checkpoint.read(self.ledger)
        known = saved.facts if saved else {}
        self.plan, catalogue = self._compile(known)
        records = self.ledger.tables()
        self.tables = tuple(t for t in self.plan.tables if t.name in records and not t.djangos)
        facts = facts_now(self.tables, catalogue)
        loaded = [table.name for table in self.tables]
        self.notes = require_same_schema(self.ledger, self.plan, catalogue, known, loaded)
        self.naming = make_naming(self.plan, catalogue, cascades(self.source), loaded)
        self.without_binlog = self._why_no_binlog()
        self.replica = "" if self.without_binlog else replica_note(self.source)
        self.filters = "" if self.without_binlog else filter_note(self.source)
        start = None if self.without_binlog else self._start(saved)
        self.needs_heal = not self.without_binlog and start is None
        moved = reordered(self.tables, catalogue, known)
        checkpoint.suspect(self.ledger, self._given_back(known) | moved)
        checkpoint.begin(self.ledger, start, facts)
        self.position = self.read = start
        self.server = server_identity(self.source)
        self.refresher = Refresher(self.plan, self.ledger, self.source, using=config.target)
        self.clock = self._clock_of_source()
        self.strange: frozenset[str] = frozenset()
        """Source tables that are another now than where the binlog is read."""
        self.suspects: Mapping[str, str] = {}
        """Table plans of which the changes applied last may have touched any row, with reasons."""
        self._stream: BinlogStream | None = None
        self._silence = Silence()

    def _given_back(self, known: Mapping[str, Any]) -> dict[str, str]:
        """Table plans that were Django's when they were followed last, or not in the plan."""
        before = known.get("plans")
        if before is None:
            return {}
        why = "not followed until now"
        return {table.name: why for table in self.tables if table.name not in before}

    def _compile(self, known: Mapping[str, Any]) -> tuple[Plan, Catalogue]:
        try:
            return compile_for(self.config, self.source, self.ledger)
        except DeclarationError as error:
            require_same_tables(read_catalogue(self.source), known, error)
            raise

    def reconsider(self) -> list[str]:
        """What has changed in the source's schema that no mapping reads. Commits at once.

        Raises `SchemaDiffers` for what one does.
        """
        known = self.saved().facts
        plan, catalogue = self._compile(known)
        loaded = [table.name for table in self.tables]
        notes = require_same_schema(self.ledger, plan, catalogue, known, loaded)
        checkpoint.begin(
            self.ledger,
            self.position,
            facts_now([t for t in plan.tables if t.name in loaded], catalogue),
        )
        return notes

    def connect_source(self) -> Source:
        """A further connection to the source, closed with the session."""
        source = Source(self.config.source, block_bytes=self.config.chunk_bytes)
        self._closing.callback(source.close)
        prepare_session(source)
        return source

    def _why_no_binlog(self) -> str:
        try:
            require_binlog(self.source)
        except (BinlogOff, BinlogFormatUnusable, BinlogNoRight) as error:
            return error.message
        return ""

    def _start(self, saved: checkpoint.Saved | None) -> BinlogPosition | None:
        """The later of the stored position and that of the runs: both are safe to go on from.

        Later by time, not by place: the binlog may have been begun anew in between.
        """
        runs = checkpoint.start_of_runs(self.ledger)
        if saved is None or saved.position is None:
            return runs[0] if runs else None
        if runs is not None and runs[1] > saved.updated_at:
            return runs[0]
        return saved.position

    def _clock_of_source(self) -> float:
        """How much later the source's clock is than ours."""
        now = float(self.source.value("SELECT UNIX_TIMESTAMP(NOW(6))") or 0)
        return now - time.time()

    def saved(self) -> checkpoint.Saved:
        """What the ledger says now."""
        found = checkpoint.read(self.ledger)
        if found is None:
            raise RunError("follow: the follower's row in the ledger is gone")
        return found

    def next(self, timeout: float) -> Changes | None:
        """The next changes of the binlog, None when there were none for so long."""
        if self._stream is None:
            assert self.position is not None
            self._stream = BinlogStream(
                self.config.source,
                self.position,
                self.naming.followed,
                server_id=self.options.server_id,
                strange=self.strange,
                reconnect_seconds=20.0,
            )
            self._closing.callback(self._stream.close)
        changes = self._stream.next(timeout, self.options.batch_keys)
        if changes is not None:
            self._silence.broken()
        elif self._silence.is_deaf(self._stream, self.source):
            # To begin again asks the server for the place, and says what became of it.
            self._stream.close()
        return changes

    def forget_stream(self) -> None:
        """Begin to read anew, at the stored position."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    @property
    def streaming(self) -> bool:
        """Whether the server has taken the position, and sends what is behind it."""
        return self._stream is not None and self._stream.connects > 0

    @property
    def trouble(self) -> str | None:
        """Why the binlog's reader is waiting for the server, if it is."""
        return self._stream.trouble if self._stream else None

    def apply(self, changes: Changes) -> Refreshed:
        """Refresh what the changes name, and store their position with the last of the rows."""
        done = Refreshed()
        self._require_same_server(changes)
        wait_for_commits(self.source, self.naming, changes)
        with view_of(self.source):
            wanted = self.naming.wanted(self.source, changes)
        suspects = self.naming.cascading.add(wanted, self.ledger, self.source, changes)
        self.suspects = suspects | self.naming.suspects(changes)
        save = checkpoint.saving(
            changes.position,
            committed_at=changes.committed_at,
            events=changes.events,
            suspects=self.suspects,
        )
        *parts, last = _parts(wanted, self.options.batch_keys)
        for part in parts:
            done.add(self.refresh(part))
        with view_of(self.source):
            done.add(self.refresher.refresh(last, also=save))
        self.position, self.read = changes.position, changes.read
        return done

    def _require_same_server(self, changes: Changes) -> None:
        """Raise what has the connections made anew when the rows would be another server's."""
        there = changes.read.server
        if changes.tables and there not in ("", self.server):
            raise SourceError(
                f"source {self.source.url.redacted}: the binlog is of another server than the"
                f" rows, got {there} (expected {self.server})"
            )

    def refresh(self, wanted: Mapping[str, Wanted]) -> Refreshed:
        """Refresh rows as they are now."""
        with view_of(self.source):
            return self.refresher.refresh(wanted)

    def start_over(self, why: str) -> BinlogPosition:
        """Follow from now on, and have every table compared: what lies between is not known.

        Raises `BinlogNoRight` where the position that belongs to a moment cannot be read.
        """
        snapshot = open_snapshot(lambda: Source(self.config.source), 1)
        snapshot.close()
        if snapshot.binlog is None:
            raise BinlogNoRight(
                f"source {self.source.url.redacted}: the position of its binlog cannot be read",
                hint="see `delamp grants follow`",
            )
        suspects = {table.name: why for table in self.tables}
        save = checkpoint.saving(snapshot.binlog, committed_at=None, events=0, suspects=suspects)
        with self.target.transaction():
            save(self.target)
        self.position = self.read = snapshot.binlog
        return snapshot.binlog

    def go_on_from(self, position: BinlogPosition, suspects: Mapping[str, str]) -> None:
        """Store a position behind something that is no event of rows. Commits at once.

        `suspects` are the table plans of which it may have changed any row, with the reasons.
        """
        save = checkpoint.saving(position, committed_at=None, events=0, suspects=suspects)
        with self.target.transaction():
            save(self.target)
        self.position = self.read = position


def _parts(wanted: Mapping[str, Wanted], size: int) -> list[dict[str, Wanted]]:
    """The rows in parts of about that size, never none: a transaction of millions is cut."""
    if sum(map(len, wanted.values())) <= size:
        return [dict(wanted)]
    parts = []
    for name, rows in wanted.items():
        size_of = max(size // 500, 1)
        found = [*batches(rows.identities)]
        for n in range(0, len(found), size_of):
            identities = {i for batch in found[n : n + size_of] for i in batch}
            parts.append({name: Wanted(identities=identities)})
        if rows.keys:
            parts.append({name: Wanted(keys=rows.keys)})
    return parts


def _require_loaded(ledger: Ledger) -> None:
    unfinished = ledger.unfinished_run()
    if unfinished is not None or not ledger.tables():
        what = f"run {unfinished} is not finished" if unfinished else "nothing was loaded yet"
        raise RunError(f"follow: {what}", hint="run `delamp run` first, to its end")
