"""U+0000, which MySQL keeps in text and PostgreSQL cannot."""

from __future__ import annotations

from typing import Any

from mappings.expr import Expr, Kind
from mappings.steps.base import Step, factory, itself
from mappings.steps.replace import replaced

__all__ = ["replace_nul"]

_NUL = "\0"


@factory
def replace_nul(by: str = "") -> Step:
    """The text, list or JSON value with `by` wherever it has U+0000. Never rejects.

    Raises `ValueError` for a `by` that has one itself.
    """
    if _NUL in by:
        raise ValueError("replace_nul: by, got U+0000 (expected text without it)")

    def python(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(_NUL, by)
        if isinstance(value, list):
            return [python(member) for member in value]
        if isinstance(value, dict):
            return {python(key): python(member) for key, member in value.items()}
        return value

    def sql(expr: Expr) -> Expr | None:
        if expr.kind is not Kind.TEXT:
            # In JSON it is an escape, with or without a backslash before it.
            return None
        return replaced(expr, _NUL, by)

    return Step(
        name="replace_nul",
        python=python,
        inverse=itself,
        accepts=frozenset({Kind.TEXT, Kind.LIST, Kind.JSON}),
        sql=sql,
        options=(by,) if by else (),
    )
