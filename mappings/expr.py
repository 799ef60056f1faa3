"""A value of one source row while a mapping is compiled: its SQL, and what is known of it.

Nullness is kept apart from the value: `null` is a predicate over raw columns, `sql` is only
asked where it is false. A computation that fails inside MySQL gives NULL silently (a result
over max_allowed_packet, for one); kept apart, such a NULL poisons its whole line and the count
of lines sees it, instead of being loaded as a NULL.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

__all__ = ["Expr", "Kind", "Refusal", "SourceValue"]


class Kind(enum.Enum):
    """What a value is between the source column and the target field.

    The Python form of each stands at its side; `sql` yields the MySQL value of the same meaning.
    """

    INT = "integer"  # int
    DECIMAL = "decimal"  # decimal.Decimal
    DOUBLE = "double"  # float
    BOOL = "boolean"  # bool; in SQL 0 or 1
    TEXT = "text"  # str; in SQL utf8mb4 text, or utf8mb3
    BYTES = "bytes"  # bytes
    DATE = "date"  # datetime.date, or the text of a zero or partial date
    DATETIME = "datetime"  # naive datetime (wall clock), or the text of a zero or partial date
    INSTANT = "instant"  # aware datetime in UTC; in SQL a DATETIME in UTC
    TIME = "time"  # datetime.timedelta, signed, beyond 24 h
    JSON = "json"  # what json.loads gives, numbers with a fraction as Decimal; in SQL its text
    UUID = "uuid"  # uuid.UUID; in SQL its text
    ADDRESS = "address"  # str, an IP address as MariaDB shows it; in SQL the same
    GEOMETRY = "geometry"  # bytes, its WKB
    LIST = "list"  # list of str; in SQL the members joined by commas, none of which holds one


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A way in which the target would refuse the value, or change it.

    `sql` is a predicate over the source row. `silent` says that PostgreSQL would take the value
    and change it: such refusals are part of every load, the loud ones only of a chunk that
    PostgreSQL has refused.
    """

    code: str
    sql: str
    silent: bool = False


@dataclass(frozen=True, kw_only=True)
class Expr:
    """An SQL value over the source row `s`. Immutable; steps return a changed copy."""

    kind: Kind
    sql: str
    null: str | None = None
    """Predicate, itself never NULL: the value is NULL. None: it never is."""
    guards: tuple[str, ...] = ()
    """Predicates: rows for which `sql` is not what Python makes of the value; they go by Python.

    Guards and refusals are added with `guarded` and `refusing`, which ask them only where the
    value is not NULL so far. A later step that makes NULL of more rows, or a value of NULL, leaves
    them as they are: it sees the SQL form, which for these rows is not the value.
    """
    refusals: tuple[Refusal, ...] = ()
    lo: int | Decimal | None = None
    hi: int | Decimal | None = None
    """Bounds of a number, when known."""
    scale: int | None = None
    """Digits after the point of a decimal, when fixed."""
    max_chars: int | None = None
    max_octets: int | None = None
    members: tuple[str, ...] | None = None
    """The only texts possible (ENUM and SET)."""
    fraction: int = 0
    """Digits of fractional seconds."""
    zone: str | None = None
    """Zone of a DATETIME's wall clock, once declared. The step that declares it guards all times
    whose instant is in doubt, and those that in UTC are not in the years 1 to 9999."""
    may_be_zero_date: bool = False
    plain: bool = False
    """The text needs no COPY escape."""
    computed: bool = False
    """A double that the server computes, and does not only read: see `mappings.types.floats`."""

    def to(self, kind: Kind, sql: str, **facts: Any) -> Expr:
        """A value of another kind made from this one: facts about the old value are dropped."""
        return Expr(
            kind=kind, sql=sql, null=self.null, guards=self.guards, refusals=self.refusals, **facts
        )

    def but(self, **facts: Any) -> Expr:
        """The same value with some facts changed."""
        return replace(self, **facts)

    def or_null(self, predicate: str) -> Expr:
        """The same value, NULL also where `predicate` holds (it is asked on non-NULL values)."""
        null = predicate if self.null is None else f"({self.null}) OR ({predicate})"
        return replace(self, null=null)

    def guarded(self, *predicates: str) -> Expr:
        """The same value; where a predicate holds and it is not NULL, Python makes it."""
        asked = tuple(_where_not_null(self.null, p) for p in predicates)
        return replace(self, guards=self.guards + asked)

    def refusing(self, *refusals: Refusal) -> Expr:
        """The same value with more refusals, each asked where it is not NULL."""
        asked = tuple(replace(r, sql=_where_not_null(self.null, r.sql)) for r in refusals)
        return replace(self, refusals=self.refusals + asked)

    def losing(self, predicate: str) -> Expr:
        """The same value, which a step is about to drop or cut where `predicate` holds.

        PostgreSQL will not see what it would have refused loudly: there, every load asks.
        """
        loud = (r for r in self.refusals if not r.silent)
        lost = (replace(r, sql=f"({predicate}) AND ({r.sql})", silent=True) for r in loud)
        return self.refusing(*lost)


def _where_not_null(null: str | None, predicate: str) -> str:
    """`predicate` where `null` is false; a predicate that is NULL itself counts as true.

    A row flagged for nothing only takes the slow way, a row not flagged may be lost.
    """
    asked = f"COALESCE({predicate}, 1)"
    return asked if null is None else f"(NOT ({null})) AND {asked}"


@dataclass(frozen=True, kw_only=True)
class SourceValue:
    """How one source column is read: as SQL, and as the driver's bytes decoded in Python."""

    expr: Expr
    raw: str
    """SQL whose text-protocol bytes `decode` understands."""
    decode: Callable[[bytes], Any]
