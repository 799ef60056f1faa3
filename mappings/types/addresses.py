"""IP addresses in text to inet, which GenericIPAddressField is."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal
from mappings.target import TargetField
from mappings.types.base import Conversion, expect

__all__ = ["TextToInet"]

_PADDING = re.compile(r"(?<![0-9a-fA-F:])0+(?=\d)|(?<=:)0+(?=\d+\.)")
_COMPATIBLE = 2**32


class TextToInet(Conversion):
    """One address without a netmask; zeros that pad an IPv4 part are dropped (010 is 10)."""

    kind = Kind.TEXT
    targets = frozenset({"inet"})

    def _spelled(self, expr: Expr) -> str:
        return f"INET6_NTOA(INET6_ATON({expr.sql}))"

    def text(self, expr: Expr, field: TargetField) -> str:
        # What is no address becomes a text that PostgreSQL refuses, not a NULL.
        return f"IFNULL({self._spelled(expr)}, 'no address')"

    def copy(self, expr: Expr, field: TargetField) -> str:
        return self.text(expr, field)

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"host({column})"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        return (Refusal(code="bad_address", sql=f"{self._spelled(expr)} IS NULL"),)

    def convert(self, value: Any, field: TargetField) -> str:
        expect(value, str)
        try:
            address = ipaddress.ip_address(_PADDING.sub("", value))
        except ValueError as error:
            raise Reject("bad_address", "neither IPv4 nor IPv6") from error
        if "%" in value:
            raise Reject("bad_address", "inet holds no scope")
        return _spell(address)

    def encode(self, value: Any, field: TargetField) -> str:
        return str(value)


def _spell(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """As PostgreSQL and MySQL do: an IPv4 address inside IPv6 is written with dots."""
    number = int(address)
    if address.version == 6 and (2**16 <= number < _COMPATIBLE or number >> 32 == 0xFFFF):
        mapped = "ffff:" if number >> 32 else ""
        return f"::{mapped}{ipaddress.IPv4Address(number & 0xFFFFFFFF)}"
    return address.compressed
