"""Lower case."""

from __future__ import annotations

from mappings.expr import Expr, Kind
from mappings.steps.base import Step, itself
from mappings.steps.members import mapped_members

__all__ = ["lower"]


def _sql(expr: Expr) -> Expr:
    # In a Turkish collation, LOWER('I') is a dotless i: name a collation without such rules.
    lowered = f"LOWER(CONVERT({expr.sql} USING utf8mb4) COLLATE utf8mb4_bin)"
    not_ascii = f"LENGTH({expr.sql}) <> CHAR_LENGTH({expr.sql})"
    changed = expr.but(sql=lowered, members=mapped_members(expr, str.lower))
    return changed.guarded(not_ascii)


lower = Step(
    name="lower",
    python=str.lower,
    accepts=frozenset({Kind.TEXT}),
    sql=_sql,
    inverse=itself,
)
"""Unicode lower case. SQL does ASCII texts, Python the others: the two fold them differently."""
