"""Money kept as a whole number of cents."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from mappings.expr import Expr, Kind
from mappings.steps.base import Step, factory

__all__ = ["cents_to_decimal"]


@factory
def cents_to_decimal(digits: int = 2) -> Step:
    """The whole number divided by ten to the power of `digits`, exactly: 1995 -> 19.95."""
    if not 1 <= digits <= 18:
        raise ValueError(f"cents_to_decimal: digits, got {digits} (expected 1 to 18)")
    unit = Decimal(1).scaleb(-digits)

    def python(value: int) -> Decimal:
        return Decimal(value).scaleb(-digits)

    def inverse(value: Any) -> Iterable[Any]:
        return (value if value is None else int(Decimal(value).scaleb(digits)),)

    def sql(expr: Expr) -> Expr:
        # A product of exact numbers has all their digits; a quotient only four more.
        return expr.to(
            Kind.DECIMAL,
            f"({expr.sql} * {unit:f})",
            lo=None if expr.lo is None else expr.lo * unit,
            hi=None if expr.hi is None else expr.hi * unit,
            scale=digits,
            plain=True,
        )

    return Step(
        name="cents_to_decimal",
        python=python,
        inverse=inverse,
        accepts=frozenset({Kind.INT}),
        returns=Kind.DECIMAL,
        sql=sql,
        options=(digits,),
    )
