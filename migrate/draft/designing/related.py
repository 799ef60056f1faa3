"""Ways back: what a parent calls its children, and many-to-many fields through join tables."""

from __future__ import annotations

import keyword
from collections import Counter

from django.db import models

from migrate.draft.design import Decision
from migrate.draft.designing.names import free, plural_name, snake
from migrate.draft.designing.plan import Drafted, DraftedColumn
from migrate.draft.designing.singular import singular

__all__ = ["name_ways_back", "through_tables"]

_TAKEN = frozenset({*dir(models.Model), *keyword.kwlist, "objects", "pk", "self"})
_TOLD = ("models.CharField", "models.TextField", "models.JSONField")
_SELF = {"parent": "children", "child": "parents"}


def name_ways_back(drafts: dict[str, Drafted]) -> None:
    """Give every reference a related_name that is no field, attribute or other way back.

    All fields must have their names by now; many-to-many ones take what is left.
    """
    for child in drafts.values():
        parents = Counter(c.relation.parent for c in child.columns if c.relation)
        for one in child.columns:
            if one.relation is None:
                continue
            parent = drafts[one.relation.parent]
            name = _wanted(child, parent, one, several=parents[one.relation.parent] > 1)
            one.related_name = _claim(parent, name)


def _wanted(child: Drafted, parent: Drafted, one: DraftedColumn, *, several: bool) -> str:
    relation = one.relation
    if relation is not None and relation.parent == relation.table and one.name in _SELF:
        return _SELF[one.name]
    single = relation is not None and (relation.one_to_one or relation.primary)
    name = snake(child.name) if single else plural_name(child.name)
    own = relation is not None and relation.parent == relation.table
    if single and name in parent.taken:
        return f"{one.name}_of"
    return f"{one.name}_{name}" if several or own else name


def _claim(parent: Drafted, name: str) -> str:
    """The first name like it that is free among the parent's, in which it is written down."""
    if name in _TAKEN or name in parent.taken:
        name = f"{name}_set"
    name = free(name, parent.taken)
    parent.taken.add(name)
    return name


def through_tables(drafts: dict[str, Drafted]) -> list[Decision]:
    """Give models their many-to-many fields: a join table is one whose key is two references."""
    found = []
    joins = [(join, pair) for join in drafts.values() if (pair := _pair(join)) is not None]
    between = Counter(_between(pair) for _, pair in joins)
    joins.sort(key=lambda found: not _named_after_both(found[0], found[1], drafts))
    for join, pair in joins:
        # One table cut into many is no way from row to row.
        if between[_between(pair)] > 2:
            continue
        owner, other = _sides(join, pair, drafts)
        assert owner.relation is not None and other.relation is not None
        here, there = drafts[owner.relation.parent], drafts[other.relation.parent]
        if here.facts.name == join.facts.name or there.facts.name == join.facts.name:
            continue
        name = _many_name(join, here, there, other)
        here.taken.add(name)
        target = '"self"' if here is there else f'"{there.name}"'
        arguments = [target, f'through="{join.name}"']
        references = Counter(c.relation.parent for c in join.columns if c.relation)
        if references[here.facts.name] > 1 or references[there.facts.name] > 1:
            arguments.append(f'through_fields=("{owner.name}", "{other.name}")')
        if here is there:
            arguments.append("symmetrical=False")
        back = plural_name(here.name) if here is not there else f"{name}_of"
        arguments.append(f'related_name="{_claim(there, back)}"')
        here.many.append((name, tuple(arguments)))
        found.append(
            Decision(
                table=join.facts.name,
                column=None,
                topic="relation",
                chosen="a join table",
                evidence=f"of {here.name}.{name}: {owner.column.name} and {other.column.name} "
                "are its key",
                routine=True,
            )
        )
    return found


def _named_after_both(
    join: Drafted, pair: tuple[DraftedColumn, DraftedColumn], drafts: dict[str, Drafted]
) -> bool:
    """`post_tags`: of two join tables this one has the better claim to the plain names."""
    words = {singular(word) for word in snake(join.name).split("_")}
    parents = [drafts[one.relation.parent].name for one in pair if one.relation]
    return all(singular(snake(name).split("_")[-1]) in words for name in parents)


def _between(pair: tuple[DraftedColumn, DraftedColumn]) -> frozenset[str]:
    return frozenset(one.relation.parent for one in pair if one.relation)


def _pair(join: Drafted) -> tuple[DraftedColumn, DraftedColumn] | None:
    """Two references that are a key of the table together, with little beside them."""
    beside = [c for c in join.columns if not c.relation and not c.primary]
    if len(beside) > 4 or any(c.answer and c.answer.cls in _TOLD for c in beside):
        # Translations and the like: rows with a life of their own.
        return None
    keys = [join.facts.table.key, *join.facts.table.uniques]
    for key in keys:
        columns = [join.by_source(name) for name in key]
        if len(columns) == 2 and all(c and c.relation and not c.primary for c in columns):
            first, second = columns
            if first is not None and second is not None:
                return first, second
    references = [c for c in join.columns if c.relation]
    if len(references) == 2 and len(join.columns) <= 3 and not any(c.primary for c in references):
        rest = [c for c in join.columns if c not in references]
        if all(c.primary for c in rest):
            return references[0], references[1]
    return None


def _sides(
    join: Drafted, pair: tuple[DraftedColumn, DraftedColumn], drafts: dict[str, Drafted]
) -> tuple[DraftedColumn, DraftedColumn]:
    """The side that has the field comes first: the one that the join table is named after."""
    first, second = pair
    name = snake(join.name)
    owners = [drafts[c.relation.parent].name if c.relation else "" for c in pair]
    begins = [name.startswith(snake(owner)) for owner in owners]
    if begins[1] and (not begins[0] or len(owners[1]) > len(owners[0])):
        return second, first
    return first, second


def _many_name(join: Drafted, here: Drafted, there: Drafted, other: DraftedColumn) -> str:
    wanted = plural_name(there.name) if here is not there else plural_name(other.name)
    if wanted in here.taken or wanted in _TAKEN:
        wanted = f"{snake(join.name)}_{wanted}"
    return free(wanted, here.taken)
