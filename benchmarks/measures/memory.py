"""Peak memory per process: it must not grow with the table."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.measures.copy import timed_load
from benchmarks.results import Result

__all__ = ["measure"]

_TIMES = 5


def measure(bench: Bench) -> Result:
    """The largest process of a load of ROWS rows, and of five times as many (2 and 10 million)."""
    if bench.rows not in bench.peaks:
        timed_load(bench)
    many = bench.rows * _TIMES
    url = bench.legacy_database("legacy_many", many)
    template = bench.migrated("migrated_many", url)
    target = bench.fresh_target(template)
    loaded = bench.load(target, "IconMapping", source_url=url)
    if loaded.rows != many:
        raise RuntimeError(f"delamp loaded {loaded.rows} rows (expected {many})")
    bench.drop_target(target)
    bench.servers.mariadb.drop_database("legacy_many")
    few_mb, many_mb = bench.peaks[bench.rows], max(loaded.ran.peaks_mb)
    return Result(
        title="memory: the largest process of a load",
        figures={"client_peak_mb_2m": round(few_mb, 1), "client_peak_mb_10m": round(many_mb, 1)},
        details={"rows": [bench.rows, many], "many_seconds": round(loaded.seconds, 3)},
        lines=[
            f"{bench.rows:>12,} rows  {few_mb:6.1f} MB",
            f"{many:>12,} rows  {many_mb:6.1f} MB (at most 120, flat),"
            f" {many / loaded.seconds:,.0f} rows/s",
        ],
    )
