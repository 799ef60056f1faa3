"""References whose parent is not in the target: found there, where a refused parent is missing too.

A row's fate is a fixpoint: the child of a refused row is itself an orphan. So tables are settled
parents first, and tables that refer to each other again and again until nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mappings.plan import ReferencePlan, TablePlan
from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.extract.identities import rows_of_identities
from migrate.extract.rowwise import RefusedRow
from migrate.ledger import Ledger
from migrate.source import Source

__all__ = ["settle"]

_BATCH = 500
_OUTCOMES = {"quarantine": "rejected", "skip": "skipped", "null": "nulled"}


def settle(
    ledger: Ledger, source: Source, table: TablePlan, table_id: int, reference: ReferencePlan
) -> int:
    """Apply the reference's orphan policy to every row of the table; returns the rows touched.

    One transaction: rows leave the table, or lose the reference, together with their ledger rows.
    """
    if reference.orphans == "keep":
        return 0
    target = ledger.target
    with target.transaction():
        target.execute("DROP TABLE IF EXISTS pg_temp.delamp_orphans")
        found = target.execute(_collect(table, reference))
        if found == 0:
            return 0
        for refused in _refused(ledger, source, table, reference):
            ledger.reject(table_id, refused)
        name, column = pg_name(table.target), pg_name(reference.column)
        if reference.orphans == "null":
            change = f"UPDATE {name} t SET {column} = NULL"
        else:
            change = f"DELETE FROM {name} t USING pg_temp.delamp_orphans o"
        using = " FROM pg_temp.delamp_orphans o" if reference.orphans == "null" else ""
        target.execute(f"{change}{using} WHERE t.ctid = o.row")
        if reference.orphans == "quarantine":
            ledger.adjust(table_id, loaded=-found, rejected=found)
        elif reference.orphans == "skip":
            ledger.adjust(table_id, loaded=-found, skipped=found)
        target.execute("DROP TABLE pg_temp.delamp_orphans")
        return found


def _collect(table: TablePlan, reference: ReferencePlan) -> str:
    held = ", ".join(
        f"t.{pg_name(column.column)} AS key_{n}" for n, column in enumerate(table.identity)
    )
    column, parent = pg_name(reference.column), pg_name(reference.parent)
    # The object ids of a generic foreign key may be texts, whatever its models' keys are.
    text = "::text" if reference.only else ""
    only = "".join(f" AND {p}" for p in (reference.only, table.owns) if p)
    return (
        "CREATE TEMP TABLE delamp_orphans AS"
        " SELECT row_number() OVER (ORDER BY t.ctid) AS n, t.ctid AS row,"
        f" t.{column}::text AS missing, to_jsonb(t.*) AS whole{', ' + held if held else ''}"
        f" FROM {pg_name(table.target)} t WHERE t.{column} IS NOT NULL AND NOT EXISTS"
        f" (SELECT FROM {parent} p WHERE p.{pg_name(reference.parent_column)}{text}"
        f" = t.{column}{text})"
        f"{_that_came(table, reference)}{only}"
    )


def _that_came(table: TablePlan, reference: ReferencePlan) -> str:
    """SQL: and the row was not there before delamp came. Such a row is never deleted."""
    if table.existing == "refuse" or reference.orphans == "null":
        return ""
    existing, key = pg_name(models.ExistingKey._meta.db_table), pg_name(table.primary_key[0])
    return (
        f" AND NOT EXISTS (SELECT FROM {existing} e"
        f" WHERE e.mapping = {pg_text(table.name)} AND e.target_key = t.{key}::text)"
    )


def _refused(
    ledger: Ledger, source: Source, table: TablePlan, reference: ReferencePlan
) -> Iterator[Sequence[RefusedRow]]:
    """The orphans in batches, with their source values where the source row can be named."""
    last = 0
    keys = ", ".join(f"key_{n}" for n in range(len(table.identity)))
    while rows := ledger.target.rows(
        f"SELECT n, missing, whole{', ' + keys if keys else ''} FROM pg_temp.delamp_orphans"
        " WHERE n > %s ORDER BY n LIMIT %s",
        [last, _BATCH],
    ):
        last = rows[-1][0]
        if table.identity:
            read = rows_of_identities(table, source, [row[3:] for row in rows])
            yield [
                _orphan(row.refuse(table, reference.name, "no_parent", ""), reference)
                for row in read
            ]
        else:
            yield [_keyless(reference, missing, whole) for _, missing, whole in rows]


def _orphan(row: RefusedRow, reference: ReferencePlan) -> RefusedRow:
    detail, outcome = f"no row in {reference.parent}", _OUTCOMES[reference.orphans]
    return replace(row, detail=detail, outcome=outcome)


def _keyless(reference: ReferencePlan, missing: str, whole: dict[str, object]) -> RefusedRow:
    return RefusedRow(
        key=None,
        key_text=f"{reference.column}={missing}",
        column=reference.name,
        code="no_parent",
        detail=f"no row in {reference.parent}",
        values={name: value if value is None else str(value) for name, value in whole.items()},
        outcome=_OUTCOMES[reference.orphans],
    )
