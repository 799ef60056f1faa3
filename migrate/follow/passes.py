"""Checksum passes beside the events: a thread finds rows that differ, the follower refreshes them.

Only one thread ever refreshes: two that had read a row at different times could commit in the
wrong order. The finder holds no snapshot, so that it keeps no ALTER TABLE waiting; a row that
changes under its eyes is refreshed once more than need be.

What made a table suspect may not be visible yet, see `migrate.follow.view`: a pass begins once
every transaction that was open is at its end.
"""

from __future__ import annotations

import datetime as dt
import queue
import threading
from collections.abc import Sequence

from mappings.catalogue import SourceTable
from mappings.plan import TablePlan
from migrate.changes import changed_rows, is_in_step, unmatched_rows
from migrate.config import Config
from migrate.follow.view import prepare_session, view_of, wait_for_table
from migrate.refresh import Unmatched, Wanted, address
from migrate.snapshot import drained
from migrate.source import Source

__all__ = ["Finder"]

_AHEAD = 4
"""Batches that are found before they are refreshed."""
_DRAIN_SECONDS = 20.0


class Finder:
    """Looks for rows of one table that differ, in a thread of its own, over its own connections."""

    def __init__(self, config: Config, table: TablePlan, suspect: Sequence[SourceTable]) -> None:
        """`suspect`: the source tables with changes that events have told of, and not named."""
        self.table = table
        self._suspect = suspect
        self.began = dt.datetime.now(dt.UTC)
        self.source: Source | None = None
        """Of a table whose rows no key names: where these can be read as they were compared, until
        the pass is closed. By their content, rows that have changed since are not to be found."""
        self.overtaken = False
        """Whether any row may have changed since, also one that was compared already."""
        self._config = config
        self._found: queue.Queue[Wanted | Unmatched | BaseException | None] = queue.Queue(_AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, name="delamp-compare", daemon=True)
        self._thread.start()

    def next(self, timeout: float) -> Wanted | Unmatched | None:
        """The next rows that differ; None when the pass is done.

        Raises `queue.Empty` when nothing was found for so long, and what the pass raised.
        """
        found = self._found.get(timeout=timeout) if timeout else self._found.get_nowait()
        if isinstance(found, BaseException):
            raise found
        return found

    def close(self) -> None:
        """End the pass where it is."""
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._found.get(timeout=0.05)
            except queue.Empty:
                continue

    def _look(self) -> None:
        try:
            source = Source(self._config.source, block_bytes=self._config.chunk_bytes)
            try:
                prepare_session(source)
                if not drained(source, _DRAIN_SECONDS):
                    for suspect in self._suspect:
                        wait_for_table(source, suspect, self._stopped)
                if self.table.nameless:
                    # Rows that move between two statements would be taken for others.
                    with view_of(source):
                        found = unmatched_rows(self._config, source, self.table)
                        self.source = source
                        self._put(found)
                        self._stopped.wait()
                    return
                if not address(self.table):
                    with view_of(source):
                        same = is_in_step(self._config, source, self.table)
                    self._put(None if same else Unmatched(missing=(), extra=(), whole=False))
                    return
                for wanted in changed_rows(self._config, source, self.table):
                    self._put(wanted)
                    if self._stopped.is_set():
                        return
            finally:
                source.close()
            self._put(None)
        except BaseException as error:
            self._put(error)

    def _put(self, found: Wanted | Unmatched | BaseException | None) -> None:
        while not self._stopped.is_set():
            try:
                self._found.put(found, timeout=0.2)
                return
            except queue.Full:
                continue
