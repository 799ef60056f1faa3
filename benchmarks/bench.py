"""What the measures share: private servers, the legacy tables, and databases to load."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks import legacy
from benchmarks.process import ROOT, Ran, run_command
from migrate.servers import PrivateServers
from migrate.source import Source
from migrate.urls import parse_source_url

__all__ = ["Bench", "Loaded", "database_name"]

_DELAMP = (sys.executable, "-c", "from migrate.cli.main import main; main()")
_MIGRATED = "migrated"


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """One `delamp run` in its own process."""

    ran: Ran
    finished: dict[str, Any]
    """The event `run_finished`."""

    @property
    def phases(self) -> dict[str, float]:
        return dict(self.finished["phases"])

    @property
    def rows(self) -> int:
        return sum(int(table["loaded"]) for table in self.finished["tables"])

    @property
    def seconds(self) -> float:
        """The whole command, from its start to its end, less the counters."""
        return self.ran.seconds - self.phases.get("counters", 0.0)


@dataclass
class Bench:
    """One round of measures: the servers, and how much to move."""

    servers: PrivateServers
    rows: int
    pairs: int
    settings: str = "benchmarks.project.settings"
    timings: dict[str, list[float]] = field(default_factory=dict)
    """Wall times by name, shared so that no measure takes one again."""
    peaks: dict[int, float] = field(default_factory=dict)
    """Megabytes of the largest process, by rows loaded."""
    python_path: str = "."
    _numbers: int = 0

    @cached_property
    def folder(self) -> Path:
        """For files of the measures; removed with the servers' own."""
        return Path(tempfile.mkdtemp(prefix="files-", dir=self.servers.postgres.directory))

    @cached_property
    def source_url(self) -> str:
        """The legacy database, filled when first asked for."""
        return self.legacy_database("legacy", self.rows)

    def legacy_database(self, name: str, rows: int) -> str:
        """Make a legacy database with so many rows; returns its address."""
        url = self.servers.mariadb.create_database(name)
        started = time.monotonic()
        source = self.source(url)
        try:
            legacy.create(source, rows)
        finally:
            source.close()
        self.say(f"made {rows:,} legacy rows in {time.monotonic() - started:.1f} s")
        return url

    def source(self, url: str) -> Source:
        return Source(parse_source_url(url))

    @cached_property
    def _template(self) -> str:
        """A migrated database whose parent table is loaded."""
        return self.migrated(_MIGRATED, self.source_url)

    def migrated(self, name: str, source_url: str) -> str:
        """A new database with Django's tables and the authors in it; returns its name."""
        target = self.servers.postgres.create_database(name)
        environment = self.environment(source_url, target)
        run_command([sys.executable, "-m", "django", "migrate", "-v0"], environment)
        self.delamp(["run", "AuthorMapping"], target, source_url)
        return name

    def fresh_target(self, template: str | None = None) -> str:
        """The address of a new copy of the migrated database, all of it on disk."""
        template = template or self._template
        self._numbers += 1
        name = f"target_{self._numbers}"
        self.servers.postgres.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self.servers.postgres.execute("CHECKPOINT")
        return self.servers.postgres.url(name)

    def drop_target(self, url: str) -> None:
        self.servers.postgres.drop_database(database_name(url))

    def load(self, target: str, *args: str, source_url: str | None = None) -> Loaded:
        """`delamp run … --json`, which must finish."""
        ran = self.delamp(["run", "--json", *args], target, source_url)
        events = [json.loads(line) for line in ran.output.splitlines()]
        return Loaded(ran=ran, finished=events[-1])

    def delamp(
        self,
        args: list[str],
        target: str,
        source_url: str | None = None,
        *,
        fine: Collection[int] = (0,),
    ) -> Ran:
        """Any command of delamp in a process of its own; `fine` are its expected exit codes."""
        environment = self.environment(source_url or self.source_url, target)
        return run_command([*_DELAMP, *args], environment, fine=fine)

    def environment(self, source_url: str, target: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DELAMP")}
        return kept | {
            "DJANGO_SETTINGS_MODULE": self.settings,
            "LEGACY_URL": source_url,
            "DATABASE_URL": target,
            "PYTHONPATH": str(ROOT / self.python_path) + os.pathsep + str(ROOT),
        }

    def psql(self, target: str, *statements: str) -> Ran:
        """psql with each statement as a command of its own, in one session."""
        program = self.servers.postgres.binaries.program("psql")
        if program is None:
            raise FileNotFoundError("psql: not found (expected beside postgres, or on PATH)")
        commands = [part for statement in statements for part in ("-c", statement)]
        command = [str(program), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", target, *commands]
        libraries = self.servers.postgres.binaries.environment()
        return run_command(command, {**os.environ, **libraries})

    def note(self, name: str, seconds: float) -> None:
        """Keep one timing."""
        self.timings.setdefault(name, []).append(seconds)

    def note_peaks(self, rows: int, ran: Ran) -> None:
        """Keep the peak memory of a load."""
        self.peaks[rows] = max(self.peaks.get(rows, 0.0), *ran.peaks_mb)

    def say(self, text: str) -> None:
        """Tell what is going on, apart from the results."""
        print(f"  … {text}", file=sys.stderr, flush=True)


def database_name(url: str) -> str:
    """The database of an address."""
    return url.partition("?")[0].rpartition("/")[2]
