"""Level "rows" over every row: source, Python and Django's ORM, on one core of ours."""

from __future__ import annotations

import json

from benchmarks.bench import Bench
from benchmarks.results import Result

__all__ = ["measure"]

_MOST_ROWS = 200_000


def measure(bench: Bench) -> Result:
    """`delamp verify IconMapping --level rows --all-rows`: rows by the seconds that it tells."""
    rows = min(bench.rows, _MOST_ROWS)
    source_url = bench.source_url
    if rows < bench.rows:
        source_url = bench.legacy_database("legacy_rows", rows)
    name = bench.migrated("migrated_rows", source_url)
    target = bench.fresh_target(name)
    bench.load(target, "IconMapping", source_url=source_url)
    rates, peak = [], 0.0
    for _ in range(bench.pairs):
        args = ["verify", "IconMapping", "--level", "rows", "--all-rows", "--json", "-"]
        ran = bench.delamp(args, target, source_url)
        (told,) = json.loads(ran.output)["tables"]
        rates.append(round(told["chunks"] / told["seconds"]))
        peak = max(peak, *ran.peaks_mb)
    bench.drop_target(target)
    return Result(
        title=f"rows: {rows:,} rows × 13 columns, through the driver, Python and the ORM",
        figures={"rows_level_rows_per_s": max(rates)},
        details={"rates": rates, "peak_mb": round(peak, 1)},
        lines=[
            f"rows per second: {', '.join(f'{rate:,}' for rate in rates)} (at least 20,000)",
            f"peak memory {peak:.0f} MB",
        ],
    )
