"""The DEFAULT of a column, which MariaDB writes as SQL and MySQL as bare text."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from mappings.catalogue import SourceColumn

__all__ = ["defaults_to_now", "number_default", "plain_default"]

_NOW = re.compile(r"(current_timestamp|now|localtime(stamp)?)\b", re.IGNORECASE)
_BITS = re.compile(r"b'([01]+)'")
_UNESCAPED = re.compile(r"''|\\(.)", re.DOTALL)


def plain_default(column: SourceColumn, *, mariadb: bool) -> str | None:
    """The text of a default that is a value; None for NULL, for an expression and for none."""
    given = column.default
    if given is None or given.upper() == "NULL" or _NOW.match(given):
        return None
    if bits := _BITS.fullmatch(given):
        return str(int(bits[1], 2))
    if len(given) >= 2 and given[0] == given[-1] == "'":
        return _UNESCAPED.sub(lambda m: m[1] or "'", given[1:-1])
    if mariadb and number_default(given) is None:
        # An expression; but before 10.2 MariaDB wrote text bare, as MySQL does.
        return None if "(" in given or not column.charset else given
    return None if "(" in given else given


def defaults_to_now(column: SourceColumn) -> bool:
    return column.default is not None and _NOW.match(column.default) is not None


def number_default(text: str | None) -> Decimal | None:
    """The number that a default is, or None."""
    try:
        number = Decimal(text) if text is not None else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None
