"""Which sink a table's rows go to."""

from __future__ import annotations

from mappings.plan import TablePlan
from migrate.load.sink import DirectSink, Sink

__all__ = ["sink_for"]


def sink_for(table: TablePlan) -> Sink:
    """Straight into the table."""
    return DirectSink(table)
