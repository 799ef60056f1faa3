"""When a follower has to hold back: for the source's load, out of hours, or on request."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate.errors import ConfigError
from migrate.source import Source

if TYPE_CHECKING:
    from migrate.follow.options import FollowOptions

__all__ = ["Load", "Window", "parse_load", "parse_window", "reason_to_wait", "require_loads"]

_LOAD = re.compile(r"^([A-Za-z_]+)=(\d+)$")
_WINDOW = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)$")


@dataclass(frozen=True, kw_only=True)
class Load:
    """A status variable of the source, and the most that it may say."""

    variable: str
    most: int


@dataclass(frozen=True, kw_only=True)
class Window:
    """From one time of the day, in Django's TIME_ZONE, to another, maybe past midnight."""

    start: dt.time
    end: dt.time

    def holds(self, now: dt.time) -> bool:
        """Whether the time lies in it; its end does not."""
        if self.start <= self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


def parse_load(text: str) -> Load:
    """`Threads_running=25`. Raises ValueError."""
    found = _LOAD.match(text)
    if not found:
        raise ValueError("VARIABLE=NUMBER, such as Threads_running=25")
    return Load(variable=found[1], most=int(found[2]))


def parse_window(text: str) -> Window:
    """`22:00-06:00`. Raises ValueError."""
    found = _WINDOW.match(text)
    if not found:
        raise ValueError("HH:MM-HH:MM, such as 22:00-06:00")
    hour, minute, last_hour, last_minute = (int(part) for part in found.groups())
    window = Window(start=dt.time(hour, minute), end=dt.time(last_hour, last_minute))
    if window.start == window.end:
        raise ValueError("two different times, such as 22:00-06:00")
    return window


def require_loads(options: FollowOptions, source: Source) -> None:
    """Raise `ConfigError` for a status variable that the source does not have as a number."""
    for load in options.max_load:
        if _value(source, load.variable) is None:
            raise ConfigError(
                f"--max-load: got {load.variable} (expected a status variable of the source that"
                " is a number)",
                hint="see SHOW GLOBAL STATUS",
            )


def reason_to_wait(options: FollowOptions, source: Source, *, paused: bool) -> str:
    """Why nothing may be done now, or nothing."""
    if paused:
        return "paused by `delamp follow --pause`"
    if options.kill_switch is not None and options.kill_switch.exists():
        return f"paused by the file {options.kill_switch}"
    # Django has set its TIME_ZONE as that of the process.
    now = dt.datetime.now().astimezone()
    if options.windows and not any(window.holds(now.time()) for window in options.windows):
        return f"out of hours: it is {now:%H:%M %Z}"
    for load in options.max_load:
        got = _value(source, load.variable)
        if got is not None and got > load.most:
            return f"load of the source: {load.variable} is {got:g} (at most {load.most})"
    return ""


def _value(source: Source, variable: str) -> float | None:
    """Of a status variable; None for one that is none, or no number."""
    rows = source.rows(f"SHOW GLOBAL STATUS WHERE Variable_name = '{variable}'")
    try:
        return float(rows[0][1] or b"") if rows else None
    except ValueError:
        return None
