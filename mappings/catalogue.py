"""The legacy schema as values: what `migrate` read from the source's catalogue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from mappings.sqltext import ROW, my_name

__all__ = ["Catalogue", "JoinedTable", "SourceColumn", "SourceTable"]


@dataclass(frozen=True, kw_only=True)
class SourceColumn:
    """One column of `information_schema.COLUMNS`, in MySQL's own words."""

    name: str
    data_type: str
    """`DATA_TYPE`, lower case: `int`, `varchar`, `enum` …"""
    column_type: str
    """`COLUMN_TYPE`: `int(10) unsigned`, `enum('Y','N')` …"""
    nullable: bool = True
    max_chars: int | None = None
    max_octets: int | None = None
    precision: int | None = None
    scale: int | None = None
    fraction: int = 0
    """Digits of fractional seconds, 0 to 6."""
    charset: str | None = None
    collation: str | None = None
    generated: bool = False
    on_update: bool = False
    """Whether it is set to the time of any UPDATE that does not name it."""
    default: str | None = None
    comment: str = ""

    @property
    def unsigned(self) -> bool:
        return "unsigned" in self.column_type.lower()


@dataclass(frozen=True, kw_only=True)
class JoinedTable:
    """A table that is joined to each row of a source table, of which it has one row at most."""

    alias: str
    table: str
    condition: str
    """SQL of its ON clause."""
    reads: tuple[str, ...]
    """Its columns in that clause."""
    fingerprint: str
    """Of the joined table."""
    links: tuple[tuple[str, str], ...] = ()
    """Its columns that name the source row, each with the SQL of what they equal there."""
    only: str | None = None
    """Predicate over its rows: those that are meant. None: all."""
    picks: str | None = None
    """The name whose value it has, of a table of names and values."""

    @property
    def sql(self) -> str:
        return f"LEFT JOIN {my_name(self.table)} {my_name(self.alias)} ON {self.condition}"


@dataclass(frozen=True, kw_only=True)
class SourceTable:
    """One table, view or query of the source, with what a mapping joins to it."""

    name: str
    columns: tuple[SourceColumn, ...]
    key: tuple[str, ...] = ()
    """Columns of the primary key, or of the first unique index without a nullable column."""
    uniques: tuple[tuple[str, ...], ...] = ()
    """Columns of every unique index whose parts are whole columns, the primary key included."""
    engine: str | None = None
    """None for a view or a query."""
    rows_estimate: int = 0
    bytes_estimate: int = 0
    query: str | None = None
    """The SELECT that gives the rows, of a mapping's own; `name` is only what it is called."""
    joins: tuple[JoinedTable, ...] = ()
    kept: tuple[str, ...] = ()
    """Columns that no mapping reads, and quarantine keeps beside those that one does."""

    @property
    def own(self) -> str:
        """SQL for a FROM clause: the rows as `s`, with nothing joined to them."""
        # A comment at the query's end must not take the bracket with it.
        return f"({self.query}\n) {ROW}" if self.query else f"{my_name(self.name)} {ROW}"

    @property
    def relation(self) -> str:
        """SQL for a FROM clause: the rows as `s`, and the joined tables by their aliases."""
        return " ".join([self.own, *(join.sql for join in self.joins)])

    def column(self, name: str) -> SourceColumn | None:
        """Return the column of that name (MySQL folds the case of column names), or None."""
        folded = name.lower()
        same = [c for c in self.columns if c.name.lower() == folded]
        return next((c for c in same if c.name == name), same[0] if same else None)

    @property
    def transactional(self) -> bool:
        """Whether a snapshot protects this table (InnoDB); MyISAM is read as it is."""
        return self.engine is not None and self.engine.lower() in {"innodb", "rocksdb", "tokudb"}

    def fingerprint(self) -> str:
        """SHA-256 of what a change of would make a half-done load wrong: columns and key."""
        facts = [asdict(c) | {"comment": "", "default": None} for c in self.columns]
        for fact in facts:
            del fact["on_update"]
        text = json.dumps([self.name, facts, self.key, *self._more()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _more(self) -> list[object]:
        more: list[object] = [] if self.query is None else [self.query]
        return more + [asdict(join) for join in self.joins]


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Every table of one source database, and the facts of its server that a plan needs."""

    database: str
    tables: Mapping[str, SourceTable] = field(default_factory=dict)
    server_version: str = ""
    mariadb: bool = False
