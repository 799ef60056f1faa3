"""Of a copy proof what the chunks' sums are not: the target's SQL, and which chunk a row is in.

The form of a table is SQL over the target, kept in the ledger: rows can be hashed again without the
mapping, the source's catalogue or this version of delamp. Everything here is in the caller's
transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mappings.plan import ReferencePlan, TablePlan
from mappings.proof import FORM, ProofForm, RowSum, sums_sql
from mappings.sqltext import all_of, pg_name, pg_text
from migrate import models
from migrate.ledger import Ledger

__all__ = [
    "BY_RUN",
    "CHANGED",
    "OrphanSums",
    "form_of",
    "note_changes",
    "note_keys",
]

CHANGED = "changed by "
"""How the ledger begins to say why a chunk's sum is not that of its rows any more."""

BY_RUN = "run"
"""By the run itself, after the chunk: made anew at its end, where it can be."""

_CHUNK, _TABLE, _RUN = (pg_name(m._meta.db_table) for m in (models.Chunk, models.Table, models.Run))


def form_of(table: TablePlan) -> dict[str, Any]:
    """The columns, SQL and names by which the target alone can hash the table's rows again."""
    form = ProofForm(table)
    return {
        "form": FORM,
        "label": table.label,
        "source": table.source.fingerprint(),
        "columns": [column.column for column in table.verified],
        "from": f"{pg_name(table.target)} t",
        "where": _where(table),
        "key": form.target_key() if form.ranged else [],
        "names": [column.name for column in table.key] if form.ranged else [],
        "hash": form.target_digest(),
        "counters": [counter.name for counter in table.counters],
    }


def _where(table: TablePlan) -> str:
    """Of the target's rows those of this plan: not another's, none that was there before."""
    parts = [table.owns] if table.owns else []
    if table.existing != "refuse":
        existing, matched = (pg_name(m._meta.db_table) for m in (models.ExistingKey, models.KeyMap))
        name, key = pg_text(table.name), f"t.{pg_name(table.primary_key[0])}::text"
        parts.append(
            f"NOT EXISTS (SELECT FROM {existing} e WHERE e.mapping = {name}"
            f" AND e.target_key = {key}"
            f" AND NOT EXISTS (SELECT FROM {matched} m WHERE m.mapping = {name}"
            " AND m.target_key = e.target_key))"
        )
    return all_of(parts) if parts else "TRUE"


class OrphanSums:
    """Takes rows that leave, or lose a reference, off the sums of their chunks.

    Their hashes are made by the target before anything is changed. If what it holds was not what
    the source had, the sum of the chunk stays wrong, and is found to be.
    """

    def __init__(
        self, ledger: Ledger, table: TablePlan, table_id: int, reference: ReferencePlan
    ) -> None:
        self._target = ledger.target
        self._wanted = has_proofs(ledger, table_id)
        if not self._wanted:
            return
        form = ProofForm(table)
        _make_bounds(ledger, table_id, form)
        nulled = f"{form.target_digest([reference.name])}" if reference.orphans == "null" else "''"
        self._target.execute("DROP TABLE IF EXISTS pg_temp.delamp_orphan_sums")
        self._target.execute(
            "CREATE TEMP TABLE delamp_orphan_sums AS SELECT o.n,"
            f" {_chunk_of(form, form.target_key())} AS chunk, {form.target_digest()} AS h,"
            f" {nulled} AS nulled FROM {pg_name(table.target)} t"
            " JOIN pg_temp.delamp_orphans o ON t.ctid = o.row"
        )

    def settle(self, stays: str = "FALSE") -> None:
        """Once the rows are gone; those of `pg_temp.delamp_orphans o` that `stays` have lost it."""
        if not self._wanted:
            return
        lost = f"SELECT chunk, {sums_sql('h')} FROM pg_temp.delamp_orphan_sums s"
        _add(self._target, self._target.rows(f"{lost} GROUP BY chunk"), -1)
        kept = (
            f"SELECT chunk, {sums_sql('s.nulled')} FROM pg_temp.delamp_orphan_sums s"
            f" JOIN pg_temp.delamp_orphans o USING (n) WHERE {stays} GROUP BY chunk"
        )
        _add(self._target, self._target.rows(kept), 1)
        self._target.execute("DROP TABLE pg_temp.delamp_orphan_sums")


