"""Peak memory per process: it must not grow with the table."""

from __future__ import annotations

from benchmarks.bench import Bench
from benchmarks.measures.copy import timed_load
from benchmarks.results import Result

__all__ = ["measure"]

_TIMES = 5
_DAMAGED = 1_000
"""One row in so many differs when verification is looked at a second time."""
_FINDINGS = 6


def measure(bench: Bench) -> Result:
    """The largest process of a load of ROWS rows, and of five times as many (2 and 10 million).

    And of the verification of the latter, on the clean copy and with damage all over it.
    """
    if bench.rows not in bench.peaks:
        timed_load(bench)
    many = bench.rows * _TIMES
    url = bench.legacy_database("legacy_many", many)
    template = bench.migrated("migrated_many", url)
    target = bench.fresh_target(template)
    loaded = bench.load(target, "IconMapping", source_url=url)
    if loaded.rows != many:
        raise RuntimeError(f"delamp loaded {loaded.rows} rows (expected {many})")
    clean_mb, damaged_mb = _verified(bench, target, url)
    bench.drop_target(target)
    bench.servers.mariadb.drop_database("legacy_many")
    few_mb, many_mb = bench.peaks[bench.rows], max(loaded.ran.peaks_mb)
    return Result(
        title="memory: the largest process of a load, and of a verification",
        figures={
            "client_peak_mb_2m": round(few_mb, 1),
            "client_peak_mb_10m": round(many_mb, 1),
            "verify_peak_mb": round(max(clean_mb, damaged_mb), 1),
        },
        details={
            "rows": [bench.rows, many],
            "many_seconds": round(loaded.seconds, 3),
            "verify_peaks_mb": {"clean": round(clean_mb, 1), "damaged": round(damaged_mb, 1)},
        },
        lines=[
            f"{bench.rows:>12,} rows  {few_mb:6.1f} MB",
            f"{many:>12,} rows  {many_mb:6.1f} MB (at most 120, flat),"
            f" {many / loaded.seconds:,.0f} rows/s",
            f"{many:>12,} rows verified  {clean_mb:6.1f} MB, with one row in {_DAMAGED:,} damaged"
            f" {damaged_mb:.1f} MB (at most 120)",
        ],
    )


def _verified(bench: Bench, target: str, url: str) -> tuple[float, float]:
    """Megabytes of the largest process of `delamp verify` at every level: clean, and damaged."""
    clean = bench.delamp(["verify", "IconMapping"], target, url)
    damage = f"UPDATE bench_icon SET downloads = downloads + 1 WHERE id % {_DAMAGED} = 0"
    bench.psql(target, damage)
    damaged = bench.delamp(["verify", "IconMapping"], target, url, fine=(_FINDINGS,))
    return max(clean.peaks_mb), max(damaged.peaks_mb)
