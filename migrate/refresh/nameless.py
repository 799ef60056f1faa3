"""Rows that no key names on both sides: brought in step by their content, as a multiset.

What the target has too many of leaves, what it lacks comes. Rows in quarantine are among what it
lacks: each is decided anew.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from mappings.plan import ColumnPlan, Plan, ReferencePlan, TablePlan
from mappings.sqltext import my_bytes, pg_name, pg_text
from migrate.extract.rowwise import RefusedRow, RowLine, read_rows
from migrate.ledger import Ledger
from migrate.load.chunk import left_out_rows, store_rows
from migrate.load.sinks import sink_for
from migrate.notices import note_rows
from migrate.orphans import OUTCOMES, settle
from migrate.proof import note_changes
from migrate.refresh.batch import Batch
from migrate.refresh.counters import Touched
from migrate.refresh.nameless_quarantine import requarantine_nameless
from migrate.refresh.parents import without_parent
from migrate.refresh.reading import batches
from migrate.refresh.trail import note_changes as note_trail
from migrate.refresh.writing import ChangedRows
from migrate.sequences import advance
from migrate.source import Source
from migrate.target import Target

__all__ = ["TakesOthersAlong", "Unmatched", "bring_in_step"]

Raws = tuple[bytes | None, ...]
Keys = list[tuple[Any, ...]]
_DIGITS = 32
# Django's foreign keys do nothing by themselves; a database's own may.
_CASCADES = """
SELECT n.nspname::text, r.relname::text,
       ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(num, at)
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num ORDER BY k.at),
       ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k(num, at)
             JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num ORDER BY k.at)
FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n
  ON n.oid = r.relnamespace
