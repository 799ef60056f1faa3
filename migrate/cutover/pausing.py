"""The write pause: how long it is, and what ends it when it has become too long."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from django.db import connections

from migrate.config import Config
from migrate.errors import SourceError
from migrate.source import Source, open_sources
from migrate.target import open_targets

__all__ = ["Pause"]

_AGAIN_SECONDS = 0.2
_GRACE_SECONDS = 3.0
"""A server that does not answer ends no statement: the connections are cut then."""


class Pause:
    """Begins with the first write that may be refused.

    Longer than `max_seconds` it sets `stop`, and ends what this process waits for on either side,
    until somebody calls `let_be`: neither a lock of another session nor a network that is gone may
    keep the source frozen.
    """

    def __init__(
        self, config: Config, max_seconds: float, stop: threading.Event, *, before: float
    ) -> None:
        """`before`: seconds that it has lasted by an earlier attempt, which are not counted to
        `max_seconds`."""
        self.too_long = False
        self._config = config
        self._stop = stop
        self._django: Any = connections[config.target]
        self._began = time.monotonic() - before
        self._ended: float | None = None
        self._quiet = threading.Event()
        self._cutting = threading.Lock()
        self._timer = threading.Timer(max_seconds, self._over)
        self._timer.daemon = True
        self._timer.start()

    @property
    def seconds(self) -> float:
        """How long nobody could write, until now or until the end."""
        return (self._ended or time.monotonic()) - self._began

    def end(self) -> None:
        """The site may write again, on whichever side."""
        self.let_be()
        self._ended = self._ended or time.monotonic()

    def let_be(self) -> None:
        """No statement is ended from now on: the source is being given back, or all is done."""
        self._timer.cancel()
        with self._cutting:
            self._quiet.set()

    def _over(self) -> None:
        self.too_long = True
        # Whoever reads and writes for us looks at this between two batches.
        self._stop.set()
        links: list[Any] = [*open_sources(), *open_targets()]
        threading.Thread(target=self._end_statements, daemon=True).start()
        if self._quiet.wait(_GRACE_SECONDS):
            return
        with self._cutting:
            for link in [] if self._quiet.is_set() else links:
                link.cut()

    def _end_statements(self) -> None:
        """Again and again: what has failed may be followed by the next that waits."""
        while not self._quiet.is_set():
            for target in open_targets():
                if not self._quiet.is_set():
                    target.cancel()
            if self._django.connection is not None and not self._quiet.is_set():
                self._django.connection.cancel()
            self._end_queries(open_sources())
            self._quiet.wait(_AGAIN_SECONDS)

    def _end_queries(self, sources: Sequence[Source]) -> None:
        sessions = [str(source.session) for source in sources]
        if not sessions or self._quiet.is_set():
            return
        try:
            source = Source(self._config.source)
            try:
                # Behind a proxy the numbers may be those of others.
                ours = source.rows(
                    "SELECT ID FROM information_schema.PROCESSLIST"
                    f" WHERE ID IN ({', '.join(sessions)}) AND COMMAND = 'Query'"
                    " AND USER = SUBSTRING_INDEX(USER(), '@', 1) AND ID <> CONNECTION_ID()"
                )
                for (number,) in ours:
                    if not self._quiet.is_set():
                        source.rows(f"KILL QUERY {int(number or 0)}")
            finally:
                source.close()
        except SourceError:
            # It ended by itself, or the server cannot be reached: the connections are cut soon.
            return
