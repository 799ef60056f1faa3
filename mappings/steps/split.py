"""A text of many values in one column, such as `arrow, house, heart`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from mappings.expr import Expr, Kind
from mappings.sqltext import any_of, holds, my_bytes, my_text
from mappings.steps.base import Step, factory
from mappings.steps.strip import BLANKS

__all__ = ["split"]


@factory
def split(
    sep: str | Sequence[str] = ",",
    strip: bool = True,
    drop_empty: bool = True,
    unique: bool = False,
) -> Step:
    """The parts of the text between `sep`, as a list. Several separators may be given.

    `strip` takes blanks off both ends of each part, as the step of that name does; `drop_empty`
    leaves out parts that are '' (then), so `|a|b|` has two; `unique` keeps the first of equal
    parts. The empty text is the empty list, or [''] with `drop_empty=False`. Raises `ValueError`
    for an empty separator.
    """
    seps = (sep,) if isinstance(sep, str) else tuple(sep)
    if not seps or not all(seps):
        raise ValueError(f"split: sep, got {sep!r} (expected one character or more)")
    between = re.compile("|".join(map(re.escape, sorted(seps, key=len, reverse=True))))

    def python(value: str) -> list[str]:
        parts = between.split(value)
        if strip:
            parts = [p.strip(BLANKS) for p in parts]
        if drop_empty:
            parts = [p for p in parts if p]
        return list(dict.fromkeys(parts)) if unique else parts

    def inverse(value: Any) -> Iterable[Any]:
        return (value if value is None else seps[0].join(map(str, value)),)

    def sql(expr: Expr) -> Expr | None:
        # Joined by commas, an empty list and a list of one empty text look the same. Longer
        # separators could overlap, and what comes first in the text would have to win.
        short = len(seps) == 1 or all(len(s) == 1 for s in seps)
        return _joined(expr, seps, strip) if drop_empty and short and not unique else None

    return Step(
        name="split",
        python=python,
        inverse=inverse,
        accepts=frozenset({Kind.TEXT}),
        returns=Kind.LIST,
        sql=sql,
        options=(sep, strip, drop_empty, unique) if unique else (sep, strip, drop_empty),
    )


def _joined(expr: Expr, seps: tuple[str, ...], strip: bool) -> Expr:
    """The usual case in SQL: one blank beside a separator, no empty part between two others."""
    joined, guards = expr.sql, []
    if "," not in seps:
        guards.append(_holds(joined, ","))
    for sep in seps:
        if sep != ",":
            joined = f"REPLACE({joined}, {my_text(sep)}, {my_text(',')})"
    if strip:
        for beside in (", ", " ,"):
            joined = f"REPLACE({joined}, {my_text(beside)}, {my_text(',')})"
        guards += [_holds(joined, beside) for beside in (", ", " ,")]
        guards += [_holds(joined, blank) for blank in BLANKS if blank != " "]
    joined = f"TRIM(BOTH {my_text(',')} FROM {joined})"
    if strip:
        ends = ", ".join(my_bytes(c.encode()) for c in BLANKS)
        guards += [f"{side}(CAST({joined} AS BINARY), 1) IN ({ends})" for side in ("LEFT", "RIGHT")]
    guards.append(_holds(joined, ",,"))
    facts = {"max_chars": expr.max_chars, "max_octets": expr.max_octets, "plain": expr.plain}
    return expr.to(Kind.LIST, joined, **facts).guarded(any_of(guards))


def _holds(sql: str, what: str) -> str:
    return holds(sql, what.encode())
