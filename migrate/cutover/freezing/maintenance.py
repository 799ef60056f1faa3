"""PHP is put into maintenance by whoever runs it; then it is proved that nothing writes."""

from __future__ import annotations

import subprocess
import time

from migrate.cutover.freezing.base import Tell
from migrate.cutover.freezing.sessions import end_open_writers, open_writers
from migrate.cutover.options import Method, Options
from migrate.cutover.recipe import Recipe, server_name
from migrate.errors import RunError, SourceError
from migrate.source import Source

__all__ = ["Maintenance"]

_LOOK_SECONDS = 0.2
_OURS = "p.DB = DATABASE()"
"""Other applications of the server have transactions of their own."""
_QUESTION = "Is PHP in maintenance, with nobody and no cron job writing?"


class Maintenance:
    """No right but SELECT is needed. What keeps PHP from writing is PHP's own switch."""

    name: Method = "maintenance"

    def __init__(self, options: Options) -> None:
        self.options = options

    def why_not(self, source: Source) -> str:
        given = self.options
        if given.maintenance_command and not given.maintenance_undo_command:
            return "--maintenance-command needs --maintenance-undo-command, to give back"
        if given.maintenance_command or given.maintenance_done_file or given.ask:
            return ""
        return "nobody to put PHP into maintenance (--maintenance-command, --maintenance-done-file)"

    def warnings(self, source: Source) -> list[str]:
        return [
            "maintenance refuses no write: cron jobs, queues and consoles of PHP must be off, too"
        ]

    def recipe(self, source: Source) -> Recipe:
        given = self.options
        say = "" if given.maintenance_undo_command else "take PHP out of maintenance now"
        if given.maintenance_done_file and say:
            say += f", and remove {given.maintenance_done_file}"
        return Recipe(
            method=self.name,
            server=server_name(source),
            command=given.maintenance_undo_command,
            say=say,
        )

    def apply(self, source: Source, tell: Tell) -> None:
        given = self.options
        if given.maintenance_command:
            self._run(given.maintenance_command)
            tell("PHP was put into maintenance")
        elif given.maintenance_done_file:
            self._wait_for_file(tell)
        elif given.ask is None or not given.ask(_QUESTION):
            raise RunError("cutover: PHP is not in maintenance, by the answer that was given")
        end_open_writers(source, given.patience_seconds, tell, _OURS)
        if left := open_writers(source, _OURS):
            raise SourceError(
                f"cutover: PHP is in maintenance, and yet a transaction of {left[0].user} is"
                " writing",
                hint="stop cron jobs and queues of PHP, then try again",
            )

    def holds(self, source: Source) -> bool:
        # What is open yet will be committed behind the switch, and the binlog does not show it.
        return not open_writers(source, _OURS)

    def probe(self, source: Source) -> str:
        return ""

    def _run(self, command: str) -> None:
        try:
            done = subprocess.run(
                command,
                shell=True,
                timeout=self.options.maintenance_seconds,
                check=False,
                capture_output=True,
            )
        except subprocess.TimeoutExpired as error:
            raise RunError(
                f"cutover: the maintenance command does not end, got {command!r}"
            ) from error
        if done.returncode:
            raise RunError(
                f"cutover: the maintenance command failed, got exit code {done.returncode} of"
                f" {command!r}"
            )

    def _wait_for_file(self, tell: Tell) -> None:
        file = self.options.maintenance_done_file
        assert file is not None
        tell(f"waiting until {file} says that PHP is in maintenance")
        until = time.monotonic() + self.options.maintenance_seconds
        while not file.exists():
            if time.monotonic() > until:
                raise RunError(f"cutover: PHP is not in maintenance, got no file {str(file)!r}")
            time.sleep(_LOOK_SECONDS)
