"""A follower: events per second, its lag under steady writes, and its memory over time."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2

from benchmarks.bench import Bench
from benchmarks.process import ROOT
from benchmarks.results import Result
from migrate.source import Source

__all__ = ["measure"]

_EVENTS = 50_000
_PER_TRANSACTION = 100
_WRITES_PER_S = 200
_SECONDS = 420.0
_WARM_SECONDS = 120.0
_FOLLOW = (sys.executable, "-c", "from migrate.cli.main import main; main()", "follow", "-q")


def measure(bench: Bench) -> Result:
    """Row events that are waiting, applied; then 200 writes a second, each by itself, for minutes.

    The lag is taken with a row of its own: from its commit at the source until PostgreSQL shows it.
    The memory is the slope of the resident set once the follower is warm, scaled to an hour.
    """
    target = bench.fresh_target()
    bench.load(target, "IconMapping")
    count = min(_EVENTS, bench.rows)
    seconds = _apply_waiting(bench, target, count)
    lags, memory = _keep_up(bench, target)
    bench.drop_target(target)
    slope, error = _slope_per_hour(memory)
    first, last = memory[0], memory[-1]
    lag = max(lags)
    return Result(
        title=f"follow: {count:,} waiting events, then {_WRITES_PER_S} writes/s",
        figures={
            "follow_events_per_s": round(count / seconds),
            "follow_lag_s_at_200_writes": round(lag, 2),
            "follow_mb_per_hour": round(slope, 1),
        },
        details={
            "apply_seconds": round(seconds, 3),
            "lag_median_s": round(statistics.median(lags), 3),
            "memory_mb": [round(mb, 2) for _, mb in memory],
            "memory_mb_per_hour_error": round(error, 1),
        },
        lines=[
            f"{count:,} updates of rows in {seconds:.1f} s: {count / seconds:,.0f} events/s",
            f"lag at {_WRITES_PER_S} writes/s: {statistics.median(lags):.2f} s,"
            f" {lag:.2f} s at most (of {len(lags)} looks)",
            f"memory {first[1]:.2f} MB after {first[0]:.0f} s and {last[1]:.2f} MB after"
            f" {last[0]:.0f} s: {slope:+.1f} MB per hour (± {error:.1f}, of {len(memory)} looks)",
        ],
    )


def _apply_waiting(bench: Bench, target: str, count: int) -> float:
    bench.delamp(["resync", "--strategy", "binlog"], target)
    source = bench.source(bench.source_url)
    try:
        for first in range(1, count + 1, _PER_TRANSACTION):
            source.rows(
                "UPDATE icons SET downloads = downloads + 1"
                f" WHERE id BETWEEN {first} AND {min(first + _PER_TRANSACTION - 1, count)}"
            )
    finally:
        source.close()
    before = bench.delamp(["status"], target).seconds
    # Less the start of Python and Django, which a follower does once.
    return bench.delamp(["resync", "--strategy", "binlog"], target).seconds - before


def _keep_up(bench: Bench, target: str) -> tuple[list[float], list[tuple[float, float]]]:
    stop, lags = threading.Event(), []
    memory: list[tuple[float, float]] = []
    with _follower(bench, target) as process:
        writer = threading.Thread(target=_write, args=(bench, stop))
        writer.start()
        try:
            started = time.monotonic()
            while (elapsed := time.monotonic() - started) < _SECONDS:
                lag = _probe(bench, target, int(elapsed * 1000) + 1)
                if elapsed > _WARM_SECONDS:
                    lags.append(lag)
                    memory.append((elapsed, _resident_mb(process.pid)))
                time.sleep(0.5)
        finally:
            stop.set()
            writer.join()
    return lags, memory


@contextlib.contextmanager
def _follower(bench: Bench, target: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        _FOLLOW, cwd=ROOT, env=bench.environment(bench.source_url, target), stdin=subprocess.DEVNULL
    )
    try:
        while not json.loads(bench.delamp(["status", "--json"], target).output)["follower"]:
            time.sleep(0.2)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _write(bench: Bench, stop: threading.Event) -> None:
    source = bench.source(bench.source_url)
    try:
        began, number = time.monotonic(), 0
        while not stop.is_set():
            number += 1
            row = number * 7919 % bench.rows + 1
            source.rows(f"UPDATE icons SET downloads = downloads + 1 WHERE id = {row}")
            ahead = began + number / _WRITES_PER_S - time.monotonic()
            if ahead > 0:
                stop.wait(ahead)
    finally:
        source.close()


def _probe(bench: Bench, target: str, value: int) -> float:
    """Seconds from a commit until the target shows it."""
    source: Source = bench.source(bench.source_url)
    connection = psycopg2.connect(target)
    connection.autocommit = True
    try:
        source.rows(f"UPDATE icons SET title = 'probe {value}' WHERE id = {bench.rows}")
        written = time.monotonic()
        cursor = connection.cursor()
        while True:
            cursor.execute("SELECT title FROM bench_icon WHERE id = %s", [bench.rows])
            found = cursor.fetchone()
            if found and found[0] == f"probe {value}":
                return time.monotonic() - written
            time.sleep(0.01)
    finally:
        source.close()
        connection.close()


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _slope_per_hour(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Of the line through the points, in MB per hour, and its standard error."""
    times, sizes = [t for t, _ in points], [mb for _, mb in points]
    slope, start = statistics.linear_regression(times, sizes)
    off = sum((mb - start - slope * t) ** 2 for t, mb in points) / (len(points) - 2)
    return slope * 3600, (off / (statistics.pvariance(times) * len(points))) ** 0.5 * 3600
