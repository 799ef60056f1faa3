"""Texts that are one of a few (ENUM): what a step makes of each is known beforehand."""

from __future__ import annotations

from collections.abc import Callable

from mappings.expr import Expr

__all__ = ["mapped_members"]


def mapped_members(expr: Expr, python: Callable[[str], str]) -> tuple[str, ...] | None:
    """`expr.members` after the step."""
    if expr.members is None:
        return None
    return tuple(dict.fromkeys(map(python, expr.members)))
