"""What a counter costs whoever writes children: by triggers and by signals, against none."""

from __future__ import annotations

import json
import statistics
import sys

from benchmarks.bench import Bench
from benchmarks.process import run_command
from benchmarks.results import Result

__all__ = ["measure"]

_WAYS = ("plain", "trigger", "signals")
_NO_SOURCE = "mysql://nobody@127.0.0.1:1/none"


def measure(bench: Bench) -> Result:
    """Creates, moves and deletes through the ORM, each committed, in pairs on fresh databases."""
    template = bench.servers.postgres.create_database("counted")
    run_command(
        [sys.executable, "-m", "django", "migrate", "-v0"],
        bench.environment(_NO_SOURCE, template),
    )
    taken: dict[str, list[dict[str, float]]] = {way: [] for way in _WAYS}
    for _ in range(bench.pairs):
        for way in _WAYS:
            target = bench.fresh_target("counted")
            command = [sys.executable, "-m", "benchmarks.counting", way]
            ran = run_command(command, bench.environment(_NO_SOURCE, target))
            taken[way].append(json.loads(ran.output))
            bench.drop_target(target)
    kinds = list(taken["plain"][0])
    middle = {
        way: {kind: statistics.median(run[kind] for run in runs) for kind in kinds}
        for way, runs in taken.items()
    }
    single = [kind for kind in kinds if kind != "bulk"]
    sums = {way: sum(middle[way][kind] for kind in single) for way in _WAYS}
    return Result(
        title="counters: writing children through the ORM, one by one and in bulk",
        figures={
            "counter_trigger_over_plain": round(sums["trigger"] / sums["plain"], 3),
            "counter_signals_over_plain": round(sums["signals"] / sums["plain"], 3),
        },
        details={way: {k: round(s * 1e6, 1) for k, s in middle[way].items()} for way in _WAYS},
        lines=[
            f"{kind:8}" + "".join(f"{way:>9} {middle[way][kind] * 1e6:7.0f} µs" for way in _WAYS)
            for kind in kinds
        ],
    )
