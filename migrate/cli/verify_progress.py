"""Progress of a verification: one line on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
import threading
import time

from tqdm import tqdm

from migrate.cli.words import short

__all__ = ["VerifyProgress"]

_SECONDS = 0.1


class VerifyProgress:
    """Told of level, table and rows just done; from several threads."""

    def __init__(self, *, quiet: bool) -> None:
        self._lock = threading.Lock()
        self._table = ""
        self._rows = 0
        self._began = self._drawn = time.monotonic()
        # Neither a thread of tqdm's own nor a semaphore of the system: one line needs neither.
        tqdm.monitor_interval = 0
        tqdm.set_lock(threading.RLock())
        self._bar = tqdm(
            bar_format="{desc}",
            leave=False,
            file=sys.stderr,
            disable=quiet or not sys.stderr.isatty(),
        )

    def __call__(self, level: str, table: str, rows: int) -> None:
        with self._lock:
            now = time.monotonic()
            if f"{level} of {table}" != self._table:
                self._table, self._rows, self._began = f"{level} of {table}", 0, now
            self._rows += rows
            if now - self._drawn >= _SECONDS:
                self._drawn = now
                speed = short(self._rows / max(now - self._began, 0.1))
                self._bar.set_description_str(
                    f"{self._table}  {short(self._rows)} rows  {speed} rows/s"
                )

    def close(self) -> None:
        """Take the line away."""
        self._bar.close()
