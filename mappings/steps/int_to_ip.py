"""IPv4 addresses as PHP's ip2long() keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import Any, Literal

from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.sqltext import any_of
from mappings.steps.base import Step, factory

__all__ = ["int_to_ip"]

Invalid = Literal["reject", "null"]

_ALL = 2**32


@factory
def int_to_ip(invalid: Invalid = "reject") -> Step:
    """An IPv4 address in dotted form, from an unsigned number or from a signed one of 32 bits.

    Other numbers are rejected as `out_of_range`, or NULL with `invalid="null"`.
    """
    if invalid not in ("reject", "null"):
        raise ValueError(f"int_to_ip: invalid, got {invalid!r} (expected reject, null)")

    def python(value: int) -> str | None:
        if -_ALL // 2 <= value < _ALL:
            return str(IPv4Address(value % _ALL))
        if invalid == "null":
            return None
        raise Reject("out_of_range", "no IPv4 address")

    def inverse(value: Any) -> Iterable[Any]:
        if value is None:
            return (None,)
        number = int(IPv4Address(value))
        return number, number - _ALL

    def sql(expr: Expr) -> Expr:
        outside = _outside(expr)
        if outside and invalid == "null":
            expr = expr.or_null(any_of(outside))
            outside = []
        number = expr.sql
        if expr.lo is None or expr.lo < 0:
            # PHP on 32 bits had no unsigned numbers: 192.168.0.1 is -1062731775.
            number = f"IF({number} < 0, {number} + {_ALL}, {number})"
        # Of what is guarded, any address: a canonical text is never NULL.
        text = f"CONVERT(COALESCE(INET_NTOA({number}), '0.0.0.0') USING utf8mb4)"
        address = expr.to(Kind.TEXT, text, max_chars=15, max_octets=15, plain=True)
        return address.guarded(*outside)

    return Step(
        name="int_to_ip",
        python=python,
        inverse=inverse,
        accepts=frozenset({Kind.INT}),
        returns=Kind.TEXT,
        sql=sql,
        options=() if invalid == "reject" else (invalid,),
    )


def _outside(expr: Expr) -> list[str]:
    sides = []
    if expr.lo is None or expr.lo < -_ALL // 2:
        sides.append(f"{expr.sql} < {-_ALL // 2}")
    if expr.hi is None or expr.hi >= _ALL:
        sides.append(f"{expr.sql} >= {_ALL}")
    return sides
