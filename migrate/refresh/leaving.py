"""Which rows of a batch leave the target, and which tables refer to them."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.plan import ReferencePlan, TablePlan
from mappings.sqltext import pg_name
from migrate.refresh.batch import Batch
from migrate.refresh.place import Place, same

__all__ = ["leaving", "referring"]


def leaving(place: Place, *columns: str) -> str:
    """SQL from FROM on: rows `p` whose values for children no row will have after the batch."""
    mapped = {column.column for column in place.plan.columns}
    stays = "".join(f" AND x.{pg_name(c)} = p.{pg_name(c)}" for c in columns if c in mapped)
    return (
        f"FROM {place.name} p JOIN {place.asked} a ON {same(place.ids, 'a', 'p')}"
        f" WHERE NOT EXISTS (SELECT FROM {place.stage} x"
        f" WHERE {same(place.ids, 'x', 'p')}{stays})"
    )


def referring(batch: Batch, parent: TablePlan) -> Iterator[tuple[TablePlan, ReferencePlan]]:
    """The table plans with a reference to the rows of this one that has to lead somewhere."""
    for table in batch.plan.tables:
        for reference in table.all_references:
            if reference.parent == parent.target and reference.orphans != "keep":
                yield table, reference
