"""Verification by checksums over the full content, against the time of the copy."""

from __future__ import annotations

import statistics

from benchmarks.bench import Bench
from benchmarks.measures.copy import timed_load
from benchmarks.results import Result, spread, timing_lines

__all__ = ["measure"]


def measure(bench: Bench) -> Result:
    """`delamp verify` at the levels counts and checksums, against the loads of this round."""
    if "copy" not in bench.timings:
        for _ in range(bench.pairs):
            timed_load(bench)
    copies = bench.timings["copy"]
    target = bench.fresh_target()
    bench.load(target, "IconMapping")
    seconds, peak = [], 0.0
    for _ in range(bench.pairs):
        bench.servers.postgres.execute("CHECKPOINT")
        args = ["verify", "IconMapping", "--level", "counts", "--level", "checksums"]
        ran = bench.delamp(args, target)
        seconds.append(ran.seconds)
        peak = max(peak, *ran.peaks_mb)
    bench.drop_target(target)
    ratio = statistics.median(seconds) / statistics.median(copies)
    return Result(
        title=f"verify: {bench.rows:,} rows, every column",
        figures={"verify_over_copy": round(ratio, 3)},
        details={"verify_seconds": spread(seconds), "peak_mb": round(peak, 1)},
        lines=[
            *timing_lines(bench.rows, {"delamp run": copies, "delamp verify": seconds}),
            f"verify over copy: {ratio:.2f} (at most 1.0); peak memory {peak:.0f} MB",
        ],
    )
