"""PHP's nl2br() undone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from mappings.expr import Expr, Kind
from mappings.sqltext import my_bytes, my_text
from mappings.steps.base import Step
from mappings.steps.members import mapped_members

__all__ = ["br_to_newline"]

_BREAK = re.compile(r"<br[ \t\r\n]*/?>([\r\n])?", re.IGNORECASE)
_USUAL, _OTHERS = "<br />", ("<br>", "<br/>")


def _newline(found: re.Match[str]) -> str:
    return found[1] or "\n"


def _unbreak(value: str) -> str:
    return _BREAK.sub(_newline, value)


def _break(value: Any) -> Iterable[Any]:
    """As nl2br() does it: the tag before the newline, of which carriage returns are part."""
    return (value,) if value is None else (re.sub(r"\r?\n", r"<br />\g<0>", value), value)


def _sql(expr: Expr) -> Expr:
    """MySQL does the three usual spellings in lower case; any other `<br` goes by Python."""
    text = rest = expr.sql
    for tag in _OTHERS:
        text = _replace(text, tag, _USUAL)
    for tag in (_USUAL, *_OTHERS):
        # A blank in its place, or the text around it could join to a tag.
        rest = _replace(rest, tag, " ")
    for newline in "\n\r":
        text = _replace(text, _USUAL + newline, newline)
    changed = expr.but(
        sql=_replace(text, _USUAL, "\n"), members=mapped_members(expr, _unbreak), plain=False
    )
    rest = f"CAST({rest} AS BINARY)"
    spellings = ("<br", "<BR", "<Br", "<bR")
    return changed.guarded(
        " OR ".join(f"LOCATE({my_bytes(s.encode())}, {rest})" for s in spellings)
    )


def _replace(sql: str, old: str, new: str) -> str:
    return f"REPLACE({sql}, {my_text(old)}, {my_text(new)})"


br_to_newline = Step(
    name="br_to_newline",
    python=_unbreak,
    inverse=_break,
    accepts=frozenset({Kind.TEXT}),
    sql=_sql,
)
"""`one<br />\\ntwo` -> `one\\ntwo`: a `<br>` and the newline after it are one newline."""
