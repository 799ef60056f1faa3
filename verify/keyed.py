"""Rows of one table that are named one by one, compared with nothing else read.

For whoever knows which rows changed since a verification of everything: the cost depends on these
rows, and not on the table. Levels 2 and 3 of such rows, by the code of the whole table's.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from mappings.keys import KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import pg_name
from verify.cells import compare_rows
from verify.departures import Departures
from verify.drill import DifferingRow, short_hash
from verify.findings import FindingLog
from verify.ports import Pair
from verify.results import LevelResult
from verify.rows.keyed import check_named_rows
from verify.source_side import HASH_DIGITS, SourceSide, keys_in
from verify.target_side import TargetSide, row_hash

__all__ = ["NamedRow", "check_named", "check_named_rows", "differing_named"]

NamedRow = tuple[KeyValue, tuple[Any, ...]]
"""A row's key in the source, and the values of the target's identity columns as texts."""

_ROWS = 500


def check_named(
    table: TablePlan, pair: Pair, departures: Departures, rows: Iterable[NamedRow]
) -> LevelResult:
    """Compare the named rows by hashes of their canonical text; what differs, as values.

    A row that neither side has is fine, and so is one that the quarantine explains. The table
    needs a key on both sides (`TablePlan.refreshable`). Raises what either connection raises.
    """
    started, log, looked = time.monotonic(), FindingLog(), 0
    source, target = SourceSide(table, departures), TargetSide(table, departures)
    rest = iter(rows)
    while batch := list(islice(rest, _ROWS)):
        looked += len(batch)
        differing = list(_differing(source, target, pair, batch))
        for finding in compare_rows(source, target, pair, differing):
            log.add(finding)
    return LevelResult(
        level="checksums",
        table=table.name,
        target=table.target,
        chunks=looked,
        strategy="rows, those that changed",
        seconds=time.monotonic() - started,
        findings=log.kept,
        totals=log.totals,
    )


def differing_named(
    table: TablePlan, pair: Pair, departures: Departures, rows: Iterable[NamedRow]
) -> Iterator[NamedRow]:
    """Yield the named rows whose hashes differ, or that one side lacks: a suspicion, no finding."""
    source, target = SourceSide(table, departures), TargetSide(table, departures)
    rest = iter(rows)
    while batch := list(islice(rest, _ROWS)):
        suspect = {(d.key, d.identity) for d in _differing(source, target, pair, batch)}
        keys = {key for key, _ in suspect}
        identities = {identity for _, identity in suspect}
        yield from (row for row in batch if row[0] in keys or row[1] in identities)


def _differing(
    source: SourceSide, target: TargetSide, pair: Pair, batch: Sequence[NamedRow]
) -> Iterator[DifferingRow]:
    absent = source.departures.absent
    held = _held(target, pair, [identity for _, identity in batch])
    hashes = _source_hashes(source, pair, [key for key, _ in batch])
    for key, identity in batch:
        mine, (digest, pk) = hashes.get(key), held.get(identity, (None, None))
        if key in hashes and key not in absent:
            if pk is None:
                yield DifferingRow(key, None, None)
            elif mine is None or mine != digest:
                yield DifferingRow(key, identity, pk)
        elif pk is not None and key not in source.departures.kept:
            yield DifferingRow(None, identity, pk)


def _source_hashes(
    source: SourceSide, pair: Pair, keys: Sequence[KeyValue]
) -> dict[KeyValue, str | None]:
    """By key; None for a row that no target can hold."""
    where = source.where(keys_in(source.key, keys))
    return {
        row.key: None if row.text is None else short_hash(row.text)
        for row, _ in source.mixed_rows(pair.source, where)
        if row.key is not None
    }


def _held(
    target: TargetSide, pair: Pair, identities: Sequence[tuple[Any, ...]]
) -> dict[tuple[Any, ...], tuple[str, tuple[str, ...]]]:
    """Hash and primary key of the rows that the target has, by their identity as texts."""
    columns = target.table.identity
    wanted = ", ".join(f"{pg_name(c.column)}" for c in columns)
    one = ", ".join(f"%s::{c.field.base}" for c in columns)
    fields = [
        *(f"{column}::text" for column in target.identity),
        *(f"{column}::text" for column in target.pk),
        f"left({row_hash(target.text())}, {HASH_DIGITS})",
    ]
    # Literals of the text might hold a per cent sign, which means something beside parameters.
    select = ", ".join(fields).replace("%", "%%")
    same = " AND ".join(
        f"{mine} = w.{pg_name(c.column)}" for mine, c in zip(target.identity, columns, strict=True)
    )
    where = target.where().replace("%", "%%")
    rows = pair.target.rows(
        f"SELECT {select} FROM {target.from_} JOIN (VALUES"
        f" {', '.join([f'({one})'] * len(identities))}) w ({wanted}) ON {same} {where}",
        [value for identity in identities for value in identity],
    )
    width = len(columns)
    return {tuple(row[:width]): (row[-1], tuple(row[width:-1])) for row in rows}
