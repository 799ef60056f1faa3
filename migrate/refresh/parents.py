"""Which references lead to no row of the target."""

from __future__ import annotations

from collections.abc import Sequence

from mappings.errors import Reject
from mappings.plan import ReferencePlan, TablePlan
from mappings.sqltext import pg_name
from migrate.target import Target

__all__ = ["without_parent"]


def without_parent(
    target: Target, table: TablePlan, reference: ReferencePlan, raws: Sequence[bytes | None]
) -> set[int]:
    """The places of those raw values of the reference that have no parent; NULL needs none.

    Nor is anything said of values that the target cannot hold.
    """
    column = next(c for c in table.columns if c.column == reference.column)
    values = []
    for raw in raws:
        try:
            values.append(column.python(raw))
        except Reject:
            values.append(None)
    # Beside parameters, a percent sign in a name is doubled.
    parent, key = (
        pg_name(name).replace("%", "%%") for name in (reference.parent, reference.parent_column)
    )
    rows = target.rows(
        f"SELECT v.n FROM unnest(%s::{column.field.base}[]) WITH ORDINALITY v (id, n)"
        f" WHERE v.id IS NOT NULL AND NOT EXISTS (SELECT FROM {parent} p WHERE p.{key} = v.id)",
        [values],
    )
    return {n - 1 for (n,) in rows}
