"""One batch: the tables that take part in it, and what it has read so far."""

from __future__ import annotations

from collections.abc import Mapping

from mappings.plan import Plan, ReferencePlan, TablePlan
from migrate.errors import RunError
from migrate.ledger import Ledger, LedgerTable
from migrate.refresh.addressing import address, keys_of_spelled
from migrate.refresh.place import Identity, Place
from migrate.refresh.reading import read_identities, read_keys
from migrate.source import Source

__all__ = ["Batch"]


class Batch:
    """What one transaction refreshes. Made inside of it; its temporary tables end with it."""

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        source: Source,
        records: Mapping[str, LedgerTable],
        forced: Mapping[str, Mapping[Identity, tuple[str, str]]],
    ) -> None:
        self.plan = plan
        self.ledger = ledger
        self.target = ledger.target
        self.source = source
        self.places: dict[str, Place] = {}
        self.unsettled: dict[tuple[str, str], tuple[TablePlan, ReferencePlan]] = {}
        """References into what leaves, of tables whose rows cannot be named one by one."""
        self._records = records
        self._forced = forced

    @property
    def asked(self) -> int:
        """How many rows were asked for."""
        return sum(len(p.known) + len(p.known_keys) for p in self.places.values())

    def place(self, table: TablePlan) -> Place:
        """The table's part in the batch, made when first asked for."""
        found = self.places.get(table.name)
        if found is None:
            found = Place(table, self.table_id(table), self.target)
            self.places[table.name] = found
        return found

    def table_id(self, table: TablePlan) -> int:
        """The id of the table's latest record in the ledger."""
        if table.name not in self._records:
            raise RunError(
                f"{table.name}: no run has loaded this table yet",
                hint="run `delamp run` first",
            )
        return self._records[table.name].id

    def refreshable(self, table: TablePlan) -> bool:
        """Whether the table's rows can take part: they can be named, and were loaded before."""
        return table.refreshable and table.name in self._records

    def plans_filling(self, target: str) -> list[TablePlan]:
        """The plans whose rows go to a table of the target, and can be named there."""
        plans = (t for t in self.plan.tables if t.target == target and t.name in self._records)
        return [table for table in plans if address(table)]

    def settle_later(self, table: TablePlan, reference: ReferencePlan) -> None:
        """Have the reference's orphan policy applied to the whole table at the end."""
        if table.name in self._records:
            self.unsettled[table.name, reference.name] = (table, reference)

    def read(self) -> None:
        """Stage what the source has of every row asked for since the last time."""
        for place in self.places.values():
            keys, place.unread_keys = place.unread_keys, set()
            forced = self._forced.get(place.plan.name, {})
            if place.spelled and place.unread:
                asked, place.unread = place.unread, set()
                found = keys_of_spelled(place.plan, self.source, self.target, asked)
                keys |= set(found.values())
                place.known_keys |= keys
                place.spare(asked & place.holders - found.keys())
            place.add(list(read_keys(place.plan, self.source, keys)), forced)
            # A row asked for by its key is known by its identity from here on.
            known = {fresh.identity for fresh in place.fresh}
            identities, place.unread = place.unread - known, set()
            place.add(list(read_identities(place.plan, self.source, identities)), forced)
            if keys or identities:
                place.analyze()
            read = {fresh.identity for fresh in place.fresh}
            place.spare(identities & place.holders - read - place.refused_identities)
            place.bar_taken_keys()
