"""Years of two digits, as YEAR(2) and many a form had them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mappings.expr import Expr, Kind
from mappings.steps.base import Step, factory

__all__ = ["full_year"]


@factory
def full_year(pivot: int = 70) -> Step:
    """1900 and more for a year from `pivot` to 99, 2000 and more for one below; others stay.

    MySQL's own pivot is 70. Raises `ValueError` for a pivot that has not two digits.
    """
    if not 0 <= pivot <= 99:
        raise ValueError(f"full_year: pivot, got {pivot} (expected 0 to 99)")

    def python(value: int) -> int:
        if not 0 <= value <= 99:
            return value
        return value + (1900 if value >= pivot else 2000)

    def inverse(value: Any) -> Iterable[Any]:
        return (value,) if value is None else (value, value % 100)

    def sql(expr: Expr) -> Expr:
        century = f"IF({expr.sql} >= {pivot}, 1900, 2000)"
        return expr.but(
            sql=f"IF({expr.sql} BETWEEN 0 AND 99, {expr.sql} + {century}, {expr.sql})",
            hi=None if expr.hi is None else max(expr.hi, 2099),
        )

    return Step(
        name="full_year",
        python=python,
        inverse=inverse,
        accepts=frozenset({Kind.INT}),
        sql=sql,
        options=() if pivot == 70 else (pivot,),
    )
