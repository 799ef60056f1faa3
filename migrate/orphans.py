"""References whose parent is not in the target: found there, where a refused parent is missing too.

A row's fate is a fixpoint: the child of a refused row is itself an orphan. So tables are settled
parents first, and tables that refer to each other again and again until nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mappings.plan import ColumnPlan, ReferencePlan, TablePlan
from mappings.sqltext import my_name, pg_name, source_column
from migrate.extract.rowwise import RefusedRow, read_rows
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
    return (
        "CREATE TEMP TABLE delamp_orphans AS"
        f" SELECT row_number() OVER (ORDER BY t.ctid) AS n, t.ctid AS row, t.{column}::text AS missing,"
        f" to_jsonb(t) AS whole{', ' + held if held else ''}"
        f" FROM {pg_name(table.target)} t WHERE t.{column} IS NOT NULL AND NOT EXISTS"
        f" (SELECT FROM {parent} p WHERE p.{pg_name(reference.parent_column)} = t.{column})"
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
            predicate = " OR ".join(f"({_same_key(table, row[3:])})" for row in rows)
            read = read_rows(table, source, predicate)
            yield [
                _orphan(row.refuse(table, reference.name, "no_parent", ""), reference)
                for row in read
            ]
        else:
            yield [_keyless(reference, missing, whole) for _, missing, whole in rows]


def _orphan(row: RefusedRow, reference: ReferencePlan) -> RefusedRow:
    return RefusedRow(**{
        **vars(row),
        "detail": f"no row in {reference.parent}",
        "outcome": _OUTCOMES[reference.orphans],
    })  # fmt: skip


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


def _same_key(table: TablePlan, values: Sequence[object]) -> str:
    """Predicate over the source: the row whose key the target row holds."""
    parts = []
    for column, value in zip(table.identity, values, strict=True):
        parts.append(f"{source_column(column.sources[0])} = {_literal(table, column, value)}")
    return " AND ".join(parts)


def _literal(table: TablePlan, column: ColumnPlan, value: object) -> str:
    """A value read from PostgreSQL as MySQL literal that leaves the column's index usable."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (bytes, memoryview)):
        return f"0x{bytes(value).hex()}" if value else "''"
    text = f"_utf8mb4 0x{str(value).encode().hex()}" if str(value) else "''"
    found = table.source.column(column.sources[0])
    if found is not None and found.charset and found.collation:
        return f"CONVERT({text} USING {found.charset}) COLLATE {my_name(found.collation)}"
    return text
