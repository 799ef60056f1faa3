"""Progress of a draft: a bar for what is going on, or a line for each phase."""

from __future__ import annotations

import sys
import threading
import time

import click
from tqdm import tqdm

__all__ = ["DraftProgress"]

_FORMAT = "{desc} {percentage:3.0f}% ▕{bar:20}▏ {unit}"
_STEPS = 1000
_SECONDS = 0.1
_NAME_WIDTH = 22


class DraftProgress:
    """Told what is going on, how much of it is done and of how much."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._what = ""
        self._drawn = 0.0
        # Neither a thread of tqdm's own nor a semaphore of the system: one bar needs neither.
        tqdm.monitor_interval = 0
        tqdm.set_lock(threading.RLock())
        self._live = sys.stderr.isatty() and not quiet
        self._bar = tqdm(
            total=_STEPS,
            bar_format=_FORMAT,
            leave=False,
            file=sys.stderr,
            dynamic_ncols=True,
            unit="",
            disable=not self._live,
        )

    def __call__(self, what: str, done: int, total: int) -> None:
        if what != self._what:
            self._what, self._drawn = what, 0.0
            if not self._live and not self._quiet:
                click.echo(what, err=True)
        now = time.monotonic()
        if self._live and (now - self._drawn >= _SECONDS or done >= total):
            self._drawn = now
            self._bar.set_description_str(what.ljust(_NAME_WIDTH), refresh=False)
            self._bar.n = int(_STEPS * done / total) if total else _STEPS
            self._bar.refresh()

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        if not self._quiet:
            tqdm.write(text if sys.stderr.isatty() else click.unstyle(text), file=sys.stderr)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
