"""Lists of whole numbers, such as the ids `3,14,15`."""

from __future__ import annotations

import re
from typing import Literal

from mappings.errors import Reject
from mappings.expr import Expr, Kind
from mappings.sqltext import matches
from mappings.steps.base import Step, factory, itself

__all__ = ["integers"]

Invalid = Literal["reject", "drop"]

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


@factory
def integers(invalid: Invalid = "reject") -> Step:
    """The list with its members spelled as whole numbers: `['007', '-0']` -> `['7', '0']`.

    A member that is none, or has more than 18 digits, is rejected as `not_a_number`, or left out
    with `invalid="drop"`. For an array field of integers, or one of text.
    """
    if invalid not in ("reject", "drop"):
        raise ValueError(f"integers: invalid, got {invalid!r} (expected reject, drop)")

    def python(value: list[str]) -> list[str]:
        numbers = [str(int(member)) for member in value if _WHOLE.fullmatch(member)]
        if len(numbers) < len(value) and invalid == "reject":
            raise Reject("not_a_number", "a member of the list is no whole number")
        return numbers

    def sql(expr: Expr) -> Expr:
        """MySQL knows a list that is spelled so already; Python does the others."""
        text = f"CAST({expr.sql} AS BINARY)"
        number = "(0|-?[1-9][0-9]{0,17})"
        # A NUL ends the text for some versions of REGEXP, a newline for others.
        control = f"LOCATE(0x00, {text}) OR LOCATE(0x0a, {text})"
        spelled = f"LENGTH({text}) = 0 OR {matches(text, f'^{number}(,{number})*$')}"
        listed = expr.but(members=None, plain=True)
        return listed.guarded(f"{control} OR NOT ({spelled})")

    return Step(
        name="integers",
        python=python,
        inverse=itself,
        accepts=frozenset({Kind.LIST}),
        sql=sql,
        options=() if invalid == "reject" else (invalid,),
    )
