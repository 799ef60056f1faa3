"""What a model's Meta gets of its table's indexes, and how large an entry may be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from migrate.draft.design import Decision
from migrate.draft.designing.instead import imported
from migrate.draft.designing.plan import Drafted, DraftedColumn
from migrate.draft.facts import Index

__all__ = ["ENTRY", "NEVER", "TEXTS", "Indexing", "Pending", "class_of", "size_of", "without"]

ENTRY = 2_600
"""Bytes that an entry of PostgreSQL's B-tree is sure to take."""
TEXTS = ("models.CharField", "models.TextField")
NEVER = frozenset({"models.JSONField", "ArrayField"})
"""Fields that no B-tree is for."""
_SIZES = {
    "models.CharField": 0,
    "models.SmallIntegerField": 2,
    "models.PositiveSmallIntegerField": 2,
    "models.DecimalField": 40,
    "models.UUIDField": 16,
    "models.GenericIPAddressField": 20,
    "models.BooleanField": 1,
}


@dataclass(frozen=True, kw_only=True)
class Pending:
    """A decision, and what the list in Meta would have besides, or without."""

    decision: Decision
    constraint: str = ""
    without: str = ""
    index: str = ""
    imports: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Indexing:
    """What a model's Meta says of its indexes."""

    unique: set[str] = field(default_factory=set)
    """Fields with unique=True."""
    constraints: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    pending: list[Pending] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    """Of the indexes and constraints of all models."""

    @property
    def decisions(self) -> list[Decision]:
        """What was decided, each with the whole list that Meta would have."""
        return [self._whole(each) for each in self.pending]

    def _whole(self, each: Pending) -> Decision:
        lines = imported(set(each.imports) - self.imports)
        if each.without:
            others = [other for other in self.constraints if other != each.without]
            lines.append(f"constraints = [{', '.join(others)}]")
        if each.constraint:
            lines.append(f"constraints = [{', '.join([*self.constraints, each.constraint])}]")
        if each.index:
            lines.append(f"indexes = [{', '.join([*self.indexes, each.index])}]")
        return replace(each.decision, instead="\n".join(lines)) if lines else each.decision

    def name(self, parts: Iterable[str], kind: str, longest: int) -> str:
        """A name within PostgreSQL's, and for an index Django's, length: the same at each draft."""
        parts = list(parts)
        whole = "_".join([*parts, kind]).lower()
        if len(whole.encode()) > longest or whole in self.names:
            seed = "\0".join([*parts, str(whole in self.names)])
            digest = hashlib.sha256(seed.encode()).hexdigest()[:6]
            head = "_".join(parts).lower().encode()[: longest - len(kind) - 8]
            whole = f"{head.decode(errors='ignore').rstrip('_')}_{digest}_{kind}"
        self.names.add(whole)
        return whole


def class_of(one: DraftedColumn) -> str:
    return one.answer.cls if one.answer is not None else "models.ForeignKey"


def size_of(one: DraftedColumn) -> int:
    """The most bytes that a value takes, at four a character."""
    if one.relation is not None:
        return 4 * (one.column.max_chars or 2)
    if class_of(one) == "models.CharField":
        arguments = one.answer.arguments if one.answer else ()
        width = next((a for a in arguments if a.startswith("max_length=")), "max_length=1000")
        return 4 * int(width.removeprefix("max_length="))
    if class_of(one) == "models.BinaryField":
        return one.column.max_octets or ENTRY * 2
    return ENTRY * 2 if class_of(one) == "models.TextField" else _SIZES.get(class_of(one), 8)


def without(
    drafted: Drafted, one: Index, why: str, *, unique: bool = False, plain: bool = False
) -> Decision:
    """What is told of an index that is not carried over, or not as a unique one."""
    columns = ", ".join(one.columns)
    what = "not unique" if unique else "no index"
    return Decision(
        table=drafted.facts.name,
        column=one.columns[0],
        topic="index",
        chosen=f"{what} on {columns}" + (", an index only" if plain else ""),
        evidence=f"{one.name}: {why}",
        routine=not unique,
    )
