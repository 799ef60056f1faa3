"""IPv4 addresses as PHP's ip2long() keeps them."""

from __future__ import annotations

from ipaddress import IPv4Address

from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.steps.base import Step

__all__ = ["int_to_ip"]

_ALL = 2**32


def _int_to_ip(value: int) -> str:
    if not -_ALL // 2 <= value < _ALL:
        raise Reject("out_of_range", "no IPv4 address")
    return str(IPv4Address(value % _ALL))


def _sql(expr: Expr) -> Expr:
    number = expr.sql
    outside = []
    if expr.lo is None or expr.lo < 0:
        # PHP on 32 bits had no unsigned numbers: 192.168.0.1 is -1062731775.
        number = f"IF({number} < 0, {number} + {_ALL}, {number})"
        outside.append(f"{expr.sql} < {-_ALL // 2}")
    if expr.hi is None or expr.hi >= _ALL:
        outside.append(f"{expr.sql} >= {_ALL}")
    sql = f"CONVERT(INET_NTOA({number}) USING utf8mb4)"
    address = expr.to(Kind.TEXT, sql, max_chars=15, max_octets=15, plain=True)
    return address.guarded(*outside)


int_to_ip = Step(
    name="int_to_ip",
    python=_int_to_ip,
    accepts=frozenset({Kind.INT}),
    returns=Kind.TEXT,
    sql=_sql,
)
"""An IPv4 address in dotted form, from an unsigned number or from a signed one of 32 bits."""