WHERE c.contype = 'f' AND c.confrelid = to_regclass(%s) AND c.confdeltype NOT IN ('a', 'r')
"""
_AT_ONCE = 5_000
"""Rows looked for by one statement, each of which reads the whole table."""


class TakesOthersAlong(Exception):
    """A row would leave, maybe to come again, that takes rows of others along (ON DELETE)."""


@dataclass(frozen=True, kw_only=True)
class Unmatched:
    """Rows of one side without an equal on the other; equal rows count each by itself."""

    missing: Sequence[Raws]
    """Of the source, as raw values of the verified columns: the target has fewer like it."""
    extra: Sequence[tuple[str, ...]]
    """Of the target, by their primary keys as texts: the source has fewer like it."""
    whole: bool = True
    """Whether these are all."""
    quarantined: bool = False
    """Whether the quarantine tells of rows, which may be gone by now."""
    lost_anew: bool = False
    """Whether what the quarantine says of lost references is to be forgotten: every row that had
    lost one is among these."""

    def __len__(self) -> int:
        return len(self.missing) + len(self.extra)

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra or self.quarantined or not self.whole)


def bring_in_step(
    plan: Plan,
    ledger: Ledger,
    source: Source,
    table: TablePlan,
    unmatched: Unmatched,
    *,
    using: str,
    by: str,
) -> tuple[ChangedRows, Counter[str], int]:
    """Delete what is extra, load what is missing. Needs an open transaction, commits nothing.

    Returns the rows changed, how many rows there are of each outcome in quarantine now, and the
    parents whose counters changed. Raises `TargetRefused` where another table refers to a row that
    is to leave, `TakesOthersAlong` where it would not even be asked.
    """
    target, batch = ledger.target, Batch(plan, ledger, source, ledger.tables(), {})
    table_id = batch.table_id(table)
    target.execute("SET CONSTRAINTS ALL DEFERRED")
    rows = list(_rows_like(table, source, unmatched.missing))
    last = _last_key(target, table)
    touched = Touched(batch, using)
    touched.parents_of(table, _keys_in(unmatched.extra, table))
    deleted = _delete(ledger, table, unmatched.extra)
    refused: list[RefusedRow] = [row.refused for row in rows if row.refused is not None]
    good = [row for row in rows if row.refused is None]
    for reference in table.references:
        good, orphans = _without_orphans(target, table, reference, good)
        refused += orphans
    parts = list(store_rows(target, table, sink_for(table), good, refused))
    loaded = sum(part.loaded for part in parts)
    if loaded or deleted:
        note_changes(ledger, table, table_id, "SELECT 1", (), by)
    told = [*refused, *left_out_rows(table, source, parts)]
    keys = [k for row in rows if (k := row.key(table))]
    change = requarantine_nameless(
        ledger, table, table_id, told, deleted=deleted, keys=keys, lost_anew=unmatched.lost_anew
    )
    counts = {"loaded": loaded - len(deleted), **change}
    ledger.adjust(table_id, extracted=sum(counts.values()), **counts)
    if loaded:
        for reference in table.all_references:
            settle(ledger, source, table, table_id, reference)
        advance(target, table)
    target.execute("SET CONSTRAINTS ALL IMMEDIATE")
    ledger.total([table_id])

    key = pg_name(table.primary_key[0])
    inserted = target.rows(
        f"SELECT {key} FROM {pg_name(table.target)} WHERE {key} > {last} ORDER BY 1"
    )
    touched.parents_of(table, f"{key} > {last}")
    counters = touched.fill()
    note_trail(batch, touched.names)
    changed = ChangedRows(inserted=inserted, updated=[], deleted=deleted)
    note_rows(plan, ledger, {table.name: changed}, touched.changed)
    return changed, Counter(row.outcome for row in told), counters


def _last_key(target: Target, table: TablePlan) -> int:
    key = pg_name(table.primary_key[0])
    return int(target.value(f"SELECT max({key}) FROM {pg_name(table.target)}") or 0)


def _keys_in(keys: Sequence[tuple[str, ...]], table: TablePlan) -> str:
    """Predicate: the row has one of these keys. Untyped literals: so that the index serves them."""
    if not keys:
        return "FALSE"
    return f"{pg_name(table.primary_key[0])} IN ({', '.join(pg_text(key) for (key,) in keys)})"


def _rows_like(table: TablePlan, source: Source, missing: Sequence[Raws]) -> Iterator[RowLine]:
    """Rows of the source with exactly these values, each as often as it is missing."""
    wanted = Counter(map(_digest, missing))
    places = [n for n, column in enumerate(table.columns, len(table.key)) if column.verified]
    text = f"LEFT(SHA2({_raw_text(table.verified)}, 256), {_DIGITS})"
    left = iter(list(wanted))
    while batch := list(islice(left, _AT_ONCE)):
        names = ", ".join(f"'{digest}'" for digest in batch)
        for row in read_rows(table, source, f"{text} IN ({names})"):
            digest = _digest(tuple(row.row[n] for n in places))
            if wanted[digest] > 0:
                wanted[digest] -= 1
                yield row


def _without_orphans(
    target: Target, table: TablePlan, reference: ReferencePlan, rows: list[RowLine]
) -> tuple[list[RowLine], list[RefusedRow]]:
    """The rows but those that would leave again, at each pass, for want of their parent."""
    if reference.orphans not in ("quarantine", "skip") or not rows:
        return rows, []
    at = next(n for n, c in enumerate(table.columns) if c.column == reference.column)
    raws = [row.row[len(table.key) + at] for row in rows]
    missing = without_parent(target, table, reference, raws)
    detail = f"no row in {reference.parent}"
    orphans = [
        replace(
            rows[n].refuse(table, reference.name, "no_parent", detail),
            outcome=OUTCOMES[reference.orphans],
        )
        for n in sorted(missing)
    ]
    return [row for n, row in enumerate(rows) if n not in missing], orphans


def _raw_text(columns: Sequence[ColumnPlan]) -> str:
    """MySQL: the raw values of a row, each with its length."""
    parts = [
        f"IF(({c.raw}) IS NULL, {my_bytes(b'~')}, CONCAT(LENGTH({c.raw}), {my_bytes(b':')},"
        f" CAST({c.raw} AS BINARY)))"
        for c in columns
    ]
    return f"CONCAT({', '.join((my_bytes(b''), *parts))})"


def _digest(raws: Raws) -> str:
    parts = (b"~" if raw is None else b"%d:%b" % (len(raw), raw) for raw in raws)
    return hashlib.sha256(b"".join(parts)).hexdigest()[:_DIGITS]


def _delete(ledger: Ledger, table: TablePlan, keys: Sequence[tuple[str, ...]]) -> Keys:
    gone: Keys = []
    for batch in batches(keys):
        _require_alone(ledger.target, table, _keys_in(batch, table))
        gone += ledger.target.rows(
            f"DELETE FROM {pg_name(table.target)} WHERE {_keys_in(batch, table)}"
            f"{f' AND {table.kind}' if table.kind else ''}"
            f" RETURNING {pg_name(table.primary_key[0])}"
        )
    return gone


def _require_alone(target: Target, table: TablePlan, which: str) -> None:
    """Raise `TakesOthersAlong` unless no row refers to these that would leave with them."""
    for schema, child, columns, parents in target.rows(_CASCADES, [pg_name(table.target)]):
        own, theirs = (", ".join(map(pg_name, names)) for names in (columns, parents))
        if target.value(
            f"SELECT EXISTS (SELECT FROM {pg_name(schema)}.{pg_name(child)} WHERE ({own}) IN"
            f" (SELECT {theirs} FROM {pg_name(table.target)} WHERE {which}))"
        ):
            raise TakesOthersAlong
