"""The Python tier: one `php_unserialize` column, on one process and on two."""

from __future__ import annotations

import json
import sys

from benchmarks import legacy
from benchmarks.bench import Bench, Loaded
from benchmarks.process import run_command
from benchmarks.results import Result

__all__ = ["measure"]

_MOST_ROWS = 500_000
_TIER_ROWS = 100_000


def measure(bench: Bench) -> Result:
    """Rows per second of the tier by itself, and of a whole load that it is part of."""
    rows = min(bench.rows, _MOST_ROWS)
    source = bench.source(bench.source_url)
    try:
        legacy.add_meta(source, rows)
    finally:
        source.close()
    tier = _tier(bench, min(rows, _TIER_ROWS))
    loads = {processes: _load(bench, rows, processes) for processes in (1, 2)}
    rates = {n: round(rows / loaded.phases["load"]) for n, loaded in loads.items()}
    peaks = {n: [round(peak) for peak in loaded.ran.peaks_mb] for n, loaded in loads.items()}
    return Result(
        title=f"python: {rows:,} rows × 14 columns, one by php_unserialize",
        figures={
            "python_tier_rows_per_s": tier[1],
            "python_tier_rows_per_s_2_processes": tier[2],
            "python_load_rows_per_s": rates[1],
            "python_load_rows_per_s_2_processes": rates[2],
        },
        details={"peak_mb_per_process": peaks},
        lines=[
            f"{'':12}  {'tier rows/s':>12}  {'load rows/s':>12}  peak MB per process",
            *(
                f"{f'{n} process' + 'es' * (n > 1):12}  {tier[n]:>12,}  {rates[n]:>12,}  {peaks[n]}"
                for n in (1, 2)
            ),
            "the tier alone on one process: at least 60,000, and more with two",
        ],
    )


def _tier(bench: Bench, rows: int) -> dict[int, int]:
    """The best pass over ready blocks, by number of processes."""
    target = bench.fresh_target()
    environment = bench.environment(bench.source_url, target)
    ran = run_command([sys.executable, "-m", "benchmarks.tier", str(rows)], environment)
    bench.drop_target(target)
    found = json.loads(ran.output)
    return {int(n): round(found["rows"] / min(times)) for n, times in found["seconds"].items()}


def _load(bench: Bench, rows: int, processes: int) -> Loaded:
    target = bench.fresh_target()
    loaded = bench.load(target, "IconWithMetaMapping", "--processes", str(processes))
    bench.drop_target(target)
    if loaded.rows != rows:
        raise RuntimeError(f"delamp loaded {loaded.rows} rows (expected {rows})")
    return loaded
