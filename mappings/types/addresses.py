"""IP addresses in text, and MariaDB's own, to inet, which GenericIPAddressField is."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.sqltext import my_text, source_column
from mappings.target import TargetField
from mappings.types.base import Conversion, Source, column_null, expect
from mappings.types.text import AsText

__all__ = ["AddressColumn", "AddressToInet", "AddressToText", "TextToInet"]

_DOTTED = re.compile(r"(?<![^:])[0-9]{1,3}(?:\.[0-9]{1,3}){3}\Z")
_HEAD = {4: "200004", 6: "800010"}


class AddressColumn(Source):
    """MariaDB's INET4 and INET6, by the text that they show."""

    types = frozenset({"inet4", "inet6"})

    def read(self, column: SourceColumn) -> SourceValue:
        sql = f"CONVERT({source_column(column.name)} USING utf8mb4)"
        expr = Expr(
            kind=Kind.ADDRESS,
            sql=sql,
            null=column_null(column),
            max_chars=15 if column.data_type == "inet4" else 45,
            plain=True,
        )
        return SourceValue(expr=expr, raw=sql, decode=_decode)


def _decode(value: bytes) -> str:
    return value.decode("ascii")


class TextToInet(Conversion):
    """One address without a netmask; zeros that pad an IPv4 part are dropped (010 is 10).

    The canonical form is what `inet_send` gives after the family: bits of the netmask, a flag,
    the length and the address. The servers spell some IPv6 addresses differently.
    """

    kind = Kind.TEXT
    targets = frozenset({"inet"})

    def _address(self, expr: Expr) -> str:
        # INET6_ATON reads no further than a NUL; it must not read up to there.
        return f"INET6_ATON(REPLACE({expr.sql}, {my_text(chr(0))}, '-'))"

    def text(self, expr: Expr, field: TargetField) -> str:
        # What is no address becomes a text that PostgreSQL refuses, not a NULL.
        return f"IFNULL(INET6_NTOA({self._address(expr)}), 'no address')"

    def copy(self, expr: Expr, field: TargetField) -> str:
        return self.text(expr, field)

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        address = self._address(expr)
        head = f"IF(LENGTH({address}) = 4, '{_HEAD[4]}', '{_HEAD[6]}')"
        return f"CONCAT({head}, IFNULL(HEX({address}), 'no address'))"

    def canonical_target(self, field: TargetField, column: str) -> str:
        return f"upper(encode(substr(inet_send({column}), 2), 'hex'))"

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        return (Refusal(code="bad_address", sql=f"{self._address(expr)} IS NULL"),)

    def convert(self, value: Any, field: TargetField) -> str:
        expect(value, str)
        try:
            address = ipaddress.ip_address(_DOTTED.sub(_unpadded, value))
        except ValueError as error:
            raise Reject("bad_address", "neither IPv4 nor IPv6") from error
        if "%" in value:
            raise Reject("bad_address", "inet holds no scope")
        return _spell(address)

    def encode(self, value: Any, field: TargetField) -> str:
        return str(value)

    def canonical(self, value: Any, field: TargetField) -> str:
        address = ipaddress.ip_address(value)
        return _HEAD[address.version] + address.packed.hex().upper()


class AddressToInet(TextToInet):
    kind = Kind.ADDRESS

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        return ()


class AddressToText(AsText):
    """As MariaDB shows it."""

    kind = Kind.ADDRESS

    def spell(self, value: Any, field: TargetField) -> str:
        expect(value, str)
        return str(value)


def _unpadded(found: re.Match[str]) -> str:
    return ".".join(str(int(part)) for part in found[0].split("."))


def _spell(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """As PostgreSQL and MySQL do: an IPv4 address inside IPv6 is written with dots."""
    number = int(address)
    if address.version == 6 and (2**16 <= number < 2**32 or number >> 32 == 0xFFFF):
        mapped = "ffff:" if number >> 32 else ""
        return f"::{mapped}{ipaddress.IPv4Address(number & 0xFFFFFFFF)}"
    return address.compressed
