"""A text of many values in one column, such as `arrow, house, heart`."""

from __future__ import annotations

from mappings.expr import Expr, Kind
from mappings.sqltext import any_of, my_bytes, my_text
from mappings.steps.base import Step, factory
from mappings.steps.strip import BLANKS

__all__ = ["split"]


@factory
def split(sep: str = ",", strip: bool = True, drop_empty: bool = True) -> Step:
    """The parts of the text between `sep`, as a list.

    `strip` takes blanks off both ends of each part, as the step of that name does; `drop_empty`
    leaves out parts that are '' (then). The empty text is the empty list, or [''] with
    `drop_empty=False`. Raises `ValueError` for an empty separator.
    """
    if not sep:
        raise ValueError("split: sep, got '' (expected one character or more)")

    def python(value: str) -> list[str]:
        parts = value.split(sep)
        if strip:
            parts = [p.strip(BLANKS) for p in parts]
        return [p for p in parts if p] if drop_empty else parts

    def sql(expr: Expr) -> Expr | None:
        # Joined by commas, an empty list and a list of one empty text look the same.
        return _joined(expr, sep, strip) if drop_empty else None

    return Step(
        name="split",
        python=python,
        accepts=frozenset({Kind.TEXT}),
        returns=Kind.LIST,
        sql=sql,
        options=(sep, strip, drop_empty),
    )


def _joined(expr: Expr, sep: str, strip: bool) -> Expr:
    """The usual case in SQL: one blank beside a separator, no empty part."""
    joined, guards = expr.sql, []
    if sep != ",":
        guards.append(_holds(joined, ","))
        joined = f"REPLACE({joined}, {my_text(sep)}, {my_text(',')})"
    blanks = BLANKS if strip else ""
    if strip:
        for beside in (", ", " ,"):
            joined = f"REPLACE({joined}, {my_text(beside)}, {my_text(',')})"
        guards += [_holds(joined, beside) for beside in (", ", " ,")]
        guards += [_holds(joined, blank) for blank in BLANKS if blank != " "]
    ends = ", ".join(my_bytes(c.encode()) for c in "," + blanks)
    guards += [f"{side}(CAST({joined} AS BINARY), 1) IN ({ends})" for side in ("LEFT", "RIGHT")]
    guards.append(_holds(joined, ",,"))
    facts = {"max_chars": expr.max_chars, "max_octets": expr.max_octets, "plain": expr.plain}
    return expr.to(Kind.LIST, joined, **facts).guarded(any_of(guards))


def _holds(sql: str, what: str) -> str:
    return f"LOCATE({my_bytes(what.encode())}, CAST({sql} AS BINARY))"
