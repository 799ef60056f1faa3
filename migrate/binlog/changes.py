"""What the stream hands out: which rows of which tables changed, and up to where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mappings.catalogue import SourceTable
from mappings.keys import KeyValue
from migrate.snapshot import BinlogPosition

__all__ = ["Changes", "Followed", "TableChanges"]


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A table of the source whose changes are wanted, as its catalogue describes it now."""

    table: SourceTable
    key: tuple[str, ...] = ()
    """Columns whose values name a changed row; empty: the table's own key. Any columns may be
    asked for, such as those by which another table refers to this one; their NULL is None."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are asked for; none for a table without a key."""
        return self.key or self.table.key


@dataclass(frozen=True, kw_only=True)
class TableChanges:
    """The rows of one table that changed. Any of the flags makes the whole table suspect."""

    keys: set[KeyValue] = field(default_factory=set)
    """Of the rows as they were and as they are, in the form of `KeyColumn.value`: integers, YEAR,
    BIT, ENUM and SET as int (of the last two, the number that MySQL keeps), texts and binaries as
    the hex of their stored bytes, others as MySQL writes them, timestamps in UTC."""
    gone: set[KeyValue] = field(default_factory=set)
    """The table's own keys, if they were asked for first, of rows that were deleted or have another
    key now. Other rows may have them again."""
    events: int = 0
    """Row changes: an update is one."""
    truncated: bool = False
    """TRUNCATE, or more keys than are held in memory: `keys` is not all, maybe empty."""
    unkeyed: bool = False
    """Rows changed of which the events do not carry all key columns, or the table has no key."""

    @property
    def suspect(self) -> bool:
        """Whether rows may have changed that `keys` does not name."""
        return self.truncated or self.unkeyed


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Whole transactions of the source, in one: everything up to `position`."""

    tables: Mapping[str, TableChanges] = field(default_factory=dict)
    """By name of the source table; empty when only others changed."""
    position: BinlogPosition
    """Behind the last transaction: where to go on once these changes are applied."""
    read: BinlogPosition
    """Behind the last transaction that is in them, also while one before it is prepared and not
    decided: `position` is before that one then."""
    committed_at: float | None = None
    """When the last transaction was committed, in seconds since 1970 by the source's clock."""
    events: int = 0
    """Row changes in followed tables."""
    transactions: int = 0
    """Also of those that changed nothing that is followed."""
    caught_up: bool = False
    """Whether the server had no more to tell at the end."""
