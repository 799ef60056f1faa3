"""`delamp follow`: keep the target in step until told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from migrate.cli.exits import Exit
from migrate.cli.interrupt import stop_on_interrupt
from migrate.cli.invocation import Invocation, common_options
from migrate.cli.words import counted, duration
from migrate.config import Config
from migrate.errors import RunError

if TYPE_CHECKING:
    from migrate.follow.followed import Followed

__all__ = ["follow"]

T = TypeVar("T")

_STOPPING = "finishing the batch under way; Ctrl-C once more aborts it"
_SAY_SECONDS = 10.0


@click.command(
    short_help="Keep bringing over what PHP changes.",
    epilog="""\b
Examples:
  delamp follow
  delamp follow --max-load Threads_running=25 --window 22:00-06:00
  delamp follow --heal            after the source has purged its logs
  delamp follow --pause           ask the follower at work to hold back
""",
)
@click.option("--interval", type=click.FloatRange(min=0.1), default=300.0, show_default=True,
              metavar="SECONDS", help="Between two checksum passes of a table.")  # fmt: skip
@click.option("--max-load", metavar="VARIABLE=N", multiple=True,
              help="Wait while a status variable of the source is above N.")  # fmt: skip
@click.option("--window", metavar="HH:MM-HH:MM", multiple=True,
              help="Work at these times of the day only.")  # fmt: skip
@click.option("--kill-switch", type=click.Path(path_type=Path), metavar="FILE",
              help="Wait for as long as the file exists.")  # fmt: skip
@click.option("--metrics", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Keep figures for Prometheus in a file.")  # fmt: skip
@click.option("--heal", is_flag=True,
              help="Compare every table where the binlog cannot be followed any more.")  # fmt: skip
@click.option("--server-id", type=click.IntRange(1, 2**32 - 1), metavar="N",
              help="What the source is to know this reader by; default: random.")  # fmt: skip
@click.option("--pause", is_flag=True, help="Ask the follower at work to pause, and end.")
@click.option("--go-on", is_flag=True, help="Ask it to go on, and end.")
@common_options
@click.pass_obj
def follow(
    invocation: Invocation,
    interval: float,
    max_load: tuple[str, ...],
    window: tuple[str, ...],
    kill_switch: Path | None,
    metrics: Path | None,
    heal: bool,
    server_id: int | None,
    pause: bool,
    go_on: bool,
) -> int:
    """Refresh every row that PHP changes, soon after it did, until told to stop.

    Reads the source's binlog where there is one, and compares by checksums where not. SIGTERM and
    Ctrl-C finish the batch under way; the exit code is 0 then. `delamp status` shows how far it is.
    """
    config = invocation.config()
    if pause or go_on:
        said = _switch(config, paused=pause)
        if not invocation.quiet:
            click.echo(said)
        return Exit.FINE
    from migrate.follow.following import follow as engine
    from migrate.follow.options import FollowOptions
    from migrate.follow.throttle import parse_load, parse_window

    options = FollowOptions(
        interval_seconds=interval,
        max_load=_parsed(parse_load, "--max-load", max_load),
        windows=_parsed(parse_window, "--window", window),
        kill_switch=kill_switch,
        metrics=metrics,
        heal=heal,
        server_id=server_id,
    )
    stop = threading.Event()
    teller = _Teller(quiet=invocation.quiet)
    with stop_on_interrupt(stop, lambda: click.echo(_STOPPING, err=True)):
        result = engine(
            config, options, stop=stop, progress=teller.progress, tell=teller.tell, news=teller.news
        )
    if not invocation.quiet:
        click.echo(_line(result))
    return Exit.FINE


def _parsed(parse: Callable[[str], T], option: str, given: tuple[str, ...]) -> tuple[T, ...]:
    try:
        return tuple(map(parse, given))
    except ValueError as error:
        got = " ".join(given)
        message = f"not understood, got {got!r} (expected {error})"
        raise click.BadParameter(message, param_hint=option) from error


class _Teller:
    """Says from time to time what was done; what a person should know at once."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._said = time.monotonic()

    def tell(self, text: str) -> None:
        click.echo(text, err=True)

    def news(self, text: str) -> None:
        if not self._quiet:
            click.echo(text, err=True)

    def progress(self, followed: Followed) -> None:
        if not self._quiet and time.monotonic() - self._said > _SAY_SECONDS:
            self._said = time.monotonic()
            click.echo(_line(followed), err=True)


def _line(followed: Followed) -> str:
    lag = "" if followed.lag_seconds is None else f", {duration(followed.lag_seconds)} behind"
    passes = f", {counted(followed.passes, 'table')} compared" if followed.passes else ""
    return (
        f"followed {counted(followed.events, 'event')}: {counted(followed.changes, 'change')}"
        f"{passes}{lag}"
    )


def _switch(config: Config, *, paused: bool) -> str:
    from migrate.follow import checkpoint
    from migrate.ledger import Ledger
    from migrate.target import Target

    target = Target(config.database)
    try:
        ledger = Ledger(target)
        ledger.require_tables()
        if not checkpoint.pause(ledger, paused=paused):
            raise RunError("follow: nothing was followed yet", hint="run `delamp follow` first")
        return (
            "asked to pause: no batch begins, nor with a follower that is started later, until"
            " `delamp follow --go-on`"
            if paused
            else "asked to go on: `delamp status` shows whether a follower is at work"
        )
    finally:
        target.close()
