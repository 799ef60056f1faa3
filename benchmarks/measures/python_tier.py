"""The Python tier: one `php_unserialize` column, on one process and on two."""

from __future__ import annotations

from benchmarks import legacy
from benchmarks.bench import Bench, Loaded
from benchmarks.results import Result

__all__ = ["measure"]

_MOST_ROWS = 500_000


def measure(bench: Bench) -> Result:
    """Rows per second of the load phase: reading, converting, COPY and ledger together."""
    rows = min(bench.rows, _MOST_ROWS)
    source = bench.source(bench.source_url)
    try:
        legacy.add_meta(source, rows)
    finally:
        source.close()
    template = bench.fresh_target()
    found: dict[int, Loaded] = {}
    for processes in (1, 2):
        target = bench.fresh_target()
        args = ("IconWithMetaMapping", "--processes", str(processes))
        found[processes] = bench.load(target, *args)
        if found[processes].rows != rows:
            raise RuntimeError(f"loaded {found[processes].rows} rows (expected {rows})")
        bench.drop_target(target)
    bench.drop_target(template)
    rates = {n: round(rows / loaded.phases["load"]) for n, loaded in found.items()}
    peaks = {n: [round(peak) for peak in loaded.ran.peaks_mb] for n, loaded in found.items()}
    return Result(
        title=f"python: {rows:,} rows × 14 columns, one by php_unserialize",
        figures={
            "python_tier_rows_per_s": rates[1],
            "python_tier_rows_per_s_2_processes": rates[2],
        },
        details={
            "load_seconds": {n: round(x.phases["load"], 3) for n, x in found.items()},
            "peak_mb_per_process": peaks,
        },
        lines=[
            f"1 process     {rates[1]:>10,} rows/s (at least 60,000), peak {peaks[1]} MB",
            f"2 processes   {rates[2]:>10,} rows/s (more than with one), peak {peaks[2]} MB",
        ],
    )
