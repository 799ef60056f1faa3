"""What the ledger says of one table: rows that differ between the sides on purpose."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from mappings.keys import KeyRange, KeyValue
from mappings.plan import ColumnPlan, TablePlan

__all__ = ["NONE", "Departures", "KeySet"]

_NONE: frozenset[KeyValue] = frozenset()


class KeySet:
    """Keys in order, to be asked for those of one range. For integer keys only."""

    def __init__(self, keys: Iterable[KeyValue]) -> None:
        self._keys = sorted(keys)

    def within(self, key_range: KeyRange) -> list[KeyValue]:
        """The keys with `after` < key <= `until`."""
        first = 0 if key_range.after is None else bisect_right(self._keys, key_range.after)
        last = None if key_range.until is None else bisect_right(self._keys, key_range.until)
        return self._keys[first:last]


@dataclass(frozen=True, kw_only=True)
class Departures:
    """Source keys are values of `plan.key`; rows whose key is not known are only counted."""

    rejected: frozenset[KeyValue] = _NONE
    """Rows that the run refused: in the source, not in the target."""
    skipped: frozenset[KeyValue] = _NONE
    """Rows left out on purpose, other than those that `where` leaves out."""
    kept: frozenset[KeyValue] = _NONE
    """Rows whose place in the target an existing row has kept."""
    nulled: frozenset[tuple[KeyValue, str]] = frozenset()
    """(key, model field) of references that were loaded as NULL."""
    refused: Mapping[KeyValue, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Of rejected rows whose reason is known: the model fields, each with the code of its refusal.
    """
    existing: frozenset[str] = frozenset()
    """Primary keys, as text, of target rows that were there before and belong to nobody."""
    existing_sql: str = ""
    """The same as a query on the target, of one column, for more of them than a statement takes."""
    rejected_count: int = 0
    skipped_count: int = 0
    kept_count: int = 0
    """How many more there are whose keys are not known."""
    nulled_count: int = 0
    """How many more references were loaded as NULL, in rows whose keys are not known."""

    @cached_property
    def absent(self) -> frozenset[KeyValue]:
        """Keys of source rows that the target does not hold, rightly."""
        return self.rejected | self.skipped | self.kept

    @property
    def nameless_absent(self) -> int:
        """How many rows without a known key the target rightly does not hold."""
        return self.rejected_count + self.skipped_count + self.kept_count

    @cached_property
    def nulled_columns(self) -> dict[KeyValue, frozenset[str]]:
        """Per key, the model fields that were loaded as NULL."""
        found: dict[KeyValue, set[str]] = {}
        for key, name in self.nulled:
            found.setdefault(key, set()).add(name)
        return {key: frozenset(names) for key, names in found.items()}

    def null_keys(self, column: ColumnPlan) -> Iterator[KeyValue]:
        """Keys of the rows in which this column was loaded as NULL."""
        return (key for key, name in self.nulled if name == column.name)


NONE = Departures()


@dataclass(frozen=True)
class _Ordered:
    """The keys of a table's departures, in order."""

    absent: KeySet = field(default_factory=lambda: KeySet(()))
    nulled: dict[str, KeySet] = field(default_factory=dict)


def ordered(table: TablePlan, departures: Departures) -> _Ordered:
    """The departures of a table with an integer key, ready to be asked by range."""
    return _Ordered(
        KeySet(departures.absent),
        {
            column.name: KeySet(keys)
            for column in table.verified
            if (keys := list(departures.null_keys(column)))
        },
    )
