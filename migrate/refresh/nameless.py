"""Rows that no key names on both sides: brought in step by their content, as a multiset.

What the target has too many of leaves, what it lacks comes. Rows in quarantine are among what it
lacks: each is decided anew.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import AutoField

from mappings.errors import Reject
from mappings.keys import KeyValue
from mappings.plan import ColumnPlan, Plan, ReferencePlan, TablePlan
from mappings.sqltext import my_bytes, pg_name, pg_text
from migrate.extract.rowwise import RefusedRow, RowLine, read_rows
from migrate.ledger import Ledger
from migrate.load.chunk import left_out_rows, store_rows
from migrate.load.sinks import sink_for
from migrate.notices import note_rows
from migrate.orphans import settle
from migrate.proof import note_changes
from migrate.refresh.batch import Batch
from migrate.refresh.counters import Touched
from migrate.refresh.nameless_quarantine import requarantine_nameless
from migrate.refresh.reading import batches
from migrate.refresh.trail import note_changes as note_trail
from migrate.refresh.writing import ChangedRows
from migrate.sequences import advance
from migrate.source import Source
from migrate.target import Target

__all__ = ["Unmatched", "bring_in_step"]

Raws = tuple[bytes | None, ...]
Keys = list[tuple[Any, ...]]
_DIGITS = 32
_OUTCOMES = {"quarantine": "rejected", "skip": "skipped"}


@dataclass(frozen=True, kw_only=True)
class Unmatched:
    """Rows of one side without an equal on the other; equal rows count each by itself."""

    missing: Sequence[Raws]
    """Of the source, as raw values of the verified columns: the target has fewer like it."""
    extra: Sequence[tuple[str, ...]]
    """Of the target, by their primary keys as texts: the source has fewer like it."""
    whole: bool
    """Whether these are all."""

    def __len__(self) -> int:
        return len(self.missing) + len(self.extra)


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
    is to leave.
    """
    target, table_id = ledger.target, ledger.tables()[table.name].id
    target.execute("SET CONSTRAINTS ALL DEFERRED")
    rows = list(_rows_like(table, source, unmatched.missing))
    arrivals = _Arrivals(ledger, table)
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
    keys = [k for row in rows if (k := _key(table, row))]
    change = requarantine_nameless(ledger, table, table_id, told, deleted=deleted, keys=keys)
    counts = {"loaded": loaded - len(deleted), **change}
    ledger.adjust(table_id, extracted=sum(counts.values()), **counts)
    if loaded:
        for reference in table.all_references:
            settle(ledger, source, table, table_id, reference)
        advance(target, table)
    target.execute("SET CONSTRAINTS ALL IMMEDIATE")
    ledger.total([table_id])

    batch = Batch(plan, ledger, source, ledger.tables(), {})
    touched = Touched(batch, using)
    if loaded or deleted:
        touched.all_of(table)
    counters = touched.fill()
    note_trail(batch, touched.names)
    inserted = arrivals.keys(good) if loaded else []
    changed = ChangedRows(inserted=inserted, updated=[], deleted=deleted)
    note_rows(plan, ledger, {table.name: changed}, touched.changed)
    return changed, Counter(row.outcome for row in told), counters


def _key(table: TablePlan, row: RowLine) -> KeyValue:
    return tuple(k.value(v or b"") for k, v in zip(table.key, row.row, strict=False))


def _rows_like(table: TablePlan, source: Source, missing: Sequence[Raws]) -> Iterator[RowLine]:
    """Rows of the source with exactly these values, each as often as it is missing."""
    wanted = Counter(map(_digest, missing))
    places = [n for n, column in enumerate(table.columns, len(table.key)) if column.verified]
    text = f"LEFT(SHA2({_raw_text(table.verified)}, 256), {_DIGITS})"
    for batch in batches(wanted):
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
    outcome = _OUTCOMES.get(reference.orphans)
    if outcome is None or not rows:
        return rows, []
    # Beside parameters, a percent sign in a name is doubled.
    parent, key = (
        pg_name(name).replace("%", "%%") for name in (reference.parent, reference.parent_column)
    )
    at = next(n for n, c in enumerate(table.columns) if c.column == reference.column)
    column = table.columns[at]
    values = [column.python(row.row[len(table.key) + at]) for row in rows]
    missing = {
        n - 1
        for (n,) in target.rows(
            f"SELECT v.n FROM unnest(%s::{column.field.base}[]) WITH ORDINALITY v (id, n)"
            f" WHERE v.id IS NOT NULL AND NOT EXISTS (SELECT FROM {parent} p WHERE p.{key} = v.id)",
            [values],
        )
    }
    detail = f"no row in {reference.parent}"
    orphans = [
        replace(rows[n].refuse(table, reference.name, "no_parent", detail), outcome=outcome)
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
    names = ", ".join(f"t.{pg_name(name)}" for name in table.primary_key)
    own = f" AND {table.owns}" if table.owns else ""
    gone: Keys = []
    for batch in batches(keys):
        # Untyped literals take the column's type, so that the index serves them.
        values = ", ".join(f"({', '.join(map(pg_text, key))})" for key in batch)
        gone += ledger.target.rows(
            f"DELETE FROM {pg_name(table.target)} t WHERE ({names}) IN ({values}){own}"
            f" RETURNING {names}"
        )
    return gone


class _Arrivals:
    """Which rows have come since this was made, by their primary keys.

    Keys that the source gives are those of its rows; among them may be some that have left again
    as orphans, and were refused.
    """

    def __init__(self, ledger: Ledger, table: TablePlan) -> None:
        self._target, self._table = ledger.target, table
        self._from = pg_name(table.target)
        self._names = ", ".join(map(pg_name, table.primary_key))
        self._mapped = _mapped_key(table)
        self._last = 0
        self._before: set[tuple[Any, ...]] = set()
        if self._mapped:
            return
        if isinstance(table.model._meta.pk, AutoField):
            last = self._target.value(f"SELECT max({self._names}) FROM {self._from}")
            self._last = int(last or 0)
        else:
            self._before = set(self._all())

    def keys(self, rows: Sequence[RowLine]) -> Keys:
        """Of the rows that were stored, or of all that are new."""
        if self._mapped:
            return [key for row in rows if (key := self._given(row)) is not None]
        if self._before:
            return [key for key in self._all() if key not in self._before]
        return self._target.rows(
            f"SELECT {self._names} FROM {self._from} WHERE {self._names} > {self._last} ORDER BY 1"
        )

    def _all(self) -> Keys:
        return self._target.rows(f"SELECT {self._names} FROM {self._from}")

    def _given(self, row: RowLine) -> tuple[Any, ...] | None:
        raws = dict(zip(self._table.columns, row.row[len(self._table.key) :], strict=False))
        try:
            return tuple(column.python(raws[column]) for column in self._mapped)
        except Reject:
            return None


def _mapped_key(table: TablePlan) -> list[ColumnPlan]:
    """The columns of the primary key, where the mapping fills all of them."""
    by_name = {column.column: column for column in table.columns}
    found = [by_name[name] for name in table.primary_key if name in by_name]
    return found if len(found) == len(table.primary_key) else []
