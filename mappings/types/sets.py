"""SET, and lists of texts that steps have made: to arrays and to comma-separated text."""

from __future__ import annotations

import re
from typing import Any

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.sqltext import copy_escape, holds, my_text
from mappings.target import TargetField
from mappings.types.base import Conversion, Source, column_null, expect
from mappings.types.text import AsText, quoted_members, utf8

__all__ = ["ListToArray", "ListToText", "SetColumn"]

_QUOTED = re.compile(r"""[{}",\\ \t\n\r\v\f]""")
"""Characters for which PostgreSQL puts a member of an array in quotes."""


class SetColumn(Source):
    """The members of a value in the order of the column's declaration."""

    types = frozenset({"set"})

    def read(self, column: SourceColumn) -> SourceValue:
        sql, _ = utf8(column)
        members = quoted_members(column.column_type)
        expr = Expr(
            kind=Kind.LIST,
            sql=sql,
            null=column_null(column),
            max_chars=len(",".join(members)),
            max_octets=len(",".join(members).encode()),
            members=members,
            plain=not any(re.search(r"[\\\n\t\r]", m) for m in members),
        )
        return SourceValue(expr=expr, raw=f"CAST({sql} AS BINARY)", decode=_decode)


def _decode(value: bytes) -> list[str]:
    return value.decode().split(",") if value else []


def _check(value: Any) -> None:
    expect(value, list, tuple)
    for member in value:
        expect(member, str)
        if "\0" in member:
            raise Reject("nul_byte", "PostgreSQL text cannot hold U+0000")


def _nul_byte(expr: Expr) -> tuple[Refusal, ...]:
    if expr.members is not None:
        return ()
    return (Refusal(code="nul_byte", sql=holds(expr.sql, b"\0")),)


class ListToArray(Conversion):
    """The canonical form is the number of members and the members, joined by commas.

    Where a member has a comma of its own, is NULL, or is a list again, it is the text of the array:
    no SET has such members, and of steps Python makes them.

    A member longer than the array's varchar has a refusal in SQL where the members are known;
    elsewhere PostgreSQL finds it.
    """

    kind = Kind.LIST
    targets = frozenset({"varchar", "text", "citext"})
    array = True
    framed = True

    def text(self, expr: Expr, field: TargetField) -> str:
        sql = expr.sql
        for special in _specials(expr):
            escape = f"\\{special}"
            sql = f"REPLACE({sql}, {my_text(special)}, {my_text(escape)})"
        opening, between, closing = map(my_text, ('{"', '","', '"}'))
        filled = f"CONCAT({opening}, REPLACE({sql}, ',', {between}), {closing})"
        return f"IF(LENGTH({expr.sql}) = 0, '{{}}', {filled})"

    def copy(self, expr: Expr, field: TargetField) -> str:
        text = self.text(expr, field)
        return text if expr.plain and not _specials(expr) else copy_escape(text)

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        x = expr.sql
        members = f"LENGTH({x}) - LENGTH(REPLACE({x}, ',', '')) + 1"
        return f"CONCAT(IF(LENGTH({x}) = 0, 0, {members}), ':', {x})"

    def canonical_target(self, field: TargetField, column: str) -> str:
        joined = f"array_to_string({column}, ',', '')"
        commas = f"octet_length({joined}) - octet_length(replace({joined}, ',', ''))"
        # A list of lists cannot be searched: it comes before.
        odd = f"array_position({column}, NULL) IS NOT NULL OR {commas} >= cardinality({column})"
        return (
            f"(CASE WHEN cardinality({column}) = 0 THEN '0:'"
            f" WHEN array_ndims({column}) > 1 THEN {column}::text"
            f" WHEN {odd} THEN {column}::text"
            f" ELSE cardinality({column}) || ':' || {joined} END)"
        )

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        found = _nul_byte(expr)
        if field.size is None or expr.members is None:
            return found
        long = [m for m in expr.members if len(m) > field.size]
        if not long:
            return found
        sql = " OR ".join(f"FIND_IN_SET({my_text(m)}, {expr.sql})" for m in long)
        return (*found, Refusal(code="too_long", sql=sql, silent=True))

    def convert(self, value: Any, field: TargetField) -> list[str]:
        _check(value)
        if field.size is not None and any(len(member) > field.size for member in value):
            raise Reject("too_long", f"a member has more than {field.size} characters")
        return list(value)

    def encode(self, value: Any, field: TargetField) -> str:
        quoted = (m.replace("\\", "\\\\").replace('"', '\\"') for m in value)
        return "{" + ",".join(f'"{m}"' for m in quoted) + "}"

    def canonical(self, value: Any, field: TargetField) -> str:
        if any("," in member for member in value):
            return f"{{{','.join(map(_spelled, value))}}}"
        return f"{len(value)}:{','.join(value)}"


def _spelled(member: str) -> str:
    """A member as PostgreSQL spells it in the text of an array."""
    if member and member.upper() != "NULL" and not _QUOTED.search(member):
        return member
    escaped = member.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _specials(expr: Expr) -> list[str]:
    """Characters that an array literal escapes, as far as the value can hold them."""
    possible = None if expr.members is None else "".join(expr.members)
    return [c for c in ("\\", '"') if possible is None or c in possible]


class ListToText(AsText):
    """The members joined by commas, as MySQL shows a SET."""

    kind = Kind.LIST

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        return (*_nul_byte(expr), *super().refusals(expr, field))

    def spell(self, value: Any, field: TargetField) -> str:
        _check(value)
        return ",".join(value)
