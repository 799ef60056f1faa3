"""Changed keys as they come in, table by table, never more than memory is to hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from mappings.keys import KeyValue
from migrate.binlog.changes import TableChanges

__all__ = ["Gathering"]


@dataclass
class _Table:
    keys: set[KeyValue] = field(default_factory=set)
    gone: set[KeyValue] = field(default_factory=set)
    events: int = 0
    truncated: bool = False
    unkeyed: bool = False


class Gathering:
    """Changes of one transaction, or of several."""

    def __init__(self, most_keys: int) -> None:
        self._most = most_keys
        self._tables: dict[str, _Table] = {}
        self.size = 0
        """Keys held."""

    @property
    def events(self) -> int:
        return sum(table.events for table in self._tables.values())

    def wants(self, name: str) -> bool:
        """Whether keys of the table say more than is known of it already."""
        found = self._tables.get(name)
        return found is None or not (found.truncated or found.unkeyed)

    def add(self, name: str, keys: set[KeyValue], events: int, gone: set[KeyValue]) -> None:
        """Rows of a table changed: `keys` names them all, `gone` those that left or moved."""
        table = self._table(name)
        table.events += events
        if table.truncated or table.unkeyed:
            return
        self.size -= len(table.keys)
        table.keys |= keys
        table.gone |= gone
        self.size += len(table.keys)
        while self.size > self._most:
            self.suspect(max(self._tables, key=lambda n: len(self._tables[n].keys)))

    def suspect(self, name: str, *, unkeyed: bool = False, events: int = 0) -> None:
        """Rows of a table changed that nothing names."""
        table = self._table(name)
        table.events += events
        table.unkeyed |= unkeyed
        table.truncated |= not unkeyed
        # Who looks at the whole table needs no keys.
        self.size -= len(table.keys)
        table.keys, table.gone = set(), set()

    def take(self, other: Gathering) -> None:
        """Add what another has; the other is of no more use."""
        for name, theirs in other._tables.items():
            if name not in self._tables:
                self._tables[name] = theirs
                self.size += len(theirs.keys)
                continue
            if theirs.truncated:
                self.suspect(name)
            if theirs.unkeyed:
                self.suspect(name, unkeyed=True)
            self.add(name, theirs.keys, theirs.events, theirs.gone)
        while self.size > self._most:
            self.suspect(max(self._tables, key=lambda n: len(self._tables[n].keys)))

    def changes(self) -> dict[str, TableChanges]:
        """By table."""
        return {
            name: TableChanges(
                keys=table.keys,
                gone=table.gone,
                events=table.events,
                truncated=table.truncated,
                unkeyed=table.unkeyed,
            )
            for name, table in self._tables.items()
        }

    def _table(self, name: str) -> _Table:
        found = self._tables.get(name)
        if found is None:
            found = self._tables[name] = _Table()
        return found
