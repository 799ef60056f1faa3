"""The fingerprint of a table plan: equal as long as a half-done load may go on."""

from __future__ import annotations

import hashlib
import json

from mappings.plan import ColumnPlan, TablePlan

__all__ = ["fingerprint"]


def fingerprint(table: TablePlan) -> str:
    """SHA-256 over mapping, target columns and source schema.

    A user's function counts by its name only: a change inside it is not seen.
    """
    facts: list[object] = [
        table.name,
        table.source.fingerprint(),
        table.target,
        table.where,
        table.existing,
        table.natural_key,
        table.duplicates,
        [_column(c) for c in table.columns],
        [(r.column, r.parent, r.orphans) for r in table.references],
    ]
    facts += [table.kind] if table.kind else []
    facts += [(r.column, r.parent, r.orphans, r.only) for r in table.generic]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=repr).encode()).hexdigest()


def _column(column: ColumnPlan) -> list[object]:
    field = column.field
    facts: list[object] = [field.column, field.base, field.array, field.size, field.scale]
    facts += [field.null, column.sources, column.steps]
    # A Django default may be the time of day: it is made anew and promises nothing.
    facts += [column.whole.fingerprint] if column.whole else []
    return facts + ([column.copy] if column.verified else [])
