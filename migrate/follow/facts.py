"""The schema of the source as it was when it was last understood, and what has changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mappings.catalogue import Catalogue
from mappings.compiler.fingerprint import fingerprint
from mappings.plan import TablePlan

__all__ = ["Difference", "differences", "facts_of", "narrow_fingerprint"]

Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One column, or the key, of a source table that is not what it was."""

    table: str
    column: str
    """Empty: the table itself, or its key."""
    before: str
    after: str

    def __str__(self) -> str:
        place = f"{self.table}.{self.column}" if self.column else self.table
        return f"{place}: {self.before or 'nothing'} → {self.after or 'nothing'}"


def facts_of(catalogue: Catalogue, names: Iterable[str]) -> dict[str, Any]:
    """What a change of would matter: columns with types and character sets, and the key."""
    found = {}
    for name in names:
        table = catalogue.tables.get(name)
        if table is not None:
            found[name] = {
                "columns": {
                    c.name: " ".join(
                        filter(None, (c.column_type, c.collation, "" if c.nullable else "NOT NULL"))
                    )
                    for c in table.columns
                },
                "key": list(table.key),
                "order": [column.name for column in table.columns],
            }
    return found


def differences(before: Facts, after: Facts) -> list[Difference]:
    """Every difference in the tables that `before` knows."""
    found = []
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            found.append(Difference(table=name, column="", before="a table", after=""))
            continue
        columns = [*old["columns"], *(c for c in new["columns"] if c not in old["columns"])]
        for column in columns:
            was, now = old["columns"].get(column, ""), new["columns"].get(column, "")
            if was != now:
                found.append(Difference(table=name, column=column, before=was, after=now))
        if old["key"] != new["key"]:
            keys = (f"key ({', '.join(old['key'])})", f"key ({', '.join(new['key'])})")
            found.append(Difference(table=name, column="", before=keys[0], after=keys[1]))
    return found


def narrow_fingerprint(table: TablePlan, catalogue: Catalogue) -> str:
    """The plan's fingerprint, but for columns of the source that the mapping does not read.

    Equal for as long as what was loaded by the one plan may be refreshed by the other.
    """
    source = table.source
    names = {str(name) for column in table.columns for name in column.sources}
    names |= {column.name for column in table.key} | set(source.key)
    read = tuple(
        column
        # Whatever their order: statements name them.
        for column in sorted(source.columns, key=lambda column: str(column.name))
        # A predicate of the user's own names what it reads.
        if str(column.name) in names or (table.where and str(column.name) in table.where)
    )
    elsewhere = []
    columns = []
    for column in table.columns:
        for name, part in column.elsewhere:
            other = catalogue.tables.get(name)
            elsewhere.append(repr(other.column(part)) if other else "")
        whole = column.whole and replace(column.whole, fingerprint="")
        columns.append(column.but(whole=whole))
    joins = tuple(replace(join, fingerprint="") for join in source.joins)
    narrowed = replace(source, columns=read, joins=joins)
    text = fingerprint(replace(table, source=narrowed, columns=tuple(columns)))
    return hashlib.sha256("\n".join([text, *elsewhere]).encode()).hexdigest()
