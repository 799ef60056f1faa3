"""One piece of text for another."""

from __future__ import annotations

from mappings.expr import Expr, Kind
from mappings.sqltext import my_text
from mappings.steps.base import Step, factory, itself
from mappings.steps.members import mapped_members

__all__ = ["replace", "replaced"]


@factory
def replace(old: str, new: str) -> Step:
    """The text with `new` wherever it has `old`, compared exactly. `ValueError` for an empty `old`.

    `replace("_", " ")` reads the titles of a wiki.
    """
    if not old:
        raise ValueError("replace: old, got '' (expected one character or more)")

    def python(value: str) -> str:
        return value.replace(old, new)

    def sql(expr: Expr) -> Expr:
        return replaced(expr, old, new)

    return Step(
        name="replace",
        python=python,
        inverse=itself,
        accepts=frozenset({Kind.TEXT}),
        sql=sql,
        options=(old, new),
    )


def replaced(expr: Expr, old: str, new: str) -> Expr:
    """The text expression with `new` for `old`, and what is known of it then."""
    longer = len(new) > len(old)
    heavier = len(new.encode()) > len(old.encode())
    return expr.but(
        sql=f"REPLACE({expr.sql}, {my_text(old)}, {my_text(new)})",
        max_chars=None if longer else expr.max_chars,
        max_octets=None if heavier else expr.max_octets,
        members=mapped_members(expr, lambda member: member.replace(old, new)),
        plain=expr.plain and not set(new) & set("\\\n\t\r"),
    )
