"""References whose parent is not in the target: found there, where a refused parent is missing too.

A row's fate is a fixpoint: the child of a refused row is itself an orphan. So tables are settled
parents first, and tables that refer to each other again and again until nothing changes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from mappings.plan import ReferencePlan, TablePlan
from mappings.sqltext import pg_name, pg_text
from migrate import models
from migrate.extract.identities import rows_of_identities
from migrate.extract.rowwise import RefusedRow, RowLine
from migrate.ledger import Ledger
from migrate.load.refusals import refusal_of
from migrate.proof import OrphanSums
from migrate.source import Source
from migrate.target import Target, TargetRefused

__all__ = ["OUTCOMES", "settle"]

_BATCH = 500
OUTCOMES = {"quarantine": "rejected", "skip": "skipped", "null": "nulled"}


def settle(
    ledger: Ledger, source: Source, table: TablePlan, table_id: int, reference: ReferencePlan
) -> int:
    """Apply the reference's orphan policy to every row of the table; returns the rows touched.

    A row that PostgreSQL does not take without the reference leaves, whatever the policy is. One
    transaction: rows leave the table, or lose the reference, together with their ledger rows.
    """
    if reference.orphans == "keep":
        return 0
    target = ledger.target
    with target.transaction():
        target.execute("DROP TABLE IF EXISTS pg_temp.delamp_orphans")
        found = target.execute(_collect(table, reference))
        if found == 0:
            return 0
        sums = OrphanSums(ledger, table, table_id, reference)
        if reference.orphans == "null":
            _lose(target, table, reference, 1, found)
        else:
            _leave(target, table)
        sums.settle("o.code IS NULL" if reference.orphans == "null" else "FALSE")
        for refused in _refused(ledger, source, table, reference):
            ledger.reject(table_id, refused)
            left = Counter(row.outcome for row in refused)
            away = left["rejected"] + left["skipped"]
            if away:
                _forget_lost(ledger, table, table_id, refused)
            ledger.adjust(
                table_id, loaded=-away, rejected=left["rejected"], skipped=left["skipped"]
            )
        target.execute("DROP TABLE pg_temp.delamp_orphans")
        return found


def _forget_lost(
    ledger: Ledger, table: TablePlan, table_id: int, refused: Sequence[RefusedRow]
) -> None:
    """Of rows that leave, the quarantine does not tell which references they have lost before."""
    if all(reference.orphans != "null" for reference in table.all_references):
        return
    own = table.primary_key[0]
    if table.identity:
        which, values = "key = ANY(%s::jsonb[])", [json.dumps(row.key) for row in refused]
    else:
        # Its values are those of the target's row.
        which = f'key IS NULL AND "values"->>{pg_text(own)} = ANY(%s)'
        values = [str(row.values[own]) for row in refused]
    ledger.target.execute(
        f"DELETE FROM {pg_name(models.Reject._meta.db_table)}"
        f" WHERE table_id = %s AND outcome = 'nulled' AND {which}",
        [table_id, values],
    )


def _leave(target: Target, table: TablePlan, which: str = "TRUE") -> None:
    target.execute(
        f"DELETE FROM {pg_name(table.target)} t USING pg_temp.delamp_orphans o"
        f" WHERE t.ctid = o.row AND {which}"
    )


def _lose(
    target: Target, table: TablePlan, reference: ReferencePlan, first: int, last: int
) -> None:
    """Make the reference NULL in these orphans; those that PostgreSQL refuses so, leave.

    By halves: a later one is refused for what an earlier one has, in the order of their numbers.
    """
    which = f"o.n BETWEEN {first} AND {last}"
    try:
        with target.transaction():
            target.execute(
                f"UPDATE {pg_name(table.target)} t SET {pg_name(reference.column)} = NULL"
                f" FROM pg_temp.delamp_orphans o WHERE t.ctid = o.row AND {which}"
            )
    except TargetRefused as error:
        # What was there before delamp came is never deleted.
        if not error.about_data or table.existing != "refuse":
            raise
        if first < last:
            middle = (first + last) // 2
            _lose(target, table, reference, first, middle)
            _lose(target, table, reference, middle + 1, last)
            return
        code, detail = refusal_of(error)
        target.execute(
            f"UPDATE pg_temp.delamp_orphans o SET code = {pg_text(code)},"
            f" detail = {pg_text(detail)} WHERE {which}"
        )
        _leave(target, table, which)


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
        f" t.{column}::text AS missing, to_jsonb(t.*) AS whole,"
        f" NULL::text AS code, NULL::text AS detail{', ' + held if held else ''}"
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
    query = "SELECT DISTINCT code, detail FROM pg_temp.delamp_orphans ORDER BY code NULLS FIRST"
    for code, detail in ledger.target.rows(query):
        fate = _fate(reference) if code is None else (code, detail, "rejected")
        for rows in _batches(ledger, table, code, detail):
            if table.identity:
                read = rows_of_identities(table, source, [row[3:] for row in rows])
                yield [_orphan(row, table, reference, fate) for row in read]
            else:
                yield [_keyless(reference, missing, whole, fate) for _, missing, whole in rows]


def _batches(
    ledger: Ledger, table: TablePlan, code: str | None, detail: str | None
) -> Iterator[list[tuple[Any, ...]]]:
    last = 0
    keys = "".join(f", key_{n}" for n in range(len(table.identity)))
    while rows := ledger.target.rows(
        f"SELECT n, missing, whole{keys} FROM pg_temp.delamp_orphans WHERE n > %s"
        " AND (code, detail) IS NOT DISTINCT FROM (%s, %s) ORDER BY n LIMIT %s",
        [last, code, detail, _BATCH],
    ):
        last = rows[-1][0]
        yield rows


_Fate: TypeAlias = tuple[str, str, str]
"""Code, detail and outcome."""


def _fate(reference: ReferencePlan) -> _Fate:
    return "no_parent", f"no row in {reference.parent}", OUTCOMES[reference.orphans]


def _orphan(row: RowLine, table: TablePlan, reference: ReferencePlan, fate: _Fate) -> RefusedRow:
    code, detail, outcome = fate
    return replace(row.refuse(table, reference.name, code, detail), outcome=outcome)


def _keyless(
    reference: ReferencePlan, missing: str, whole: dict[str, object], fate: _Fate
) -> RefusedRow:
    code, detail, outcome = fate
    return RefusedRow(
        key=None,
        key_text=f"{reference.column}={missing}",
        column=reference.name,
        code=code,
        detail=detail,
        values={name: value if value is None else str(value) for name, value in whole.items()},
        outcome=outcome,
    )
