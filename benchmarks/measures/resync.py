"""A checksum pass with few changes, against a verification of the same rows."""

from __future__ import annotations

import statistics

from benchmarks.bench import Bench
from benchmarks.results import Result, spread, timing_lines

__all__ = ["measure"]

_CHANGED = 1_000
"""One row in so many."""


def measure(bench: Bench) -> Result:
    """`delamp resync --strategy checksum` with 0.1 % changed, against `delamp verify`, in turns.

    Both read every row of both sides once. The changed rows are spread over the whole table.
    """
    target = bench.fresh_target()
    bench.load(target, "IconMapping")
    passes, verified, peak = [], [], 0.0
    for number in range(bench.pairs):
        source = bench.source(bench.source_url)
        source.rows(
            f"UPDATE icons SET downloads = downloads + 1 WHERE id MOD {_CHANGED} = {number}"
        )
        source.close()
        args = ["resync", "IconMapping", "--strategy", "checksum", "-q"]
        ran = bench.delamp(args, target)
        passes.append(ran.seconds)
        peak = max(peak, *ran.peaks_mb)
        args = ["verify", "IconMapping", "--level", "counts", "--level", "checksums"]
        verified.append(bench.delamp(args, target).seconds)
    bench.drop_target(target)
    ratio = statistics.median(passes) / statistics.median(verified)
    return Result(
        title=f"resync: {bench.rows:,} rows, one in {_CHANGED:,} changed",
        figures={"checksum_pass_over_verify": round(ratio, 3)},
        details={
            "pass_seconds": spread(passes),
            "verify_seconds": spread(verified),
            "peak_mb": round(peak, 1),
        },
        lines=[
            *timing_lines(bench.rows, {"delamp resync": passes, "delamp verify": verified}),
            f"checksum pass over verify: {ratio:.2f} (at most 1.3); peak memory {peak:.0f} MB",
        ],
    )
