"""What is known of a legacy database: its catalogue, and evidence counted in its rows.

Counts in `ColumnEvidence` are of every row of the table, taken in one pass; what `looks` counts is
a sample, whose size it tells, unless `looks_whole` says that every value was judged. So a choice
that could refuse a row may lean on the former, and on `looks` only where they are whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from mappings.catalogue import Catalogue, SourceColumn, SourceTable

__all__ = [
    "ColumnEvidence",
    "CounterEvidence",
    "Facts",
    "ForeignKey",
    "Inclusion",
    "Index",
    "Look",
    "TableFacts",
    "folds",
]

Look = Literal[
    "serialized",
    "json",
    "html",
    "mojibake",
    "password",
    "clear_password",
    "epoch",
    "ip_int",
    "path",
    "url",
    "uuid",
    "comma_list",
    "digits14",
]
"""What a value looks like: anything that PHP's serialize() wrote and `php_unserialize` makes JSON
of, a JSON object or array, HTML entities, UTF-8 read as latin1, a password hash that `php_password`
knows or (in a column named after passwords) a short text that it does not, seconds since 1970
(1990 to 2040), an IPv4 address as a number above 2^24, a file path, an address of the web, a UUID,
a list of words or numbers with commas, 14 digits as in 20090131235959."""


def folds(column: SourceColumn) -> bool:
    """Whether texts that differ in case are one to the column's collation."""
    return bool(column.collation) and not str(column.collation).endswith(("_bin", "_cs"))


@dataclass(frozen=True, kw_only=True)
class Index:
    """An index of `information_schema.STATISTICS`."""

    name: str
    columns: tuple[str, ...]
    prefixes: tuple[int | None, ...]
    """Per column, the characters indexed, or None for the whole value."""
    unique: bool = False
    kind: Literal["btree", "fulltext", "spatial", "hash"] = "btree"
    primary: bool = False

    @property
    def whole(self) -> bool:
        """Whether it has no prefix of a value."""
        return all(length is None for length in self.prefixes)


@dataclass(frozen=True, kw_only=True)
class ForeignKey:
    """A declared foreign key, within the same database."""

    name: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    on_delete: str = "RESTRICT"
    """MySQL's word: RESTRICT, CASCADE, SET NULL, NO ACTION, SET DEFAULT."""


@dataclass(frozen=True, kw_only=True)
class ColumnEvidence:
    """What the rows hold in one column."""

    nulls: int = 0
    minimum: Decimal | None = None
    """Of numbers; of YEAR too."""
    maximum: Decimal | None = None
    zeros: int = 0
    """Numbers equal to 0."""
    empty: int = 0
    """Texts and bytes of length 0; of an ENUM index 0 only, not a member ''."""
    longest: int | None = None
    """Characters of a text, bytes of anything binary."""
    longest_bytes: int | None = None
    nul_bytes: int = 0
    """Texts that hold U+0000, and bytes that hold a zero."""
    bad_charset: int = 0
    """Texts with bytes that are not of their charset."""
    beyond_ascii: int | None = None
    """Texts with a letter beyond ASCII; asked only of what is unique by a collation that folds."""
    bad_utf8: int = 0
    """Of binary columns: values that are not UTF-8."""
    zero_dates: int = 0
    partial_dates: int = 0
    """Month or day is 0, the rest is not, or a day that the month has not (2009-02-31)."""
    odd_times: int = 0
    """TIME values outside 00:00:00 to 23:59:59.999999."""
    earliest: str | None = None
    """Of dates and times, as MySQL prints them (TIMESTAMP in UTC), without zero, partial and
    impossible dates."""
    latest: str | None = None
    values: Mapping[str, int] | None = None
    """Every value (as MySQL prints it) with its number of rows, when there are at most 32."""
    sampled: int = 0
    """Values looked at for `looks`: not NULL, not empty, not 0."""
    looks: Mapping[Look, int] = field(default_factory=dict)
    looks_whole: bool = False
    """`sampled` and `looks` are of every row: the table is small, or the column was read whole."""
    examples: tuple[str, ...] = ()
    """Up to 3 of the sampled values, cut at 80 characters; for tests of guesses, never written."""


@dataclass(frozen=True, kw_only=True)
class TableFacts:
    """One table or view."""

    table: SourceTable
    comment: str = ""
    indexes: tuple[Index, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    auto_increment: str | None = None
    """Its AUTO_INCREMENT column."""
    on_update: tuple[str, ...] = ()
    """Columns that MySQL sets to the time of each change: ON UPDATE CURRENT_TIMESTAMP."""
    rows: int | None = None
    """Exact; None without data evidence."""
    evidence: Mapping[str, ColumnEvidence] = field(default_factory=dict)
    """By column; empty without data evidence, and of a view unless it was asked for by name."""
    broken: str | None = None
    """Why its rows cannot be read at all: a view whose tables are gone, a crashed table."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """Columns without evidence because MySQL refused to read them, and why."""

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def view(self) -> bool:
        return self.table.engine is None

    def seen(self, column: SourceColumn) -> ColumnEvidence | None:
        """Evidence of a column, or None when the rows were not read."""
        return self.evidence.get(column.name)


@dataclass(frozen=True, kw_only=True)
class Inclusion:
    """How far the values of one column are found in another: a measured, possible reference."""

    table: str
    column: str
    parent: str
    parent_column: str
    filled: int
    """Rows whose value is neither NULL nor 0 nor ''."""
    orphans: int
    """Of these, rows without a parent, by MySQL's own comparison."""
    case_orphans: int
    """Of those with a parent, rows whose parent differs in bytes (case, accents, blanks)."""
    none_values: int
    """Rows whose value is 0 or '' and has no parent: MySQL's way to say none."""


@dataclass(frozen=True, kw_only=True)
class CounterEvidence:
    """How far a number in a parent equals the count of its children."""

    parent: str
    column: str
    child: str
    by: str
    """The child's column that holds the parent's key."""
    parents: int
    """Rows of the parent."""
    equal: int
    counted: int
    """Parents with at least one child."""
    counted_equal: int
    """Of these, how many have exactly the count."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that a design is made from."""

    catalogue: Catalogue
    tables: tuple[TableFacts, ...]
    """Chosen tables and views, by name."""
    inclusions: tuple[Inclusion, ...] = ()
    """Of every declared foreign key of one column, and of every possible one that was measured."""
    counters: tuple[CounterEvidence, ...] = ()
    data_evidence: bool = True
    snapshot: bool = False

    def table(self, name: str) -> TableFacts | None:
        return next((t for t in self.tables if t.name == name), None)

    def inclusion(self, table: str, column: str, parent: str) -> Inclusion | None:
        return next(
            (
                i
                for i in self.inclusions
                if (i.table, i.column, i.parent) == (table, column, parent)
            ),
            None,
        )
