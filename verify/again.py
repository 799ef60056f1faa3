"""Look again at rows that were found to differ: at exactly these, by their keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from mappings.errors import Reject
from mappings.plan import TablePlan
from mappings.sqltext import my_bytes, pg_text, unescape_bytes
from verify.buckets import Buckets
from verify.cells import compare_rows
from verify.counters import check_counters
from verify.departures import NONE, Departures
from verify.drill import DifferingRow, short_hash
from verify.findings import Finding
from verify.moment import Moment
from verify.ports import Pair
from verify.ranges import sorts_alike
from verify.rows.keyed import check_named_rows
from verify.source_side import HASH_DIGITS, MixedRow, keys_in
from verify.target_side import TargetSide, row_hash
from verify.task import Task, Unit

__all__ = ["named_again", "named_by_keys"]

_AT_ONCE = 200


def named_by_keys(unit: Unit, found: Sequence[Finding]) -> bool:
    """Whether every one of these differences is of a row that can be found again by its key."""
    table = unit.table
    if table is None:
        return False
    if unit.level == "counters":
        # A percent sign would be one of psycopg2's.
        return all(f.target_key and "%" not in "".join(map(str, f.target_key)) for f in found)
    if unit.level == "rows":
        return all(f.at is not None for f in found)
    if unit.level != "checksums":
        return False
    keyed = sorts_alike(table) or Buckets(table, NONE, 0).by_identity
    return keyed and all(f.at is not None or f.target_key for f in found)


def named_again(
    task: Task, unit: Unit, moment: Moment, found: Sequence[Finding]
) -> Iterator[Finding]:
    """What there is to say of these rows at this moment; nothing of those that agree."""
    table, pair = unit.table, moment.pairs[0]
    assert table is not None
    rest = iter(found)
    while batch := list(islice(rest, _AT_ONCE)):
        if unit.level == "counters":
            yield from _counters(table, pair, task.using, batch)
        elif unit.level == "checksums":
            again = _Again(table, pair, moment.excused(table))
            yield from compare_rows(again.source, again.target, pair, list(again.differing(batch)))
        else:
            yield from _rows(task, table, moment, batch)


def _counters(
    table: TablePlan, pair: Pair, using: str, batch: Sequence[Finding]
) -> Iterator[Finding]:
    side = TargetSide(table, NONE)
    keys = side.pk_in([f.target_key for f in batch])
    only = f"SELECT {side.pk[0]} FROM {side.from_} WHERE {keys}"
    yield from check_counters(table, pair, using, only=only).findings


def _rows(
    task: Task, table: TablePlan, moment: Moment, batch: Sequence[Finding]
) -> Iterator[Finding]:
    assert task.declared is not None
    # How many rows without a key were refused excuses nothing here: these rows have one.
    excused = replace(
        moment.excused(table), rejected_count=0, skipped_count=0, kept_count=0, nulled_count=0
    )
    keys = [f.at for f in batch if f.at is not None]
    source = moment.pairs[0].source
    looked = check_named_rows(task.declared, table, source, excused, keys, using=task.using)
    yield from looked.findings


@dataclass(frozen=True)
class _Held:
    """A row of the target."""

    text: bytes
    """The canonical text of what holds the source's key."""
    digest: str
    identity: tuple[Any, ...]
    pk: tuple[str, ...]


class _Again:
    """Both sides of the rows of one table, read by key."""

    def __init__(self, table: TablePlan, pair: Pair, departures: Departures) -> None:
        self._buckets = Buckets(table, departures, 0)
        self.source, self.target = self._buckets.source, self._buckets.target
        self._pair, self._departures, self._table = pair, departures, table
        self._integers = sorts_alike(table)

    def differing(self, batch: Sequence[Finding]) -> Iterator[DifferingRow]:
        """Rows of the batch that one side lacks, or whose hashes differ."""
        pks = [tuple(map(str, f.target_key)) for f in batch if f.target_key]
        held = self._held(self.target.pk_in(pks)) if pks else []
        keys = {f.at for f in batch if f.at is not None}
        if self._integers:
            keys |= {tuple(map(int, row.identity)) for row in held}
        rows = self._rows(keys_in(self.source.key, keys)) if keys else {}
        if not self._integers and (others := {r.text for r in held} - rows.keys()):
            texts = ", ".join(map(my_bytes, sorted(others)))
            rows |= self._rows(f"{self.source.identity_text()} IN ({texts})")
        known = {row.text for row in held}
        if wanted := [row for text, row in rows.items() if text not in known]:
            held += self._held(self._identities(wanted))
        matched = set()
        for row in held:
            source = rows.get(row.text)
            if source is None:
                yield DifferingRow(None, row.identity, row.pk)
                continue
            matched.add(row.text)
            if source.text is None or short_hash(source.text) != row.digest:
                yield DifferingRow(source.key, row.identity, row.pk)
        for text, source in rows.items():
            if text not in matched:
                yield DifferingRow(source.key, None, None)

    def _rows(self, predicate: str) -> dict[bytes, MixedRow]:
        """Rows of the source that the target should hold, by the text of their identity."""
        side = self.source
        found = {}
        where, identity = side.where(predicate), [side.identity_text()]
        for row, more in side.mixed_rows(self._pair.source, where, merged=False, more=identity):
            if row.key not in self._departures.absent and more[0] is not None:
                found[more[0]] = row
        return found

    def _held(self, predicate: str) -> list[_Held]:
        side = self.target
        pks = [f"{column}::text" for column in side.pk]
        digest = f"left({row_hash(side.text())}, {HASH_DIGITS})"
        fields = ", ".join((side.identity_text(), digest, *side.identity, *pks))
        rows = self._pair.target.rows(f"SELECT {fields} FROM {side.from_} {side.where(predicate)}")
        width = 2 + len(side.identity)
        return [_Held(r[0].encode(), r[1], r[2:width], r[width:]) for r in rows]

    def _identities(self, rows: Sequence[MixedRow]) -> str:
        """Predicate over the target: its row is of one of these source rows."""
        columns = self._table.identity
        places = [self.source.columns.index(column) for column in columns]
        each = []
        for row in rows:
            try:
                values = [
                    pg_text(unescape_bytes(column.finish(row.raws[place])).decode())
                    for column, place in zip(columns, places, strict=True)
                ]
            except Reject:
                # No target can hold it.
                continue
            each.append(f"({', '.join(values)})")
        # Untyped literals take the column's type, so that the index serves them.
        return f"({', '.join(self.target.identity)}) IN ({', '.join(each)})" if each else "FALSE"
