"""Text that PHP kept in a binary column: the titles of a wiki, most of all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.sqltext import my_text
from mappings.steps.base import Step, factory
from mappings.steps.repair_charset import latin1_text
from mappings.types.text import LARGE

__all__ = ["decode_utf8"]

Invalid = Literal["reject", "latin1", "replace", "null"]
_POLICIES = ("reject", "latin1", "replace", "null")


@factory
def decode_utf8(invalid: Invalid = "reject") -> Step:
    """The text that the bytes are in UTF-8.

    Bytes that are no UTF-8 are rejected as `bad_charset`; or read as `latin1`; or `replace` puts
    U+FFFD for what cannot be read; or they are `null`.
    """
    if invalid not in _POLICIES:
        raise ValueError(f"decode_utf8: invalid, got {invalid!r} (expected {', '.join(_POLICIES)})")

    def python(value: bytes) -> str | None:
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            if invalid == "reject":
                raise Reject("bad_charset", f"byte {error.start}") from error
        if invalid == "latin1":
            return latin1_text(value)
        return value.decode(errors="replace") if invalid == "replace" else None

    return Step(
        name="decode_utf8",
        python=python,
        inverse=_encode,
        accepts=frozenset({Kind.BYTES}),
        returns=Kind.TEXT,
        sql=_sql,
        options=() if invalid == "reject" else (invalid,),
    )


def _encode(value: Any) -> Iterable[Any]:
    return (value if value is None else value.encode(),)


def _sql(expr: Expr) -> Expr:
    text = f"CONVERT({expr.sql} USING utf8mb4)"
    # By way of UTF-16, because MySQL lets surrogates pass as UTF-8.
    back = f"CAST(CONVERT(CONVERT({text} USING utf16) USING utf8mb4) AS BINARY)"
    guards = [f"NOT ({back} <=> CAST({expr.sql} AS BINARY))"]
    if expr.max_octets is None or expr.max_octets >= LARGE:
        # MySQL's REPLACE is quadratic in hits on one value.
        guards.insert(0, f"LENGTH({expr.sql}) > {LARGE}")
    # Of what is guarded, any text: a canonical text is never NULL.
    known = f"COALESCE({text}, {my_text('')})"
    decoded = expr.to(Kind.TEXT, known, max_chars=expr.max_octets, max_octets=expr.max_octets)
    return decoded.guarded(*guards)
