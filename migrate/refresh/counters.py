"""Counters of the parents that a batch touches: the old ones and the new ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count
from typing import Any

from mappings.plan import CounterPlan, TablePlan
from mappings.sqltext import pg_name
from migrate.counting import fill
from migrate.refresh.batch import Batch
from migrate.refresh.place import Place, same

__all__ = ["Touched"]


_NUMBERS = count()


def _name() -> str:
    return pg_name(f"delamp_touched_{next(_NUMBERS)}")


class Touched:
    """The parents whose counters may change. Collect before the batch is written, fill after."""

    def __init__(self, batch: Batch, using: str) -> None:
        self._batch = batch
        self._using = using
        self._tables = [table for table in batch.plan.tables if table.counters]
        self._names: dict[str, str] = {}
        self._whole: set[str] = set()
        """Tables whose parents are all to be counted."""
        self.changed: dict[str, list[tuple[Any, ...]]] = {}
        """Keys of the parents whose counters changed, by table plan."""

    @property
    def names(self) -> dict[str, str]:
        """Temporary tables of the parents that may change, by the name of their table plan."""
        return dict(self._names)

    def all_of(self, child: TablePlan) -> None:
        """Have every parent of these children counted anew: nobody knows which have changed."""
        self._whole |= {
            table.name
            for table in self._tables
            if any(counter.child is child.model for counter in table.counters)
        }

    def parents_of(self, child: TablePlan, which: str) -> None:
        """Note the parents that rows of a table, those for which `which` holds, have now."""
        for table in self._tables:
            for counter in table.counters:
                if counter.child is child.model:
                    by = pg_name(counter.by)
                    found = self._batch.target.rows(
                        f"SELECT DISTINCT {by} FROM {pg_name(child.target)}"
                        f" WHERE {by} IS NOT NULL AND ({which})"
                    )
                    self._note(table, found)

    def collect(self) -> None:
        """Note the parents that children have now, that they will have, and that arrive."""
        self._lock_children()
        for table in self._tables:
            queries = [*self._of_children(table), *self._of_arrivals(table)]
            if not queries:
                continue
            name = self._names[table.name] = _name()
            self._batch.target.execute(
                f"CREATE TEMP TABLE {name} ON COMMIT DROP AS"
                f" SELECT key FROM ({' UNION '.join(queries)}) q (key) WHERE key IS NOT NULL"
            )

    def fill(self) -> int:
        """Count the children of every touched parent anew; returns the parents that changed.

        Children first: a counter may sum up a counter of theirs, whose parents it touches. The
        parents are locked in the order of their keys and counted in the next statement, which
        sees what whoever held a lock before has committed.
        """
        changed = 0
        for table in reversed(self._tables):
            keys = self.changed.setdefault(table.name, [])
            key = pg_name(table.primary_key[0])
            if table.name in self._whole:
                self._batch.target.value(
                    f"SELECT count(*) FROM (SELECT 1 FROM {pg_name(table.target)} t"
                    f" ORDER BY t.{key} FOR NO KEY UPDATE) q"
                )
                filled = fill(self._batch.target, table, self._using, changed=keys)
                changed += filled
                if filled:
                    self._note(table, keys)
                    self.all_of(table)
                continue
            name = self._names.get(table.name)
            if name is None:
                continue
            self._batch.target.rows(
                f"SELECT 1 FROM {pg_name(table.target)} t WHERE t.{key} IN (SELECT key FROM {name})"
                f" ORDER BY t.{key} FOR NO KEY UPDATE"
            )
            only = f"SELECT key FROM {name}"
            filled = fill(self._batch.target, table, self._using, only=only, changed=keys)
            changed += filled
            if filled:
                self._pass_on(table, name)
        return changed

    def _note(self, table: TablePlan, keys: Collection[tuple[Any, ...]]) -> None:
        """Name parents that were found changed, as if they had been touched."""
        base = next(c.field.base for c in table.columns if c.column == table.primary_key[0])
        name = self._names.get(table.name)
        if name is None:
            name = self._names[table.name] = _name()
            self._batch.target.execute(f"CREATE TEMP TABLE {name} (key {base}) ON COMMIT DROP")
        self._batch.target.execute(
            f"INSERT INTO {name} SELECT unnest(%s::{base}[])", [[key for key, *_ in keys]]
        )

    def _lock_children(self) -> None:
        """Wait for who is moving a child just now: it may have another parent by then."""
        children = {counter.child for table in self._tables for counter in table.counters}
        for place in self._batch.places.values():
            if place.plan.model in children:
                order = ", ".join(f"t.{name}" for name in place.ids)
                self._batch.target.value(
                    f"SELECT count(*) FROM (SELECT 1 FROM {place.name} t JOIN {place.asked} a"
                    f" ON {same(place.ids, 'a', 't')} ORDER BY {order} FOR NO KEY UPDATE OF t) q"
                )

    def _of_children(self, parent: TablePlan) -> Iterator[str]:
        for counter in parent.counters:
            by = pg_name(counter.by)
            for place in self._places_of(counter):
                yield (
                    f"SELECT t.{by} FROM {place.name} t JOIN {place.asked} a"
                    f" ON {same(place.ids, 'a', 't')}"
                )
                if by in place.columns:
                    yield f"SELECT s.{by} FROM {place.stage} s"

    def _of_arrivals(self, parent: TablePlan) -> Iterator[str]:
        place = self._batch.places.get(parent.name)
        key = pg_name(parent.primary_key[0])
        if place is not None and key in place.columns:
            yield f"SELECT s.{key} FROM {place.stage} s"

    def _places_of(self, counter: CounterPlan) -> Iterator[Place]:
        for place in self._batch.places.values():
            if place.plan.model is counter.child:
                yield place

    def _pass_on(self, table: TablePlan, name: str) -> None:
        """The parents of parents whose counters changed are touched, too."""
        key = pg_name(table.primary_key[0])
        for parent in self._tables:
            for counter in parent.counters:
                if counter.child is not table.model:
                    continue
                query = (
                    f"SELECT t.{pg_name(counter.by)} AS key FROM {pg_name(table.target)} t"
                    f" WHERE t.{key} IN (SELECT key FROM {name})"
                    f" AND t.{pg_name(counter.by)} IS NOT NULL"
                )
                if parent.name in self._names:
                    self._batch.target.execute(f"INSERT INTO {self._names[parent.name]} {query}")
                else:
                    made = self._names[parent.name] = _name()
                    self._batch.target.execute(
                        f"CREATE TEMP TABLE {made} ON COMMIT DROP AS {query}"
                    )
