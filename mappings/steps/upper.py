"""Upper case."""

from __future__ import annotations

from mappings.expr import Expr, Kind
from mappings.steps.base import Step, itself
from mappings.steps.members import mapped_members

__all__ = ["upper"]


def _sql(expr: Expr) -> Expr:
    # In a Turkish collation, UPPER('i') has a dot: name a collation without such rules.
    raised = f"UPPER(CONVERT({expr.sql} USING utf8mb4) COLLATE utf8mb4_bin)"
    not_ascii = f"LENGTH({expr.sql}) <> CHAR_LENGTH({expr.sql})"
    changed = expr.but(sql=raised, members=mapped_members(expr, str.upper))
    return changed.guarded(not_ascii)


upper = Step(
    name="upper",
    python=str.upper,
    accepts=frozenset({Kind.TEXT}),
    sql=_sql,
    inverse=itself,
)
"""Unicode upper case. SQL does ASCII texts, Python the others: `ß` becomes `SS`."""
