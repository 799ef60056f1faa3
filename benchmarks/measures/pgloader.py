"""pgloader on the same table, as it comes."""

from __future__ import annotations

import os
import re
import shutil
import statistics
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import Bench, database_name
from benchmarks.measures.copy import timed_load
from benchmarks.process import Failed, run_command
from benchmarks.results import Result, spread, timing_lines
from migrate.servers import ServerError
from migrate.servers.packages import unpack_private

__all__ = ["measure"]

# Its defaults, which create the table, its indexes and foreign keys, and reset sequences, but for
# the rows that it holds in memory: with 100,000 of them its heap is exhausted now and then.
_COMMAND = """\
LOAD DATABASE FROM {source} INTO {target}
  WITH prefetch rows = 25000
  INCLUDING ONLY TABLE NAMES MATCHING 'icons', 'authors';
"""


@dataclass(frozen=True)
class _Program:
    path: Path
    libraries: str

    @property
    def environment(self) -> dict[str, str]:
        if not self.libraries:
            return dict(os.environ)
        return {**os.environ, "LD_LIBRARY_PATH": self.libraries}


def measure(bench: Bench) -> Result:
    """Time of pgloader over time of delamp; says so when pgloader cannot be had."""
    try:
        program = _find()
    except ServerError as error:
        return Result(title="pgloader", lines=[f"not measured: {error.args[0]}"])
    if "copy" not in bench.timings:
        for _ in range(bench.pairs):
            timed_load(bench)
    copies = bench.timings["copy"]
    version = run_command([str(program.path), "--version"], program.environment).output
    number = (re.search(r"\d+\.\d+\S*", version) or [version.strip()])[0].strip('"')
    seconds = [_load(bench, program) for _ in range(max(1, bench.pairs - 1))]
    ratio = statistics.median(seconds) / statistics.median(copies)
    return Result(
        title=f"pgloader {number}: {bench.rows:,} rows",
        figures={"pgloader_over_copy": round(ratio, 3)},
        details={"pgloader_seconds": spread(seconds), "pgloader_version": number},
        lines=[
            *timing_lines(bench.rows, {"delamp run": copies, "pgloader": seconds}),
            f"pgloader over delamp: {ratio:.2f} (at least 3)",
        ],
    )


def _find() -> _Program:
    installed = shutil.which("pgloader")
    if installed:
        return _Program(Path(installed), "")
    root = unpack_private("pgloader", ["pgloader"])
    folders = sorted({library.parent for library in root.glob("usr/lib/**/*.so*")})
    return _Program(root / "usr/bin/pgloader", os.pathsep.join(map(str, folders)))


def _load(bench: Bench, program: _Program) -> float:
    """One load into an empty database. pgloader ends with 0 even when rows were refused."""
    bench.servers.postgres.create_database("pgloader")
    script = bench.folder / "icons.load"
    # Over TCP: a path with dots and equals signs is more than its grammar takes.
    source = bench.servers.mariadb.tcp_url(database_name(bench.source_url))
    script.write_text(
        _COMMAND.format(source=source, target=bench.servers.postgres.tcp_url("pgloader"))
    )
    script.chmod(0o600)
    bench.servers.postgres.execute("CHECKPOINT")
    command = [str(program.path), "--root-dir", str(bench.folder / "pgloader"), str(script)]
    ran = run_command(command, program.environment)
    script.unlink()
    # As part of the load, as it is of delamp's.
    analyzed = bench.psql(bench.servers.postgres.url("pgloader"), "ANALYZE")
    # It names a schema by MySQL's database, and puts the tables there.
    table = f'"{database_name(bench.source_url)}".icons'
    try:
        bench.psql(
            bench.servers.postgres.url("pgloader"), _COUNT.format(rows=bench.rows, table=table)
        )
    except Failed as error:
        raise Failed(f"pgloader did not load every row: {ran.output[-800:]}") from error
    bench.servers.postgres.drop_database("pgloader")
    return ran.seconds + analyzed.seconds


_COUNT = "DO $$ BEGIN ASSERT {rows} = (SELECT count(*) FROM {table}), 'rows are missing'; END $$"
