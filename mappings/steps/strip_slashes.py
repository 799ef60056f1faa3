"""Backslashes that magic quotes or addslashes() put into the text, and nobody took out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from mappings.expr import Expr, Kind
from mappings.sqltext import my_bytes, my_text
from mappings.steps.base import Step
from mappings.steps.members import mapped_members

__all__ = ["strip_slashes"]

_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)


def _character(found: re.Match[str]) -> str:
    return "\0" if found[1] == "0" else found[1]


def _strip(value: str) -> str:
    return _ESCAPE.sub(_character, value)


def _add_slashes(value: Any) -> Iterable[Any]:
    if value is None:
        return (None,)
    return re.sub(r"""['"\\]""", r"\\\g<0>", value).replace("\0", "\\0"), value


def _sql(expr: Expr) -> Expr:
    """Where no backslash is escaped itself, and none means NUL, all of them go."""
    text = f"CAST({expr.sql} AS BINARY)"
    special = " OR ".join(f"LOCATE({my_bytes(e)}, {text})" for e in (b"\\\\", b"\\0"))
    changed = expr.but(
        sql=f"REPLACE({expr.sql}, {my_text(chr(92))}, {my_text('')})",
        members=mapped_members(expr, _strip),
    )
    return changed.guarded(special)


strip_slashes = Step(
    name="strip_slashes",
    python=_strip,
    inverse=_add_slashes,
    accepts=frozenset({Kind.TEXT}),
    sql=_sql,
)
"""PHP's stripslashes(): `O\\'Brien` -> `O'Brien`, two backslashes -> one, `\\0` -> NUL."""
