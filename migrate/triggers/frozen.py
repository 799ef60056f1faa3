"""What the triggers of one parent table need to know, as plain values that a migration can hold.

Filters and values are SQL, not `Q` objects or model names: a schema migration of last year makes
the same triggers today, whatever has become of the models since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["FrozenChild", "FrozenCounter", "FrozenParent", "FrozenPass", "Kind"]

Kind = Literal["count", "sum", "max", "latest"]


@dataclass(frozen=True, kw_only=True)
class FrozenCounter:
    """One counter: a column of the parent, and what it says of the children."""

    column: str
    kind: Kind
    empty: str
    """SQL: the value without any child."""
    value: str | None = None
    """SQL over the child's row; None for a count."""
    type: str | None = None
    """PostgreSQL's type of the value of a maximum."""
    filter: str | None = None
    """SQL over the child's row; None: all children."""
    order: str | None = None
    """SQL over the child's row that the latest is the last by."""
    exact: bool = True
    """Whether adding and subtracting gives what counting anew does."""


@dataclass(frozen=True, kw_only=True)
class FrozenPass:
    """The counters over the children that refer by one column."""

    by: str
    counters: tuple[FrozenCounter, ...]


@dataclass(frozen=True, kw_only=True)
class FrozenChild:
    """One child table."""

    table: str
    key: tuple[str, ...]
    passes: tuple[FrozenPass, ...]


@dataclass(frozen=True, kw_only=True)
class FrozenParent:
    """One parent table, and every table whose rows it counts."""

    table: str
    key: str
    key_type: str
    children: tuple[FrozenChild, ...]

    @property
    def counters(self) -> tuple[FrozenCounter, ...]:
        """All of them, in the order of children and passes."""
        return tuple(c for child in self.children for p in child.passes for c in p.counters)

    @classmethod
    def of(cls, table: str, key: str, key_type: str, children: Sequence[Any]) -> FrozenParent:
        """From what a migration file holds. Raises `TypeError` for what is not of this form."""
        return cls(
            table=table, key=key, key_type=key_type, children=tuple(_child(c) for c in children)
        )

    def plain(self) -> dict[str, Any]:
        """The same as dictionaries and lists, with nothing that goes without saying."""
        return {
            "table": self.table,
            "key": self.key,
            "key_type": self.key_type,
            "children": [
                {
                    "table": child.table,
                    "key": list(child.key),
                    "passes": [
                        {"by": p.by, "counters": [_plain(c) for c in p.counters]}
                        for p in child.passes
                    ],
                }
                for child in self.children
            ],
        }


def _plain(counter: FrozenCounter) -> dict[str, Any]:
    values = asdict(counter)
    unsaid = {"value": None, "type": None, "filter": None, "order": None, "exact": True}
    return {name: v for name, v in values.items() if name not in unsaid or v != unsaid[name]}


def _child(given: Mapping[str, Any]) -> FrozenChild:
    passes = tuple(
        FrozenPass(by=p["by"], counters=tuple(FrozenCounter(**c) for c in p["counters"]))
        for p in given["passes"]
    )
    return FrozenChild(table=given["table"], key=tuple(given["key"]), passes=passes)
