"""Blanks at both ends, as PHP's trim() takes them off."""

from __future__ import annotations

from mappings.expr import Expr, Kind
from mappings.sqltext import my_bytes, my_text
from mappings.steps.base import Step, itself
from mappings.steps.members import mapped_members

__all__ = ["BLANKS", "strip"]

BLANKS = " \t\n\r\0\x0b"
"""PHP manual, trim(): no other Unicode space is one of them."""

_USUAL = (" ", "\r\n", "\n", "\t", " ")
"""MySQL's TRIM takes off one string, any number of times. This order settles what forms left
behind; a text that has another blank at an end even so goes by Python."""


def _strip(value: str) -> str:
    return value.strip(BLANKS)


def _sql(expr: Expr) -> Expr:
    stripped = expr.sql
    for blank in _USUAL:
        stripped = f"TRIM(BOTH {my_text(blank)} FROM {stripped})"
    blanks = ", ".join(my_bytes(b.encode()) for b in BLANKS)
    ends = (f"{side}(CAST({stripped} AS BINARY), 1) IN ({blanks})" for side in ("LEFT", "RIGHT"))
    return expr.but(sql=stripped, members=mapped_members(expr, _strip)).guarded(" OR ".join(ends))


strip = Step(
    name="strip",
    python=_strip,
    accepts=frozenset({Kind.TEXT}),
    sql=_sql,
    inverse=itself,
)
"""The text without spaces, tabs, line ends, NUL and vertical tabs at its ends."""
