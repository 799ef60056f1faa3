"""NULL for a value, and a value for NULL."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from mappings.expr import Expr, Kind
from mappings.sqltext import my_bytes
from mappings.steps.base import Step, factory
from mappings.steps.literals import comparable_kinds, kinds_of, literal

__all__ = ["default", "null_if", "null_if_empty"]


def _empty_to_null(value: Any) -> Any:
    return value or None


def _null_from_empty(value: Any) -> Iterable[Any]:
    return (value,) if value is not None else ("", b"", None)


def _empty_is_null(expr: Expr) -> Expr:
    return expr.or_null(f"LENGTH({expr.sql}) = 0")


null_if_empty = Step(
    name="null_if_empty",
    python=_empty_to_null,
    inverse=_null_from_empty,
    accepts=frozenset({Kind.TEXT, Kind.BYTES}),
    sql=_empty_is_null,
)
"""'' -> NULL. A text of blanks is not empty: strip it first."""


@factory
def null_if(*values: Any) -> Step:
    """NULL for any of `values`, compared exactly (text by its bytes).

    Raises `TypeError` for values of different kinds.
    """
    accepts = comparable_kinds(*values)

    def python(value: Any) -> Any:
        return None if value in values else value

    def sql(expr: Expr) -> Expr | None:
        literals = [literal(v, expr) for v in values]
        if expr.kind is Kind.TEXT:
            literals = [my_bytes(v.encode()) for v in values]
        known = [text for text in literals if text is not None]
        if expr.kind is Kind.LIST or len(known) < len(values):
            return None
        value = expr.sql
        if expr.kind in (Kind.TEXT, Kind.BYTES):
            value = f"CAST({value} AS BINARY)"
        return expr.or_null(f"{value} IN ({', '.join(known)})")

    def inverse(value: Any) -> Iterable[Any]:
        return (value,) if value is not None else (*values, None)

    return Step(
        name="null_if", python=python, inverse=inverse, accepts=accepts, sql=sql, options=values
    )


@factory
def default(value: Any) -> Step:
    """`value` for NULL. Raises `TypeError` for what is no value of any kind."""
    accepts = kinds_of(value)

    def python(given: Any) -> Any:
        return value if given is None else given

    def sql(expr: Expr) -> Expr | None:
        text = literal(value, expr)
        if expr.null is None:
            return expr
        # A fraction beside values without one would give them all a longer text.
        longer = getattr(value, "microsecond", 0) and expr.fraction < 6
        return None if text is None or longer else _filled(expr, value, text)

    def inverse(given: Any) -> Iterable[Any]:
        return (given, None) if given == value else (given,)

    return Step(
        name="default",
        python=python,
        inverse=inverse,
        accepts=accepts,
        sql=sql,
        options=(value,),
        takes_null=True,
    )


def _filled(expr: Expr, value: Any, text: str) -> Expr:
    filled = expr.but(sql=f"IF({expr.null}, {text}, {expr.sql})", null=None)
    if isinstance(value, str):
        return filled.but(
            max_chars=expr.max_chars and max(expr.max_chars, len(value)),
            max_octets=expr.max_octets and max(expr.max_octets, len(value.encode())),
            members=expr.members and tuple(dict.fromkeys((*expr.members, value))),
            plain=expr.plain and not set(value) & set("\\\n\t\r"),
        )
    if isinstance(value, bytes):
        return filled.but(max_octets=expr.max_octets and max(expr.max_octets, len(value)))
    if isinstance(value, int | Decimal):
        return _filled_number(filled, value)
    if isinstance(value, float):
        # It may have more digits than FLOAT(m,d) shows.
        return filled.but(lo=None, hi=None, scale=None)
    return filled


def _filled_number(filled: Expr, value: int | Decimal) -> Expr:
    number = Decimal(value)
    digits = max(0, -int(number.as_tuple().exponent))
    return filled.but(
        lo=None if filled.lo is None else min(filled.lo, value),
        hi=None if filled.hi is None else max(filled.hi, value),
        scale=None if filled.scale is None else max(filled.scale, digits),
    )
