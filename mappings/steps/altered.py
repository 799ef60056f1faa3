"""Which values a step changes: what a dry run lists of a repair."""

from __future__ import annotations

from typing import Any

from mappings.expr import Expr
from mappings.sqltext import any_of
from mappings.steps.base import Step

__all__ = ["altered", "alters"]


def altered(step: Step, expr: Expr) -> str | None:
    """SQL predicate over the source row: `step` changes the value that `expr` is.

    It also holds for the rows that a guard of the step leaves to Python: ask `alters` of those it
    selects. None for a step without SQL form for `expr`, or one that makes another kind of value:
    there, any row may be one. Never NULL; false where the value is NULL.
    """
    after = step.sql(expr) if step.sql is not None else None
    if after is None or after.kind is not expr.kind:
        return None
    differs = f"NOT (CAST({after.sql} AS BINARY) <=> CAST({expr.sql} AS BINARY))"
    own = [guard for guard in after.guards if guard not in expr.guards]
    changed = any_of(
        [*own, differs] if after.null in (None, expr.null) else [*own, after.null, differs]
    )
    return changed if expr.null is None else f"NOT ({expr.null}) AND ({changed})"


def alters(step: Step, value: Any) -> bool:
    """Whether the step's Python form changes `value`, NULL included. Raises `Reject` as it does."""
    if value is None and not step.takes_null:
        return False
    return bool(step.python(value) != value)
