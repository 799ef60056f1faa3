"""Level 3 of rows that are named one by one."""

from __future__ import annotations

import time
from collections.abc import Sequence

from mappings.keys import KeyValue
from mappings.plan import TablePlan
from verify.departures import Departures
from verify.findings import FindingLog
from verify.ports import SourceConnection
from verify.results import LevelResult
from verify.rows.columns import rows_of
from verify.rows.compare import Comparer
from verify.rows.declared import Declared, Fillings
from verify.rows.orm import WithOrm, match_names, named_columns
from verify.rows.source_rows import SourceRows

__all__ = ["check_named_rows"]


def check_named_rows(
    declared: Declared,
    table: TablePlan,
    source: SourceConnection,
    departures: Departures,
    keys: Sequence[KeyValue],
    *,
    using: str,
) -> LevelResult:
    """Compare the rows with these source keys, cell by cell, by the Python tier and the ORM.

    A key that the source has no more is passed over. What cannot be covered has a `note`.
    """
    started, log, done, note = time.monotonic(), FindingLog(), 0, ""
    fillings = Fillings.find(declared, table)
    rows = rows_of(declared, table, fillings, using) if fillings is not None else None
    names = match_names(rows) if rows is not None else ()
    if rows is None or not names or "%" in "".join(named_columns(rows)):
        note = "not covered: nothing names its rows to the ORM"
    else:
        read = SourceRows(rows)
        comparer = Comparer(rows, departures, WithOrm(rows, departures, using), names)
        for page in read.keyed(source, keys) if read.key else ():
            batch = read.convert(source, page)
            for finding in comparer.compare(batch):
                log.add(finding)
            done += len(batch)
    return LevelResult(
        level="rows",
        table=table.name,
        target=table.target,
        chunks=done,
        strategy="rows, those that changed",
        note=note,
        seconds=time.monotonic() - started,
        findings=log.kept,
        totals=log.totals,
    )
