"""IP addresses as bytes: PHP's inet_pton(), MySQL's INET6_ATON(), and the same in hex digits."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any, Literal

from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.steps.base import Step, factory

__all__ = ["hex_ip", "packed_ip"]

Invalid = Literal["reject", "null"]

_PADDING = bytes(12)
_FACTS = {"max_chars": 39, "max_octets": 39, "plain": True}


@factory
def packed_ip(invalid: Invalid = "reject") -> Step:
    """The address of 4 bytes (IPv4) or 16 (IPv6; IPv4 if the last 12 are zero, as in BINARY(16)).

    Other bytes are rejected as `bad_address`, or NULL with `invalid="null"`.
    """
    _check("packed_ip", invalid)

    def python(value: bytes) -> str | None:
        return _address(value, invalid)

    def inverse(value: Any) -> Iterable[Any]:
        return (value if value is None else ip_address(value).packed,)

    def sql(expr: Expr) -> Expr:
        return _with_sql(expr, expr.sql, invalid)

    return Step(
        name="packed_ip",
        python=python,
        inverse=inverse,
        accepts=frozenset({Kind.BYTES}),
        returns=Kind.TEXT,
        sql=sql,
        options=_options(invalid),
    )


@factory
def hex_ip(invalid: Invalid = "reject") -> Step:
    """The same from 8 or 32 hex digits: `7f000001` -> `127.0.0.1`."""
    _check("hex_ip", invalid)

    def python(value: str) -> str | None:
        # bytes.fromhex would pass over blanks.
        digits = value.isascii() and value.isalnum()
        try:
            return _address(bytes.fromhex(value) if digits else b"", invalid)
        except ValueError:
            return _address(b"", invalid)

    def inverse(value: Any) -> Iterable[Any]:
        return (value if value is None else ip_address(value).packed.hex(),)

    def sql(expr: Expr) -> Expr:
        return _with_sql(expr, f"UNHEX(CAST({expr.sql} AS BINARY))", invalid, (8, 32))

    return Step(
        name="hex_ip",
        python=python,
        inverse=inverse,
        accepts=frozenset({Kind.TEXT}),
        returns=Kind.TEXT,
        sql=sql,
        options=_options(invalid),
    )


def _check(step: str, invalid: str) -> None:
    if invalid not in ("reject", "null"):
        raise ValueError(f"{step}: invalid, got {invalid!r} (expected reject, null)")


def _options(invalid: Invalid) -> tuple[str, ...]:
    return () if invalid == "reject" else (invalid,)


def _address(packed: bytes, invalid: Invalid) -> str | None:
    if len(packed) == 16 and packed.endswith(_PADDING):
        packed = packed[:4]
    if len(packed) not in (4, 16):
        if invalid == "null":
            return None
        raise Reject("bad_address", "neither 4 bytes nor 16")
    address = ip_address(packed)
    mapped = getattr(address, "ipv4_mapped", None)
    return f"::ffff:{mapped}" if mapped else str(address)


def _with_sql(
    expr: Expr, packed: str, invalid: Invalid, lengths: tuple[int, int] = (4, 16)
) -> Expr:
    """Python spells the IPv6 addresses in which a run of zeros may be left out."""
    padded = f"LENGTH({packed}) = 16 AND SUBSTRING({packed}, 5) = 0x{_PADDING.hex()}"
    # Of what is guarded, any address: a canonical text is never NULL.
    text = f"COALESCE(INET6_NTOA(IF({padded}, LEFT({packed}, 4), {packed})), '0.0.0.0')"
    odd = f"LENGTH({expr.sql}) NOT IN {lengths}"
    if invalid == "null" and expr.kind is Kind.BYTES:
        expr = expr.or_null(odd)
    address = expr.to(Kind.TEXT, f"CONVERT({text} USING utf8mb4)", **_FACTS)
    zeros = f"LENGTH({packed}) = 16 AND NOT ({padded}) AND LOCATE('0000', HEX({packed}))"
    return address.guarded(f"({odd}) OR {packed} IS NULL OR ({zeros})")
