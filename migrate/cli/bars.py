"""Progress bars: one for the whole run, one for each table under way. The only user of tqdm."""

from __future__ import annotations

import sys
import threading
from typing import Any

import click
from tqdm import tqdm

from migrate.cli.progress_state import RunProgress, TableProgress
from migrate.cli.words import bytes_text, duration, short

__all__ = ["Bars"]

# Our own text goes by the name of the unit: tqdm puts a comma before a postfix.
_FORMAT = "{desc} {percentage:3.0f}% ▕{bar:20}▏ {unit}"
_NAME_WIDTH = 22
_MOST = 8
"""Tables shown at a time."""
_STEPS = 1000
_SECONDS = 0.1
"""Between two drawings: small chunks come faster than anybody reads."""


class Bars:
    """Draws a `RunProgress` on stderr. Not for two threads at a time."""

    def __init__(self, progress: RunProgress) -> None:
        # A run forks its processes: tqdm's own thread and its semaphore must not exist by then.
        tqdm.monitor_interval = 0
        tqdm.set_lock(threading.RLock())
        self._progress = progress
        self._whole: tqdm[Any] | None = None
        self._tables: dict[str, tqdm[Any]] = {}
        self._drawn: dict[str, float] = {}

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        tqdm.write(text if sys.stderr.isatty() else click.unstyle(text), file=sys.stderr)

    def open(self) -> None:
        self._whole = self._bar("all tables", 0)
        self._draw_whole()

    def update(self, table: TableProgress) -> None:
        """Show a table's progress, and the whole's."""
        bar = self._tables.get(table.name)
        if bar is None and len(self._tables) < _MOST:
            bar = self._tables[table.name] = self._bar(table.name, self._free_line())
        now = self._progress.clock()
        if bar is not None and now - self._drawn.get(table.name, 0.0) >= _SECONDS:
            self._drawn[table.name] = now
            seconds = max(now - table.started, 0.001)
            speed = f"{short(table.rows / seconds)} rows/s" if seconds > 0.5 else ""
            _draw(bar, table.done, f"{short(table.rows)} rows  {speed}")
            self._draw_whole()

    def finish(self, table: TableProgress) -> None:
        """Take a finished table's bar away."""
        bar = self._tables.pop(table.name, None)
        if bar is not None:
            bar.close()
        self._draw_whole()

    def phase(self, text: str) -> None:
        """Name what is going on in place of "all tables"."""
        if self._whole is not None:
            self._whole.set_description_str(_name(text), refresh=False)
            self._draw_whole()

    def close(self) -> None:
        for bar in self._tables.values():
            bar.close()
        self._tables.clear()
        if self._whole is not None:
            self._whole.close()
            self._whole = None

    def _draw_whole(self) -> None:
        if self._whole is None:
            return
        now, left = self._progress, self._progress.seconds_left
        parts = [
            f"{short(now.rows)} rows",
            bytes_text(now.bytes),
            f"{short(now.rows / now.loading_seconds)} rows/s",
            f"{duration(left)} left" if left is not None and now.done < 1 else "",
        ]
        _draw(self._whole, now.done, "  ".join(filter(None, parts)))

    def _free_line(self) -> int:
        """The first line below the whole's bar that no table has."""
        # tqdm keeps a position that it was given as a negative number.
        taken = {abs(bar.pos) for bar in self._tables.values()}
        return next(line for line in range(1, _MOST + 1) if line not in taken)

    def _bar(self, name: str, position: int) -> tqdm[Any]:
        return tqdm(
            total=_STEPS,
            desc=_name(name),
            bar_format=_FORMAT,
            position=position,
            leave=False,
            file=sys.stderr,
            dynamic_ncols=True,
            unit="",
            mininterval=0.1,
        )


def _draw(bar: tqdm[Any], done: float, text: str) -> None:
    bar.unit = text
    bar.n = int(done * _STEPS)
    bar.refresh()


def _name(text: str) -> str:
    if len(text) > _NAME_WIDTH:
        text = text[: _NAME_WIDTH - 1] + "…"
    return text.ljust(_NAME_WIDTH)
