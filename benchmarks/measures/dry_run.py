"""The dry run against the copy: rules on every row, and what the client takes for it."""

from __future__ import annotations

import json
import statistics

from benchmarks.bench import Bench
from benchmarks.measures.copy import timed_load
from benchmarks.results import Result, spread, timing_lines

__all__ = ["measure"]


def measure(bench: Bench) -> Result:
    """A whole `delamp dry-run` of the big table, uniqueness and references apart.

    The ratio is of the command less these phases, which are printed beside it.
    """
    target = bench.fresh_target()
    whole, rules, together, peaks = [], [], [], []
    for _ in range(bench.pairs):
        args = ["dry-run", "IconMapping", "--json", "-", "--fail-on", "never"]
        ran = bench.delamp(args, target)
        report = json.loads(ran.output)
        if report["totals"]["read"] != bench.rows:
            raise RuntimeError(f"read {report['totals']['read']} rows (expected {bench.rows})")
        phases = report["seconds"]
        apart = phases["uniqueness"] + phases["references"]
        whole.append(ran.seconds)
        rules.append(ran.seconds - apart)
        together.append(apart)
        peaks.append(max(ran.peaks_mb))
        if len(bench.timings.get("copy", [])) < bench.pairs:
            # In turns: whatever else the machine does, both have it.
            timed_load(bench)
    bench.drop_target(target)
    copy = bench.timings["copy"]
    ratio = statistics.median(rules) / statistics.median(copy)
    timings = {
        "row rules": rules,
        "uniqueness and references": together,
        "whole command": whole,
        "copy": copy,
    }
    return Result(
        title=f"dry-run: {bench.rows:,} rows, {ratio:.2f} of the copy (row rules)",
        figures={
            "dry_run_over_copy": round(ratio, 3),
            "dry_run_whole_over_copy": round(statistics.median(whole) / statistics.median(copy), 3),
            "dry_run_peak_mb": round(max(peaks), 1),
        },
        details={name: spread(seconds) for name, seconds in timings.items()},
        lines=[*timing_lines(bench.rows, timings), f"peak memory  {max(peaks):.0f} MB"],
    )
