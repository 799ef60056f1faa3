"""What a type family provides: how a source column is read, and how a value reaches a field.

A `Source` belongs to some MySQL types. A `Conversion` belongs to one `Kind` and some PostgreSQL
types, and has the five faces of DESIGN ("One conversion, five faces"):

    copy                SQL over the source: the text of the value as COPY wants it
    canonical_source    SQL over the source: the same text for the same value ...
    canonical_target    ... as this SQL over the target
    refusals            predicates over the source: where the target would refuse or change it
    convert, encode     the reference in Python: value in, value out, and its COPY text
    load                the two in one

A frame makes a row of canonical texts unambiguous: a text that cannot hold a comma or tilde ends
in a comma, any other is preceded by its length in bytes, and NULL is a tilde and a comma.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from mappings.catalogue import SourceColumn
from mappings.errors import Reject
from mappings.expr import Expr, Kind, Refusal, SourceValue
from mappings.sqltext import copy_escape, source_column
from mappings.target import TargetField

__all__ = ["Conversion", "Source", "column_null", "expect"]


def column_null(column: SourceColumn) -> str | None:
    """The `null` predicate of an expression that reads just this column."""
    return f"{source_column(column.name)} IS NULL" if column.nullable else None


def expect(value: Any, *types: type) -> None:
    """Raise `Reject` for a value that is none of `types`: a user's function may return anything."""
    if not isinstance(value, types):
        expected = " or ".join(t.__name__ for t in types)
        raise Reject("wrong_type", f"got {type(value).__name__} (expected {expected})")


class Source(ABC):
    """How columns of some MySQL types are read. One instance per family, without state."""

    types: ClassVar[frozenset[str]]

    @abstractmethod
    def read(self, column: SourceColumn) -> SourceValue:
        """Return the column's expression and its reading in Python."""


class Conversion(ABC):
    """How values of one kind reach fields of some types. One instance each, without state."""

    kind: ClassVar[Kind]
    targets: ClassVar[frozenset[str]]
    array: ClassVar[bool] = False
    framed: ClassVar[bool] = False
    """Whether the canonical text needs its length before it (it may hold commas or tildes)."""

    def accepts(self, kind: Kind, field: TargetField) -> bool:
        """Whether this conversion is the one for the pair."""
        return kind is self.kind and field.base in self.targets and field.array == self.array

    @abstractmethod
    def text(self, expr: Expr, field: TargetField) -> str:
        """SQL: the text PostgreSQL reads as the value, unescaped. Asked only where not NULL."""

    def copy(self, expr: Expr, field: TargetField) -> str:
        """SQL: the text of the value, escaped for COPY. Asked only where not NULL."""
        text = self.text(expr, field)
        return text if expr.plain else copy_escape(text)

    def canonical_source(self, expr: Expr, field: TargetField) -> str | None:
        """SQL: the canonical text, or None when only Python can make it."""
        return self.text(expr, field)

    @abstractmethod
    def canonical_target(self, field: TargetField, column: str) -> str:
        """SQL for PostgreSQL: the canonical text of `column`, of type text. NULL gives NULL."""

    def refusals(self, expr: Expr, field: TargetField) -> tuple[Refusal, ...]:
        """What may happen that the catalogue and the field do not already exclude."""
        return ()

    def guards(self, expr: Expr, field: TargetField) -> tuple[str, ...]:
        """Predicates: rows that SQL converts wrongly or too slowly; Python makes their value."""
        return ()

    def convert(self, value: Any, field: TargetField) -> Any:
        """Python value of the kind -> what Django reads back. Raises `Reject`. Never gets None."""
        return value

    @abstractmethod
    def encode(self, value: Any, field: TargetField) -> str:
        """What `convert` returned -> the text PostgreSQL reads as that value, unescaped."""

    def load(self, value: Any, field: TargetField) -> str:
        """`encode(convert(value))`, or a shorter way to the same text and the same rejects."""
        return self.encode(self.convert(value, field), field)

    def canonical(self, value: Any, field: TargetField) -> str:
        """What `convert` returned -> its canonical text."""
        return self.encode(value, field)
