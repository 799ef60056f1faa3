"""IP addresses as people and proxies have written them."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Literal

from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.sqltext import my_text
from mappings.steps.base import Step, factory, itself
from mappings.steps.strip import BLANKS

__all__ = ["parse_ip"]

Invalid = Literal["reject", "null"]

_IPV4 = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?::[0-9]{1,5})?")
_BRACKETS = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?")


@factory
def parse_ip(invalid: Invalid = "reject") -> Step:
    """The address without blanks, port, brackets, and zeros that pad it (`010.0.0.1`).

    Of a list, as in X-Forwarded-For, the first. What is no address is rejected as
    `bad_address`, or NULL with `invalid="null"`.
    """
    if invalid not in ("reject", "null"):
        raise ValueError(f"parse_ip: invalid, got {invalid!r} (expected reject, null)")

    def python(value: str) -> str | None:
        address = _address(value.partition(",")[0].strip(BLANKS))
        if address is None and invalid == "reject":
            raise Reject("bad_address", "neither IPv4 nor IPv6")
        return address

    def sql(expr: Expr) -> Expr:
        """MySQL knows a plain IPv4 address by the way there and back; Python does the others."""
        if invalid == "null":
            expr = expr.or_null(f"LENGTH({expr.sql}) = 0")
        there = f"CAST(INET_NTOA(INET_ATON({expr.sql})) AS BINARY)"
        plain = f"COALESCE({there} = CAST({expr.sql} AS BINARY), 0)"
        text = f"IF({plain}, CONVERT({expr.sql} USING utf8mb4), {my_text('0.0.0.0')})"
        address = expr.to(Kind.TEXT, text, max_chars=45, max_octets=45, plain=True)
        return address.guarded(f"NOT {plain}")

    return Step(
        name="parse_ip",
        python=python,
        inverse=itself,
        accepts=frozenset({Kind.TEXT}),
        sql=sql,
        options=() if invalid == "reject" else (invalid,),
    )


def _address(text: str) -> str | None:
    if found := _IPV4.fullmatch(text):
        text = ".".join(str(int(part)) for part in found[1].split("."))
    elif found := _BRACKETS.fullmatch(text):
        text = found[1]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if "%" in text:
        # inet holds no scope.
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return f"::ffff:{mapped}" if mapped else str(address)
