"""Which sink a table's rows go to."""

from __future__ import annotations

from mappings.plan import TablePlan
from migrate.load.sink import DirectSink, Sink
from migrate.load.staged import StagedSink

__all__ = ["sink_for"]


def sink_for(table: TablePlan) -> Sink:
    """Straight into the table, unless rows may be there that must not be lost."""
    if table.duplicates == "skip":
        return StagedSink(table, "skip")
    match table.existing:
        case "keep":
            return StagedSink(table, "keep")
        case "match":
            return StagedSink(table, "update")
        case _:
            return DirectSink(table)
