"""Refresh rows by their keys: one transaction per batch, halved where a row is at fault."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from mappings.keys import KeyValue
from mappings.plan import Plan, TablePlan
from migrate.errors import RunError
from migrate.ledger import Ledger
from migrate.load.refusals import refusal_of
from migrate.notices import note_rows, send_notices
from migrate.orphans import settle
from migrate.refresh.addressing import address
from migrate.refresh.batch import Batch
from migrate.refresh.closure import close
from migrate.refresh.counters import Touched
from migrate.refresh.fates import decide
from migrate.refresh.nameless import TakesOthersAlong, Unmatched, bring_in_step
from migrate.refresh.place import Identity, Place
from migrate.refresh.proofs import note_unproven
from migrate.refresh.quarantine import requarantine
from migrate.refresh.trail import note_changes
from migrate.refresh.writing import Written, write
from migrate.sequences import advance
from migrate.source import Source
from migrate.target import Target, TargetRefused

__all__ = ["Refreshed", "Refresher", "Wanted", "touched"]

Forced: TypeAlias = dict[str, dict[Identity, tuple[str, str]]]
Also: TypeAlias = Callable[[Target], None] | None
_DEADLOCKS = 6


@dataclass
class Wanted:
    """Rows of one table to refresh, named from either side."""

    keys: set[KeyValue] = field(default_factory=set)
    """Keys of the source, in the form of the ledger."""
    identities: set[Identity] = field(default_factory=set)
    """Values of the target's identity columns: also names rows that the source has no more."""
    keyless: bool = False
    """Whether all rows are among these of which the quarantine tells without their key."""

    def __len__(self) -> int:
        return len(self.keys) + len(self.identities)

    def halves(self) -> tuple[Wanted, Wanted]:
        """Two of about the same size."""
        keys, identities = list(self.keys), list(self.identities)
        k, i = len(keys) // 2, (len(identities) + len(keys) % 2) // 2
        return (
            Wanted(set(keys[:k]), set(identities[:i]), self.keyless),
            Wanted(set(keys[k:]), set(identities[i:]), self.keyless),
        )


@dataclass
class Refreshed:
    """What one or several batches amounted to."""

    inserted: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    deleted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    """By table plan: rows that are in quarantine now."""
    nulled: Counter[str] = field(default_factory=Counter)
    """Rows that are loaded with NULL in place of a reference."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Rows that a policy keeps out."""
    counters: int = 0
    """Parents whose counters changed."""

    @property
    def changes(self) -> int:
        """Rows inserted, updated or deleted."""
        return sum(map(self.changes_of, self.inserted | self.updated | self.deleted))

    def changes_of(self, name: str) -> int:
        """The same of one table plan."""
        return self.inserted[name] + self.updated[name] + self.deleted[name]

    def add(self, other: Refreshed) -> None:
        """Add up."""
        for name in ("inserted", "updated", "deleted", "refused", "nulled", "left_out"):
            getattr(self, name).update(getattr(other, name))
        self.counters += other.counters


def touched(plan: Plan, done: Refreshed) -> list[TablePlan]:
    """The tables of which a refresh has looked at a row."""
    return [table for table in plan.tables if table.name in done.inserted]


