"""What becomes of each table's key: Django's primary key, and how a source row is found by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mappings.catalogue import SourceColumn
from migrate.draft.design import Decision
from migrate.draft.designing.names import snake, without_prefix
from migrate.draft.designing.singular import singular
from migrate.draft.designing.types.numbers import integer_range
from migrate.draft.facts import TableFacts

__all__ = ["INTEGERS", "Key", "choose_key"]

INTEGERS = frozenset({"tinyint", "smallint", "mediumint", "int", "integer", "bigint"})
_TEXTS = frozenset({"char", "varchar", "enum"})
_LONGEST = 600
"""Characters of a text key: at four bytes each they fit an entry of PostgreSQL's index."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """A model's primary key."""

    kind: Literal["own", "surrogate"]
    columns: tuple[str, ...]
    """The key of the source; empty for a table without one."""
    column: SourceColumn | None = None
    """The column that is the model's primary key."""
    name: str = "id"
    cls: str = "models.BigAutoField"
    arguments: tuple[str, ...] = ()
    decision: Decision | None = None

    @property
    def integer(self) -> bool:
        return self.column is not None and self.column.data_type in INTEGERS

    @property
    def text(self) -> bool:
        return self.column is not None and self.cls == "models.CharField"


def choose_key(table: TableFacts, prefix: str) -> Key:
    """The primary key of the model that a table becomes."""
    columns = table.table.key
    column = table.table.column(columns[0]) if len(columns) == 1 else None
    if column is None:
        return _surrogate(table, columns)
    if column.data_type in INTEGERS:
        cls, arguments = _integer_class(table, column)
        name = _name(table, column, prefix)
        return Key(
            kind="own", columns=columns, column=column, name=name, cls=cls, arguments=arguments
        )
    if column.data_type in _TEXTS and _fits(table, column):
        # The width is told by the column's type.
        name = "id" if snake(column.name) == "id" else ""
        return Key(kind="own", columns=columns, column=column, name=name, cls="models.CharField")
    return _surrogate(table, columns)


def _integer_class(table: TableFacts, column: SourceColumn) -> tuple[str, tuple[str, ...]]:
    lo, hi = integer_range(column)
    seen = table.seen(column)
    if hi >= 2**63 and seen and seen.maximum is not None and seen.maximum >= 2**63:
        return "models.DecimalField", ("max_digits=20", "decimal_places=0")
    own = table.auto_increment == column.name
    for limit, auto, plain in (
        (2**15, "models.SmallAutoField", "models.SmallIntegerField"),
        (2**31, "models.AutoField", "models.IntegerField"),
        (2**64, "models.BigAutoField", "models.BigIntegerField"),
    ):
        if hi < limit:
            return (auto if own else plain), ()
    raise AssertionError(f"an integer key beyond 64 bits, got {lo} to {hi}")


def _name(table: TableFacts, column: SourceColumn, prefix: str) -> str:
    """`id` where the column is that to Django: counted up by itself, or named after the table."""
    words = snake(without_prefix(table.name, prefix))
    one = "_".join([*words.split("_")[:-1], singular(words.rpartition("_")[2])])
    named = snake(column.name) in {"id", f"{words}_id", f"{one}_id", f"id_{one}", f"{one}id"}
    return "id" if named or table.auto_increment == column.name else ""


def _fits(table: TableFacts, column: SourceColumn) -> bool:
    """Whether PostgreSQL takes each value as a key."""
    seen = table.seen(column)
    if seen is not None and (seen.nul_bytes or seen.bad_charset):
        return False
    return column.data_type == "enum" or (column.max_chars or 0) <= _LONGEST


def _surrogate(table: TableFacts, columns: tuple[str, ...]) -> Key:
    if not columns:
        return Key(
            kind="surrogate",
            columns=(),
            decision=Decision(
                table=table.name,
                column=None,
                topic="key",
                chosen="an id of its own; rows are compared as a multiset",
                evidence="the table has no primary key and no unique index without NULL",
            ),
        )
    names = ", ".join(columns)
    several = len(columns) > 1
    return Key(
        kind="surrogate",
        columns=columns,
        decision=Decision(
            table=table.name,
            column=None,
            topic="key",
            chosen="an id of its own, and a UniqueConstraint on the key: Django's admin, foreign "
            "keys to the model and many-to-many fields need a key of one column",
            evidence=f"the key is {names}"
            if several
            else f"{names} is no number and no short text",
            routine=several,
        ),
    )
