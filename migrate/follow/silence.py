"""Whether a stream is silent because nothing is written, or because it reads a binlog that is gone.

After RESET MASTER a server goes on with the file that a reader has open, and says at each heartbeat
that there is no more: whatever is written to the new file, the reader is not told.
"""

from __future__ import annotations

import time

from migrate.binlog import BinlogStream, place_now
from migrate.source import Source

__all__ = ["Silence"]

_LOOK_SECONDS = 5.0


class Silence:
    """Looks at where the server writes, every few seconds in which a stream has no more."""

    def __init__(self) -> None:
        self.broken()

    def broken(self) -> None:
        """The stream has told something."""
        self._looked = time.monotonic()
        self._elsewhere = False

    def is_deaf(self, stream: BinlogStream, source: Source) -> bool:
        """Whether the server has been writing elsewhere than the stream reads since the last look.

        Once may be an event on its way. Raises `SourceError` when the server does not answer.
        """
        if not stream.at_end or time.monotonic() - self._looked < _LOOK_SECONDS:
            return False
        before = self._elsewhere
        self.broken()
        place = place_now(source)
        self._elsewhere = place is not None and place != (stream.read.file, stream.read.position)
        return before and self._elsewhere
