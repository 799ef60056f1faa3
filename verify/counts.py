"""Level 1: source rows, less those left out on purpose, are target rows.

Cannot catch: a changed value, or one row lost for another gained.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Executor
from itertools import islice

from mappings.keys import KeyValue
from mappings.plan import TablePlan
from verify.departures import Departures
from verify.findings import Finding, FindingLog
from verify.ports import Pair, SourceConnection
from verify.results import LevelResult
from verify.source_side import SourceSide, keys_in
from verify.target_side import TargetSide

__all__ = ["check_counts"]

_KEYS_AT_ONCE = 500


def check_counts(
    table: TablePlan, pair: Pair, departures: Departures, executor: Executor
) -> LevelResult:
    """Count both sides. Rows that `where` leaves out are counted as skipped."""
    started = time.monotonic()
    source, target = SourceSide(table, departures), TargetSide(table, departures)
    asked = executor.submit(
        pair.target.rows, f"SELECT count(*) FROM {target.from_} {target.where()}"
    )
    mapped = _count(pair.source, source, source.where())
    everything = _count(pair.source, source, "") if table.where else mapped
    rejected, skipped, kept = _departed(pair.source, source, departures)
    held = int(asked.result()[0][0])
    log = FindingLog()
    expected = mapped - rejected - skipped - kept
    if held != expected:
        detail = (
            f"source {mapped} less {rejected} rejected, {skipped} skipped, {kept} kept,"
            f" target {held}: {held - expected:+d}"
        )
        log.add(Finding(kind="count_differs", table=table.name, detail=detail))
    return LevelResult(
        level="counts",
        table=table.name,
        target=table.target,
        source_rows=everything,
        target_rows=held,
        rejected=rejected,
        skipped=skipped + everything - mapped,
        kept=kept,
        seconds=time.monotonic() - started,
        findings=log.kept,
        totals=log.totals,
    )


def _count(connection: SourceConnection, source: SourceSide, where: str) -> int:
    return int(connection.rows(f"SELECT COUNT(*) FROM {source.from_} {where}")[0][0] or 0)


def _departed(
    connection: SourceConnection, source: SourceSide, departures: Departures
) -> Sequence[int]:
    """Rejected, skipped and kept rows: those with a key if the source still has it, each once."""
    numbers = (departures.rejected_count, departures.skipped_count, departures.kept_count)
    if not source.key:
        return numbers
    rejected = departures.rejected
    skipped = departures.skipped - rejected
    groups = (rejected, skipped, departures.kept - rejected - skipped)
    return [n + _present(connection, source, k) for n, k in zip(numbers, groups, strict=True)]


def _present(connection: SourceConnection, source: SourceSide, keys: frozenset[KeyValue]) -> int:
    found, rest = 0, iter(keys)
    while batch := list(islice(rest, _KEYS_AT_ONCE)):
        found += _count(connection, source, source.where(keys_in(source.key, batch)))
    return found