def has_proofs(ledger: Ledger, table_id: int) -> bool:
    """Whether any chunk of the table has a sum that holds."""
    return bool(
        ledger.target.value(
            # Most runs keep none: then no chunk is looked at.
            f"SELECT CASE WHEN r.proving THEN EXISTS (SELECT FROM {_CHUNK} c"
            " WHERE c.table_id = t.id AND c.proof <> '' AND c.unproven = '') END"
            f" FROM {_TABLE} t JOIN {_RUN} r ON r.id = t.run_id WHERE t.id = %s",
            [table_id],
        )
    )


def note_changes(
    ledger: Ledger, table: TablePlan, table_id: int, rows: str, names: Sequence[str], by: str
) -> None:
    """Say of the chunks of some rows that `by` has changed them since.

    `rows` is a query whose columns `names`, quoted, are the table's identity. Rows that no chunk
    can be told for are in any of them.
    """
    if not has_proofs(ledger, table_id):
        return
    form = ProofForm(table)
    if form.ranged:
        _make_bounds(ledger, table_id, form)
        keys = [f"q.{name}" for name in names]
        which = f"id IN (SELECT DISTINCT {_chunk_of(form, keys)} FROM ({rows}) q)"
    else:
        which = f"EXISTS ({rows})"
    # In SQL, not as parameters: names may have a percent sign.
    ledger.target.execute(
        f"UPDATE {_CHUNK} SET unproven = {pg_text(CHANGED + by)} WHERE table_id = {table_id}"
        f" AND proof <> '' AND unproven = '' AND {which}"
    )


def note_keys(
    ledger: Ledger, table: TablePlan, table_id: int, keys: Sequence[Sequence[Any]], by: str
) -> None:
    """The same of rows named by their keys in the source, or as the target holds these."""
    if not keys:
        return
    names = [pg_name(f"k{n}") for n in range(len(table.key))]
    rows = "SELECT 1"
    if ProofForm(table).ranged:
        values = ", ".join(f"({', '.join(str(int(part)) for part in key)})" for key in keys)
        rows = f"SELECT * FROM (VALUES {values}) AS v ({', '.join(names)})"
    note_changes(ledger, table, table_id, rows, names, by)


def _make_bounds(ledger: Ledger, table_id: int, form: ProofForm) -> None:
    """A temporary table of the chunks' starts, for `_chunk_of`."""
    target = ledger.target
    parts = range(len(form.table.key)) if form.ranged else range(0)
    selects = "".join(f", (after ->> {n})::numeric AS a{n}" for n in parts)
    target.execute("DROP TABLE IF EXISTS pg_temp.delamp_bounds")
    target.execute(
        f"CREATE TEMP TABLE delamp_bounds AS SELECT id, ordinal{selects}"
        f" FROM {_CHUNK} WHERE table_id = {table_id}"
    )
    if form.ranged:
        names = ", ".join(f"a{n}" for n in parts)
        target.execute(f"CREATE INDEX ON pg_temp.delamp_bounds ({names})")
        target.execute("ANALYZE pg_temp.delamp_bounds")


def _chunk_of(form: ProofForm, keys: Sequence[str]) -> str:
    """SQL: the id of the chunk that holds the row with this key: the last that begins before it.

    Where the target cannot tell, the first: sums of such a table are only looked at together.
    """
    first = "(SELECT id FROM pg_temp.delamp_bounds ORDER BY ordinal LIMIT 1)"
    if not form.ranged:
        return first
    names = [f"b.a{n}" for n in range(len(keys))]
    found = (
        f"(SELECT b.id FROM pg_temp.delamp_bounds b WHERE ({', '.join(names)}) <"
        f" ({', '.join(f'{key}::numeric' for key in keys)})"
        f" ORDER BY {', '.join(f'{name} DESC' for name in names)} LIMIT 1)"
    )
    return f"coalesce({found}, {first})"


def _add(target: Any, sums: Sequence[tuple[int, int, int, int]], sign: int) -> None:
    """Add to the sums of chunks, or take off; each is a chunk's id, rows and both halves."""
    changes = {chunk: RowSum(int(n), int(high), int(low)) for chunk, n, high, low in sums}
    if not changes:
        return
    found = target.rows(
        f"SELECT id, proof, held FROM {_CHUNK} WHERE id = ANY(%s) AND proof <> '' FOR UPDATE",
        [list(changes)],
    )
    for chunk, proof, held in found:
        had, change = RowSum.parse(proof, held), changes[chunk]
        now = had + change if sign > 0 else had - change
        target.execute(
            f"UPDATE {_CHUNK} SET proof = %s, held = %s WHERE id = %s", [now.hex, now.rows, chunk]
        )