class Refresher:
    """Refreshes rows of the tables of a plan that a run has loaded before."""

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        source: Source,
        *,
        using: str,
        defers_foreign_keys: bool = False,
        by: str = "resync",
    ) -> None:
        """`defers_foreign_keys`: of a transaction whose other rows have yet to be settled.

        `by` is what copy proofs of rows that change are told to be changed by.
        """
        self._plan = plan
        self._ledger = ledger
        self._source = source
        self._using = using
        self._by = by
        self._defers_foreign_keys = defers_foreign_keys

    def refresh(
        self, wanted: Mapping[str, Wanted], *, also: Callable[[Target], None] | None = None
    ) -> Refreshed:
        """Bring the target in step with the source for these rows and all that they bring along.

        `wanted` is by name of the table plan. One transaction, at whose end `also` is called to
        write what belongs to it, such as a checkpoint. When PostgreSQL refuses a row for a reason
        that no rule foresaw, the batch is halved, each half a transaction of its own, down to the
        row at fault, which goes to quarantine; `also` then belongs to the last of them. A deadlock
        is tried again. Once the transaction is committed, receivers of `rows_changed` are told.
        Raises `RunError` for a table whose rows cannot be named, and what the source or the target
        raises.
        """
        for name in wanted:
            table = self._plan.table(name)
            if table is None or not address(table):
                raise RunError(
                    f"{name}: its rows cannot be refreshed one by one (no key, a key of which the"
                    " target holds nothing unique, or rows that were there before)",
                    hint=f"load it anew: `delamp run {name} --restart`",
                )
        done = self._refresh({name: w for name, w in wanted.items() if len(w)}, {}, also)
        if not self._ledger.target.in_transaction:
            send_notices(self._ledger.target, self._using)
        return done

    def bring_in_step(
        self,
        table: TablePlan,
        unmatched: Unmatched,
        *,
        also: Also = None,
        source: Source | None = None,
    ) -> Refreshed | None:
        """Bring a table whose rows no key names in step, by their content. One transaction.

        What is missing is read by `source`, if it is given: best in the view that was compared.
        None, and nothing is changed, where not all differences are known or another table refers
        to a row that is to leave. Raises what the source or the target raises.
        """
        if not unmatched.whole or not table.nameless:
            return None
        try:
            read_by = source or self._source
            done = self._patiently(lambda: self._in_step(table, unmatched, read_by), also)
        except TakesOthersAlong:
            return None
        except TargetRefused as error:
            if not error.about_data:
                raise
            return None
        if not self._ledger.target.in_transaction:
            send_notices(self._ledger.target, self._using)
        return done

    def _in_step(self, table: TablePlan, unmatched: Unmatched, source: Source) -> Refreshed:
        changed, outcomes, counters = bring_in_step(
            self._plan,
            self._ledger,
            source,
            table,
            unmatched,
            using=self._using,
            by=self._by,
        )
        inserted, _, deleted = changed.counts
        done = Refreshed(counters=counters)
        done.inserted[table.name], done.deleted[table.name] = inserted, deleted
        done.updated[table.name] = 0
        done.refused[table.name] = outcomes["rejected"]
        done.left_out[table.name] = outcomes["skipped"] + outcomes["kept"]
        return done

    def _refresh(self, wanted: Mapping[str, Wanted], forced: Forced, also: Also) -> Refreshed:
        size = sum(map(len, wanted.values()))
        try:
            return self._patiently(lambda: self._batch(wanted, forced), also)
        except TargetRefused as error:
            if not error.about_data or forced or not size:
                raise
            refusal = refusal_of(error)
        if size == 1:
            return self._refresh(wanted, self._all_of(wanted, refusal), also)
        done = Refreshed()
        *halves, last = _halves(wanted)
        for half in halves:
            done.add(self._refresh(half, forced, None))
        done.add(self._refresh(last, forced, also))
        return done

    def _patiently(self, work: Callable[[], Refreshed], also: Also = None) -> Refreshed:
        """One batch, tried again when the application's writers and it have locked each other."""
        target = self._ledger.target
        for attempt in range(_DEADLOCKS):
            try:
                return self._committed(work, also)
            except TargetRefused as error:
                if not error.deadlock or target.in_transaction:
                    raise
            time.sleep(0.05 * 2**attempt * (1 + random.random()))
        return self._committed(work, also)

    def _committed(self, work: Callable[[], Refreshed], also: Also) -> Refreshed:
        with self._ledger.target.transaction():
            done = work()
            if also is not None:
                also(self._ledger.target)
            return done

    def _batch(self, wanted: Mapping[str, Wanted], forced: Forced) -> Refreshed:
        ledger = self._ledger
        ledger.target.execute("SET CONSTRAINTS ALL DEFERRED")
        batch = Batch(self._plan, ledger, self._source, ledger.tables(), forced)
        for name, rows in wanted.items():
            table = self._plan.table(name)
            assert table is not None
            place = batch.place(table)
            place.keyless = rows.keyless
            place.ask(rows.identities)
            place.ask_keys(rows.keys)
        while True:
            batch.read()
            if not (close(batch) or decide(batch)):
                break
        touched = Touched(batch, self._using)
        touched.collect()
        note_unproven(batch, self._by)
        written = write(batch)
        for table, reference in batch.unsettled.values():
            if settle(ledger, self._source, table, batch.table_id(table), reference):
                touched.all_of(table)
        if not self._defers_foreign_keys:
            # Asked now what was put off, while the transaction can still be told.
            ledger.target.execute("SET CONSTRAINTS ALL IMMEDIATE")
        counters = touched.fill()
        note_changes(batch, touched.names)
        for place in batch.places.values():
            changed = written[place.plan.name]
            requarantine(ledger, self._source, place, changed.counts)
            if changed.inserted:
                advance(ledger.target, place.plan)
        note_rows(self._plan, ledger, written, touched.changed)
        return _summed(written, batch.places, counters)

    def _all_of(self, wanted: Mapping[str, Wanted], refusal: tuple[str, str]) -> Forced:
        """The identity of the one row that is left, to be refused for what PostgreSQL has said."""
        found: Forced = {}
        with self._ledger.target.transaction():
            batch = Batch(self._plan, self._ledger, self._source, self._ledger.tables(), {})
            for name, rows in wanted.items():
                table = self._plan.table(name)
                assert table is not None
                place = batch.place(table)
                place.ask(rows.identities)
                place.ask_keys(rows.keys)
                batch.read()
                found[name] = {fresh.identity: refusal for fresh in place.fresh}
        return found


def _halves(wanted: Mapping[str, Wanted]) -> list[dict[str, Wanted]]:
    if len(wanted) > 1:
        names = list(wanted)
        middle = len(names) // 2
        return [{n: wanted[n] for n in names[:middle]}, {n: wanted[n] for n in names[middle:]}]
    ((name, rows),) = wanted.items()
    return [{name: half} for half in rows.halves() if len(half)]


def _summed(written: Written, places: Mapping[str, Place], counters: int) -> Refreshed:
    done = Refreshed(counters=counters)
    for name, rows in written.items():
        inserted, updated, deleted = rows.counts
        done.inserted[name] += inserted
        done.updated[name] += updated
        done.deleted[name] += deleted
        outcomes = Counter(row.outcome for row in places[name].refused)
        done.refused[name] += outcomes["rejected"]
        done.left_out[name] += outcomes["skipped"] + outcomes["kept"]
        done.nulled[name] += len(places[name].notes)
    return done
