"""Numbers that were kept as text: `1,234.50`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.sqltext import matches, my_text
from mappings.steps.base import Step, factory
from mappings.steps.strip import BLANKS

__all__ = ["parse_number"]

Invalid = Literal["reject", "null"]

_DIGITS = 18
"""Digits before the point that a BIGINT holds, whatever they are."""


@factory
def parse_number(
    places: int = 0, decimal: str = ".", thousands: str = "", invalid: Invalid = "reject"
) -> Step:
    """The number that the text says: an integer, or with `places` a decimal with so many.

    `decimal` stands before a fraction, `thousands` may stand between groups of three digits;
    blanks around the number are no part of it. What is no number, has more than 18 digits before
    the point, or digits that are not zero beyond `places`, is rejected as `not_a_number`, or NULL
    with `invalid="null"`. Raises `ValueError` for options that contradict each other.
    """
    _check(places, decimal, thousands, invalid)
    groups = rf"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+|" if thousands else ""
    number = re.compile(rf"([+-]?)({groups}[0-9]*)(?:{re.escape(decimal)}([0-9]*))?")
    kind = Kind.DECIMAL if places else Kind.INT

    def python(value: str) -> int | Decimal | None:
        found = number.fullmatch(value.strip(BLANKS))
        whole = found[2].replace(thousands, "") if found and thousands else found and found[2]
        fraction = (found[3] if found else "") or ""
        kept, lost = fraction[:places], fraction[places:]
        if found and (whole or fraction) and len(whole or "") <= _DIGITS and not lost.strip("0"):
            digits = int(f"{whole or 0}{kept.ljust(places, '0')}")
            exact = -digits if found[1] == "-" else digits
            return Decimal(exact).scaleb(-places) if places else exact
        if invalid == "null":
            return None
        raise Reject("not_a_number", "no number of the form that parse_number was given")

    def inverse(value: Any) -> Iterable[Any]:
        if value is None:
            return (None, "")
        text = f"{Decimal(value):.{places}f}"
        return text.replace(".", decimal), f"{Decimal(value):f}".replace(".", decimal)

    def sql(expr: Expr) -> Expr:
        """MySQL does tidy numbers itself, and '' with `invalid="null"`."""
        if invalid == "null":
            expr = expr.or_null(f"LENGTH({expr.sql}) = 0")
        text = f"CAST({expr.sql} AS BINARY)"
        fraction = f"([{decimal}][0-9]{{1,{places}}})?" if places else ""
        tidy = matches(text, f"^-?[0-9]{{1,{_DIGITS}}}{fraction}$")
        # A NUL ends the text for some versions of REGEXP, a newline for others.
        tidy = f"{tidy} AND NOT LOCATE(0x00, {text}) AND NOT LOCATE(0x0a, {text})"
        spelled = f"REPLACE({expr.sql}, {my_text(decimal)}, {my_text('.')})"
        type_ = f"DECIMAL({_DIGITS + places}, {places})" if places else "SIGNED"
        bound = 10**_DIGITS
        # IF, because a cast of any other text is an error in some modes of the server.
        parsed = expr.to(
            kind,
            # Plus zero, or some versions would say -0.00.
            f"(CAST(IF({tidy}, {spelled}, '0') AS {type_}) + 0)",
            lo=-bound if kind is Kind.INT else Decimal(-bound),
            hi=bound if kind is Kind.INT else Decimal(bound),
            scale=places or None,
            plain=True,
        )
        return parsed.guarded(f"NOT ({tidy})")

    return Step(
        name="parse_number",
        python=python,
        inverse=inverse,
        accepts=frozenset({Kind.TEXT}),
        returns=kind,
        sql=sql,
        options=(places, decimal, thousands, invalid),
    )


def _check(places: int, decimal: str, thousands: str, invalid: str) -> None:
    if not 0 <= places <= 10:
        raise ValueError(f"parse_number: places, got {places} (expected 0 to 10)")
    if decimal not in (".", ","):
        raise ValueError(f"parse_number: decimal, got {decimal!r} (expected '.' or ',')")
    if thousands == decimal or thousands not in ("", ".", ",", " ", "'", "\u00a0"):
        raise ValueError(
            f"parse_number: thousands, got {thousands!r} (expected '.', ',', ' ', a quote, a "
            "no-break space or '', and not the same as decimal)"
        )
    if invalid not in ("reject", "null"):
        raise ValueError(f"parse_number: invalid, got {invalid!r} (expected reject, null)")
