"""Totals of tables after single rows were refreshed: counted anew, not reckoned.

What others did to the target (rows deleted by hand, rows that Django added) is in no count of ours,
so adding and subtracting what a refresh did would carry their changes on.
"""

from __future__ import annotations

from collections.abc import Iterable

from mappings.keys import KeyRange
from mappings.plan import TablePlan
from mappings.sqltext import pg_name
from migrate import models
from migrate.extract.blocks import BlockReader
from migrate.ledger import Ledger
from migrate.source import Source

__all__ = ["count_anew"]


def count_anew(ledger: Ledger, source: Source, tables: Iterable[TablePlan]) -> None:
    """Set loaded, rejected, skipped and extracted of tables to what is there. Commits at once."""
    records = ledger.tables()
    chunk, reject, table_of = (
        pg_name(m._meta.db_table) for m in (models.Chunk, models.Reject, models.Table)
    )
    for table in tables:
        record = records[table.name]
        outcomes: dict[str, int] = dict(
            ledger.target.rows(
                f"SELECT outcome, count(*) FROM {reject} WHERE table_id = %s GROUP BY outcome",
                [record.id],
            )
        )
        loaded = int(ledger.target.value(f"SELECT count(*) {table.target_rows}"))
        rejected = outcomes.get("rejected", 0)
        skipped = outcomes.get("skipped", 0) + BlockReader(table, source).skipped(KeyRange())
        counts = {
            "loaded": loaded,
            "rejected": rejected,
            "skipped": skipped,
            "extracted": loaded + rejected + skipped,
        }
        sums = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in counts)
        sets = ", ".join(f"late_{name} = %s - c.{name}" for name in counts)
        ledger.target.execute(
            f"UPDATE {table_of} t SET {sets} FROM"
            f" (SELECT {sums} FROM {chunk} WHERE table_id = %s) c WHERE t.id = %s",
            [*counts.values(), record.id, record.id],
        )
        ledger.total([record.id])
