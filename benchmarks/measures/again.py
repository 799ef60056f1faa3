"""A second run on a finished database, and one that loads anew."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.results import Result

__all__ = ["measure"]


def measure(bench: Bench) -> Result:
    """The second run must say that there is nothing to do; --restart must load every row again."""
    target = bench.fresh_target()
    first = bench.load(target, "IconMapping")
    second = bench.load(target, "IconMapping")
    restart = bench.load(target, "IconMapping", "--restart", "--yes")
    bench.drop_target(target)
    nothing = bool(second.finished["nothing_to_do"])
    anew = restart.rows == bench.rows and not restart.finished["nothing_to_do"]
    if not nothing or not anew:
        raise RuntimeError(f"nothing to do: {nothing} (expected True); loaded anew: {anew}")
    figures = {
        "second_run_seconds": round(second.ran.seconds, 3),
        "restart_seconds": round(restart.ran.seconds, 3),
    }
    return Result(
        title=f"again: {bench.rows:,} rows",
        figures=figures,
        details={"first_run_seconds": round(first.ran.seconds, 3)},
        lines=[
            f"first run     {first.ran.seconds:8.2f} s",
            f"second run    {second.ran.seconds:8.2f} s, nothing to do",
            f"--restart     {restart.ran.seconds:8.2f} s, {restart.rows:,} rows anew",
        ],
    )
