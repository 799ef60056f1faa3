"""Whether the source's schema is still the one that the rows were loaded under."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mappings.catalogue import Catalogue
from mappings.plan import Plan, TablePlan
from mappings.sqltext import pg_name
from migrate.errors import RunError, SourceError
from migrate.follow.facts import differences, facts_of, narrow_fingerprint
from migrate.ledger import Ledger
from migrate.models import Table

__all__ = [
    "SchemaDiffers",
    "facts_now",
    "reordered",
    "require_same_schema",
    "require_same_tables",
]

_PLANS = "plans"
_TABLES = "tables"


class SchemaDiffers(SourceError):
    """A column that a mapping reads is not what it was; the message lists the differences."""


def facts_now(tables: Collection[TablePlan], catalogue: Catalogue) -> dict[str, Any]:
    """What the ledger keeps of the schema that tables were loaded under, to compare with later."""
    names = {table.source.name for table in tables}
    names |= {join.table for table in tables for join in table.source.joins}
    names |= {n for t in tables for c in t.columns for n, _ in c.elsewhere}
    plans = {table.name: narrow_fingerprint(table, catalogue) for table in tables}
    return {_TABLES: facts_of(catalogue, sorted(names)), _PLANS: plans}


def reordered(
    tables: Collection[TablePlan], catalogue: Catalogue, known: Mapping[str, Any]
) -> dict[str, str]:
    """Table plans of which a column has moved since, each with the reason.

    Keys of events of before it may be read from another column; an ALTER TABLE that was kept out of
    the binlog does not stand behind them.
    """
    before = known.get(_TABLES, {})
    found = {}
    for table in tables:
        now = facts_now([table], catalogue)[_TABLES]
        for name, facts in now.items():
            old, new = before.get(name, {}).get("order", []), facts["order"]
            if [c for c in old if c in new] != [c for c in new if c in old] and old:
                found[table.name] = f"{name}: its columns are in another order"
    return found


def require_same_tables(catalogue: Catalogue, known: Mapping[str, Any], cause: Exception) -> None:
    """Raise `SchemaDiffers` when tables are not what they were: no mapping compiles with them."""
    before = known.get(_TABLES, {})
    if found := differences(before, facts_of(catalogue, before)):
        lines = "".join(f"\n  {difference}" for difference in found)
        raise SchemaDiffers(
            f"follow: the source schema changed, and the mappings do not fit any more{lines}",
            hint="see `delamp check`; nothing is lost until they fit again",
        ) from cause


def require_same_schema(
    ledger: Ledger,
    plan: Plan,
    catalogue: Catalogue,
    known: Mapping[str, Any],
    loaded: Collection[str],
    *,
    who: str = "follow",
) -> list[str]:
    """Raise unless every loaded table may be followed with the plan of now.

    Returns what has changed that no mapping reads; the ledger then takes the plan of now for that
    of the load. Raises `SchemaDiffers` with the differences, or `RunError` for a mapping that was
    changed itself. Commits at once.
    """
    records = ledger.tables()
    changed = [
        table
        for table in plan.tables
        if table.name in loaded and records[table.name].fingerprint != table.fingerprint
    ]
    if not changed:
        return []
    now = facts_now(plan.tables, catalogue)
    found = differences(known.get(_TABLES, {}), now[_TABLES])
    harmful = [
        t.name for t in changed if known.get(_PLANS, {}).get(t.name) != now[_PLANS].get(t.name)
    ]
    if harmful:
        names = ", ".join(harmful)
        hint = (
            f"correct mapping and model, `delamp run {harmful[0]} --restart`, then"
            " `delamp follow --heal`; nothing is lost until then"
        )
        if not found:
            raise RunError(
                f"{who}: the mapping or the source schema of {names} changed since the load",
                hint=hint,
            )
        lines = "".join(f"\n  {difference}" for difference in found)
        raise SchemaDiffers(f"{who}: the source schema of {names} changed{lines}", hint=hint)
    for table in changed:
        ledger.target.execute(
            f"UPDATE {pg_name(Table._meta.db_table)} SET fingerprint = %s WHERE id = %s",
            [table.fingerprint, records[table.name].id],
        )
    return [str(difference) for difference in found]
