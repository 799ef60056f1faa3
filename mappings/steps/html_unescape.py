"""Text that PHP escaped for HTML before it stored it."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

from mappings.expr import Expr, Kind
from mappings.sqltext import holds, my_text
from mappings.steps.base import Step
from mappings.steps.members import mapped_members

__all__ = ["html_unescape"]

_PHP = {
    # What htmlspecialchars() writes, in PHP's versions. &amp; is last, or &amp;lt; would become <.
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&#039;": "'",
    "&#39;": "'",
    "&amp;": "&",
}


def _escape(value: Any) -> Iterable[Any]:
    """As PHP wrote it first: a page that prints the column as it is relies on that."""
    return (value,) if value is None else (html.escape(value, quote=False), value)


def _sql(expr: Expr) -> Expr:
    """MySQL undoes htmlspecialchars() itself; any other `&` makes the row go by Python."""
    unescaped = rest = expr.sql
    for entity, character in _PHP.items():
        unescaped = f"REPLACE({unescaped}, {my_text(entity)}, {my_text(character)})"
        # A blank in its place, or the text around it could join to an entity.
        rest = f"REPLACE({rest}, {my_text(entity)}, {my_text(' ')})"
    changed = expr.but(
        sql=unescaped,
        members=mapped_members(expr, html.unescape),
        plain=False,
    )
    return changed.guarded(holds(rest, b"&"))


html_unescape = Step(
    name="html_unescape",
    python=html.unescape,
    inverse=_escape,
    accepts=frozenset({Kind.TEXT}),
    sql=_sql,
)
"""`Tom &amp; Jerry` -> `Tom & Jerry`: one round of `html.unescape`."""
