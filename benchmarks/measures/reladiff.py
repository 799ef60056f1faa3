"""reladiff on the same two tables, by checksums, against `delamp verify`."""

from __future__ import annotations

import json
import os
import statistics
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.bench import Bench, database_name
from benchmarks.process import Failed, run_command
from benchmarks.results import Result, spread, timing_lines

__all__ = ["measure"]

_TABLE = "bench_icon"
_COLUMNS = (
    *("author_id", "slug", "description", "downloads", "width", "price", "score"),
    *("is_free", "status", "updated"),
)
"""What it finds equal on equal tables: of `title` it takes letters beyond three bytes, of `created`
the zone of a wall clock for differences, and would fetch every row. delamp compares these too."""

# It compares columns of one name, so the legacy table gets the name and the names of the model's.
_VIEW = f"CREATE OR REPLACE VIEW {_TABLE} AS SELECT i.*, user_id AS author_id FROM icons i"
_THREADS = (1, 2)


def measure(bench: Bench) -> Result:
    """Time of reladiff over time of delamp, in turns; says so when reladiff is not installed."""
    program = Path(sys.executable).with_name("reladiff")
    if not program.exists():
        return Result(title="reladiff", lines=["not measured: install delamp[bench]"])
    target = bench.fresh_target()
    bench.load(target, "IconMapping")
    source = bench.source(bench.source_url)
    try:
        source.rows(_VIEW)
    finally:
        source.close()
    checksums: list[float] = []
    theirs: dict[int, list[float]] = {threads: [] for threads in _THREADS}
    for _ in range(bench.pairs):
        bench.servers.postgres.execute("CHECKPOINT")
        args = ["verify", "IconMapping", "--level", "checksums"]
        checksums.append(bench.delamp(args, target).seconds)
        for threads, seconds in theirs.items():
            seconds.append(_compare(bench, program, target, threads))
    bench.drop_target(target)
    best = min(statistics.median(seconds) for seconds in theirs.values())
    ratio = best / statistics.median(checksums)
    named = {f"reladiff, {n} thread{'s' * (n > 1)}": s for n, s in theirs.items()}
    number = version("reladiff")
    return Result(
        title=f"reladiff {number}: {bench.rows:,} rows, {1 + len(_COLUMNS)} columns of 13",
        figures={"reladiff_over_verify": round(ratio, 3)},
        details={
            "reladiff_seconds": {str(n): spread(seconds) for n, seconds in theirs.items()},
            "checksums_seconds": spread(checksums),
            "reladiff_version": number,
        },
        lines=[
            *timing_lines(bench.rows, {"delamp verify, all 13": checksums, **named}),
            f"reladiff, the faster of them, over delamp: {ratio:.2f} (at least 1.0)",
        ],
    )


def _compare(bench: Bench, program: Path, target: str, threads: int) -> float:
    """One comparison. reladiff ends with 0 whatever it finds."""
    # Not as arguments: addresses have passwords in them.
    settings = bench.folder / "reladiff.toml"
    lines = [
        "[run.icons]",
        f"1.database = {json.dumps(_mysql(bench))}",
        f"1.table = {json.dumps(_TABLE)}",
        f"2.database = {json.dumps(bench.servers.postgres.tcp_url(database_name(target)))}",
        f"2.table = {json.dumps(_TABLE)}",
    ]
    settings.write_text("\n".join(lines) + "\n")
    settings.chmod(0o600)
    command = [str(program), "--conf", str(settings), "--run", "icons", "--stats", "--json"]
    command += ["--threads", str(threads), *(f"--columns={name}" for name in _COLUMNS)]
    ran = run_command(command, os.environ)
    settings.unlink()
    said = json.loads(ran.output or "{}")
    if not said or (said["rows_A"], said["unchanged"], said["total"]) != (
        bench.rows,
        bench.rows,
        0,
    ):
        raise Failed(f"reladiff did not find equal tables equal: {ran.output[:400]}")
    return ran.seconds


def _mysql(bench: Bench) -> str:
    return bench.servers.mariadb.tcp_url(database_name(bench.source_url))
