"""The measures, by the name that the command line knows them by."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.bench import Bench
from benchmarks.measures import (
    again,
    binlog,
    copy,
    counters,
    cutover,
    demo,
    draft,
    dry_run,
    follow,
    memory,
    pgloader,
    python_tier,
    reladiff,
    resync,
    rows_level,
    serialize,
    verify,
)
from benchmarks.results import Result

__all__ = ["MEASURES"]

MEASURES: dict[str, tuple[str, Callable[[Bench], Result]]] = {
    "copy": ("wall time against psql's \\copy of the same rows", copy.measure),
    "verify": ("full-content checksum verification against the copy", verify.measure),
    "rows": ("every row by the driver, Python and the ORM", rows_level.measure),
    "reladiff": ("reladiff by checksums, against delamp's", reladiff.measure),
    "dry_run": ("every rule on every row, against the copy", dry_run.measure),
    "again": ("a second run on a finished database, and --restart", again.measure),
    "pgloader": ("pgloader on the same table", pgloader.measure),
    "python": ("rows/s with a column that Python converts", python_tier.measure),
    "serialize": ("values/s of serialize(), by the step alone", serialize.measure),
    "draft": ("reading the facts of 200 tables for a draft, at ROWS × 2.5", draft.measure),
    "demo": ("the tables of examples/iconfinder", demo.measure),
    "cutover": ("the write pause on the tables of examples/iconfinder", cutover.measure),
    "follow": ("events per second, lag at 200 writes/s and memory of a follower", follow.measure),
    "binlog": ("keys of row events per second, against mysql-replication", binlog.measure),
    "resync": ("a checksum pass with 0.1 % changed, against a verification", resync.measure),
    "counters": ("counters by triggers and by signals, against none", counters.measure),
    "memory": (
        "peak memory of load and verification, at ROWS and five times as many",
        memory.measure,
    ),
}
