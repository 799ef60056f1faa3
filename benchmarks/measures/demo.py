"""The tables of the demo: small and large, with every ill that their generator plants."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

from benchmarks.bench import Bench
from benchmarks.process import run_command
from benchmarks.results import Result

__all__ = ["demo_database", "measure"]

_SETTINGS = "iconfinder.settings"
_FEWEST, _MOST = 10_000, 1_050_000


def demo_database(bench: Bench, name: str) -> tuple[int, Bench, str, str]:
    """A legacy database of the example and an empty target for it.

    Returns its rows, the bench with the example's settings, and both addresses.
    """
    rows = max(_FEWEST, min(bench.rows, _MOST))
    url = bench.servers.mariadb.create_database(name)
    target = bench.servers.postgres.create_database(name)
    demo = replace(bench, settings=_SETTINGS, python_path="examples/iconfinder")
    environment = demo.environment(url, target)
    started = time.monotonic()
    generate = [sys.executable, "-m", "examples.iconfinder.generate", "--rows", str(rows)]
    run_command(generate, environment)
    bench.say(f"made the demo's {rows:,} rows in {time.monotonic() - started:.1f} s")
    run_command([sys.executable, "-m", "django", "migrate", "-v0"], environment)
    bench.servers.postgres.execute("CHECKPOINT")
    return rows, demo, url, target


def measure(bench: Bench) -> Result:
    """`delamp run` and `delamp verify` on the example's legacy database."""
    _, demo, url, target = demo_database(bench, "iconfinder")
    loaded = demo.load(target, source_url=url)
    extracted = sum(int(table["extracted"]) for table in loaded.finished["tables"])
    rate = round(extracted / loaded.ran.seconds)
    phases = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in loaded.phases.items())
    return Result(
        title=f"demo: {extracted:,} rows of {len(loaded.finished['tables'])} tables",
        figures={"demo_rows_per_s": rate},
        details={
            "seconds": round(loaded.ran.seconds, 3),
            "phases_seconds": {name: round(s, 3) for name, s in loaded.phases.items()},
            "rejected": sum(int(table["rejected"]) for table in loaded.finished["tables"]),
            "peak_mb_per_process": [round(peak) for peak in loaded.ran.peaks_mb],
        },
        lines=[
            f"delamp run    {loaded.ran.seconds:8.2f} s, {rate:,} rows/s, counters included",
            f"phases: {phases}",
        ],
    )
