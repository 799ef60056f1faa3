"""A column that lists the other's keys, taken apart in Python: one row for each member."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from mappings.columns import ManyToMany
from mappings.errors import Reject
from verify.rows.decoding import Decoder

__all__ = ["BadList", "member", "members"]

Row: TypeAlias = tuple[Any, ...]
_NUMBER = re.compile(r"^-?[0-9]{1,18}$")


class BadList:
    """Stands for the members of a list that cannot be read."""


def members(
    told: ManyToMany, listed: Decoder, *, first: int, numeric: bool
) -> Callable[[Row], Iterator[Row]]:
    """Row -> rows with a member each instead of the list, which is in the fields from `first`.

    None stands for what is too many, and for a member that is no number where numbers are.
    """
    separator = told.separator or ""

    def apart(row: Row) -> Iterator[Row]:
        head, raw = row[:first], row[first:]
        if raw[0] is None:
            return
        try:
            text = listed.decode(*raw)
        except Reject:
            yield (*head, BadList())
            return
        if not text.strip(" "):
            return
        for number, each in enumerate(text.split(separator), 1):
            found = each.strip(" ")
            if number > told.most:
                yield (*head, None)
                return
            if found:
                good = not numeric or _NUMBER.match(found)
                yield (*head, (int(found) if numeric else found) if good else None)

    return apart


def member(value: Any) -> Any:
    """A member as it is. Raises `Reject` for one of a list that cannot be read."""
    if isinstance(value, BadList):
        raise Reject("bad_charset", "a list that is no text in its charset")
    return value
