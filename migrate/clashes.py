"""After a load: of rows with one unique value the lowest key has it, whichever chunk came first.

Readers load side by side, so the row that PostgreSQL refused is the later one by the clock. The
rows in question are refreshed, which decides them in the order of their keys, as a dry run does.
"""

from __future__ import annotations

from collections.abc import Sequence

from mappings.plan import TablePlan
from mappings.sqltext import pg_name
from migrate import models
from migrate.context import Context
from migrate.proof import BY_RUN
from migrate.refresh import Refresher, Wanted
from migrate.resume import Work
from migrate.source import Source

__all__ = ["settle_clashes"]


def settle_clashes(
    context: Context, source: Source, group: Sequence[Work], *, children_later: bool = False
) -> None:
    """Decide every row of these tables that lost a unique value anew. One transaction per table.

    `children_later`: foreign keys hold already, of tables that have yet to be settled too.
    """
    refresher = Refresher(
        context.plan,
        context.ledger,
        source,
        using=context.config.target,
        defers_foreign_keys=children_later,
        by=BY_RUN,
    )
    for work in group:
        lost = _lost(context, work.table, work.table_id)
        if lost and work.table.refreshable:
            refresher.refresh({work.table.name: Wanted(keys=lost)})


def _lost(context: Context, table: TablePlan, table_id: int) -> set[tuple[int | str, ...]]:
    if len(table.key) != len(table.source.key):
        return set()
    reject = pg_name(models.Reject._meta.db_table)
    rows = context.ledger.target.rows(
        f"SELECT key FROM {reject} WHERE table_id = %s AND code = 'not_unique' AND key IS NOT NULL",
        [table_id],
    )
    return {tuple(key) for (key,) in rows}
