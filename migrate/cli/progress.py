"""Show a run's events: bars on a terminal, plain lines elsewhere, JSON lines for machines.

Every listener may be called from several threads.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import asdict
from typing import TextIO

import click

from migrate.cli.bars import Bars
from migrate.cli.progress_state import RunProgress
from migrate.cli.words import bytes_text, counted, duration, short
from migrate.events import ChunkLoaded, Event, Note, Phase, RunFinished, RunStarted, TableFinished

__all__ = ["JsonLines", "PlainLines", "Silent", "Watcher", "event_json", "watcher"]

PLAIN_SECONDS = 5.0


class Watcher:
    """A listener that is closed at the end, so that nothing of it is left on the screen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        with self._lock:
            self.show(event)

    def show(self, event: Event) -> None:
        """Show one event; called by one thread at a time."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class Silent(Watcher):
    """Warnings only."""

    def show(self, event: Event) -> None:
        if isinstance(event, Note) and event.warning:
            click.echo(note_text(event), err=True)


class JsonLines(Watcher):
    """One JSON object per event and line."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def show(self, event: Event) -> None:
        self._stream.write(event_json(event) + "\n")
        self._stream.flush()


class PlainLines(Watcher):
    """Lines for a log: a table's end at once, progress in between every few seconds."""

    def __init__(self, *, verbose: bool = False, seconds: float = PLAIN_SECONDS) -> None:
        super().__init__()
        self._progress = RunProgress()
        self._verbose = verbose
        self._seconds = seconds
        self._shown = time.monotonic()

    def show(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._progress.start(event)
                click.echo(started_text(event), err=True)
            case ChunkLoaded():
                self._progress.add(event)
                if time.monotonic() - self._shown >= self._seconds:
                    self._shown = time.monotonic()
                    click.echo(self._line(), err=True)
            case TableFinished():
                self._progress.finish(event)
                totals = event.totals
                text = f"{totals.name}: {counted(totals.loaded, 'row')}"
                rejected = f", {totals.rejected:,} rejected" if totals.rejected else ""
                click.echo(f"{text} in {duration(totals.seconds)}{rejected}", err=True)
            case Phase() if self._verbose:
                click.echo(phase_text(event), err=True)
            case Note():
                click.echo(note_text(event), err=True)

    def _line(self) -> str:
        now = self._progress
        left = now.seconds_left
        eta = f", {duration(left)} left" if left is not None else ""
        return (
            f"{now.done:4.0%}  {short(now.rows)} rows, {bytes_text(now.bytes)},"
            f" {short(now.rows / now.loading_seconds)} rows/s{eta}"
        )


class BarLines(Watcher):
    """Bars on a terminal, with notes above them."""

    def __init__(self) -> None:
        super().__init__()
        self._progress = RunProgress()
        self._bars = Bars(self._progress)

    def show(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._progress.start(event)
                self._bars.say(started_text(event))
                self._bars.open()
            case ChunkLoaded():
                self._bars.update(self._progress.add(event))
            case TableFinished():
                self._bars.finish(self._progress.finish(event))
            case Phase():
                self._bars.phase(phase_text(event))
            case Note():
                self._bars.say(note_text(event))
            case RunFinished():
                self._bars.close()

    def close(self) -> None:
        self._bars.close()


def watcher(*, json_lines: bool, quiet: bool, verbose: bool) -> Watcher:
    """The listener that fits the options and the terminal."""
    if json_lines:
        return JsonLines(sys.stdout)
    if quiet:
        return Silent()
    return BarLines() if sys.stderr.isatty() else PlainLines(verbose=verbose)


def event_json(event: Event) -> str:
    """`{"event": "chunk_loaded", …}`: the class in snake case and its fields."""
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(event).__name__)
    return json.dumps({"event": name.lstrip("_")} | asdict(event), ensure_ascii=False)


def started_text(event: RunStarted) -> str:
    verb = "goes on" if event.resumed else "starts"
    tables = counted(len(event.tables), "table")
    return f"run {event.run_id} {verb}: {tables}, snapshot by {event.snapshot}"


def phase_text(event: Phase) -> str:
    return f"{event.name} · {event.table}" if event.table else event.name


def note_text(event: Note) -> str:
    if event.warning:
        return click.style("warning: ", fg="yellow") + event.text
    return event.text
