"""Which staged rows the target cannot have: orphans, and the losers of unique values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TypeAlias

from mappings.plan import Plan, ReferencePlan
from mappings.sqltext import pg_name
from migrate.load.refusals import refusal_of
from migrate.orphans import OUTCOMES
from migrate.refresh.batch import Batch
from migrate.refresh.place import NUMBER, Place, Refusal, also, refers, same
from migrate.refresh.reading import in_order
from migrate.refresh.uniques import UniqueIndex
from migrate.target import TargetRefused

__all__ = ["decide"]


def decide(batch: Batch) -> bool:
    """Take rows that cannot stay off the stage, parents first; returns whether any left.

    Tables that refer to each other are decided together: orphans leave, for they hold no value,
    then all but the first of the rows with one unique value, until nobody leaves. Where rows have
    lost a reference, it ends before any value is decided: who holds what they are now is to be
    asked for.
    """
    left = False
    for names in _groups(batch.plan):
        places = [batch.places[name] for name in names if name in batch.places]
        while places:
            fewer, lost = _refuse_orphans(batch, places)
            if lost:
                return True
            if not (fewer or _refuse_losers(batch, places)):
                break
            left = True
    return left


def _groups(plan: Plan) -> list[tuple[str, ...]]:
    circles = {name: circle for circle in plan.cycles for name in circle}
    return list(dict.fromkeys(circles.get(t.name, (t.name,)) for t in plan.tables))


def _refuse_orphans(batch: Batch, places: Sequence[Place]) -> tuple[bool, bool]:
    """Returns whether any row left, and whether any lost a reference."""
    left = lost = False
    for place in places:
        for reference in place.plan.all_references:
            if reference.orphans == "keep":
                continue
            numbers = [n for (n,) in batch.target.rows(_orphans(batch, place, reference))]
            detail = f"no row in {reference.parent}"
            if not numbers:
                continue
            if reference.orphans == "null":
                left = _lose(place, reference, numbers) or left
                lost = True
            else:
                outcome = OUTCOMES[reference.orphans]
                place.refuse([(n, reference.name, "no_parent", detail, outcome) for n in numbers])
                left = True
    return left, lost


def _lose(place: Place, reference: ReferencePlan, numbers: Sequence[int]) -> bool:
    """Make a reference NULL in staged rows; returns whether any left, being refused without it.

    The stage has the table's own checks.
    """
    column, target = pg_name(reference.column), place.target
    try:
        with target.transaction():
            target.execute(
                f"UPDATE {place.stage} SET {column} = NULL WHERE {NUMBER} = ANY(%s)",
                [list(numbers)],
            )
    except TargetRefused as error:
        if not error.about_data:
            raise
        if len(numbers) == 1:
            code, detail = refusal_of(error)
            place.refuse([(numbers[0], reference.name, code, detail, "rejected")])
            return True
        middle = len(numbers) // 2
        first = _lose(place, reference, numbers[:middle])
        return _lose(place, reference, numbers[middle:]) or first
    for number in numbers:
        place.note(number, reference.name, "no_parent", f"no row in {reference.parent}")
    return False


def _orphans(batch: Batch, place: Place, reference: ReferencePlan) -> str:
    """Query of the staged rows whose parent will not be in the target after the batch."""
    column, key = pg_name(reference.column), pg_name(reference.parent_column)
    parents = [
        parent
        for parent in batch.places.values()
        if parent.plan.target == reference.parent and key in parent.columns
    ]
    in_question = "".join(
        f" AND NOT EXISTS (SELECT FROM {p.asked} a"
        f" WHERE {same(p.ids, 'a', 'p')}{also(p.plan.owns, 'p')})"
        for p in parents
    )
    staged = "".join(
        f" AND NOT EXISTS (SELECT FROM {p.stage} x WHERE {refers(reference, 'x', 's')})"
        for p in parents
    )
    alive = (
        f"SELECT FROM {pg_name(reference.parent)} p"
        f" WHERE {refers(reference, 'p', 's')}{in_question}"
    )
    return (
        f"SELECT s.{NUMBER} FROM {place.stage} s WHERE s.{column} IS NOT NULL"
        f"{also(reference.only, 's')}{staged} AND NOT EXISTS ({alive}) ORDER BY 1"
    )


def _refuse_losers(batch: Batch, places: Sequence[Place]) -> bool:
    """Of staged rows with one unique value the first has it; returns whether a row left.

    First is the mapping that comes first in the plan, then the lowest key. A row that is refused
    holds nothing. A row of the target that is not in the batch is none of ours, and keeps its
    value.
    """
    left = False
    for target in dict.fromkeys(place.plan.target for place in places):
        sharing = _up_to(batch, target, places)
        wanted: dict[tuple[int, int], list[_Value]] = defaultdict(list)
        held: set[_Value] = set()
        for unique in {u for place in sharing for u in place.uniques}:
            having = [p for p in sharing if unique in p.uniques]
            for at, number, theirs, group in batch.target.rows(_alike(having, unique)):
                wanted[sharing.index(having[at]), number].append((unique.name, group))
                if theirs:
                    held.add((unique.name, group))
        for at, place in enumerate(sharing):
            code, outcome = _fate_of_losers(place)
            losers: list[Refusal] = []
            for number in _by_key(batch, place, [n for i, n in wanted if i == at]):
                values = wanted[at, number]
                taken = next((value for value in sorted(values) if value in held), None)
                if taken is None or place not in places:
                    held.update(values)
                else:
                    losers.append((number, "", code, taken[0], outcome))
            if losers:
                place.refuse(losers)
                left = True
    return left


_Value: TypeAlias = tuple[str, int]
"""A unique index, and the number of a value among those that its rows share."""


def _up_to(batch: Batch, target: str, places: Sequence[Place]) -> list[Place]:
    """The places that fill a table of the target, in the plan's order, to the last of these."""
    names = {place.plan.name for place in places}
    order = [t.name for t in batch.plan.tables if t.target == target and t.name in batch.places]
    last = max(n for n, name in enumerate(order) if name in names)
    return [batch.places[name] for name in order[: last + 1]]


def _fate_of_losers(place: Place) -> tuple[str, str]:
    if place.plan.duplicates == "skip":
        return "duplicate", "skipped"
    return "not_unique", "rejected"


def _alike(places: Sequence[Place], unique: UniqueIndex) -> str:
    """Query of the staged rows that share a value: place, number, with a stranger or not, value."""
    values = ", ".join(unique.names)
    staged = " UNION ALL ".join(
        unique.select(place.stage, f"{at} AS place", NUMBER) for at, place in enumerate(places)
    )
    ours = [f"{place.plan.owns or 'TRUE'} AS ours_{at}" for at, place in enumerate(places)]
    held = unique.select(f"{places[0].name} t", "t.*", *ours)
    strange = " AND ".join(
        f"NOT EXISTS (SELECT FROM {place.asked} a"
        f" WHERE t.ours_{at} AND {same(place.ids, 'a', 't')})"
        for at, place in enumerate(places)
    )
    return (
        f"WITH s AS MATERIALIZED ({staged}), strange AS (SELECT DISTINCT s.place, s.{NUMBER}"
        f" FROM s JOIN ({held}) t ON {same(unique.names, 's', 't')} WHERE {strange})"
        f" SELECT place, {NUMBER}, theirs, value FROM (SELECT s.place, s.{NUMBER},"
        f" count(*) OVER (PARTITION BY {values}) AS many,"
        f" dense_rank() OVER (ORDER BY {values}) AS value, x.place IS NOT NULL AS theirs"
        f" FROM s LEFT JOIN strange x ON x.place = s.place AND x.{NUMBER} = s.{NUMBER}) q"
        " WHERE many > 1 OR theirs"
    )


def _by_key(batch: Batch, place: Place, numbers: Collection[int]) -> list[int]:
    """Rows in the order of their keys, which of texts only MySQL knows."""
    keys = {number: place.key_of(place.fresh[number].row) for number in numbers}
    if len(keys) < 2 or all(column.kind == "int" for column in place.plan.key):
        return sorted(keys, key=keys.__getitem__)
    order = {key: n for n, key in enumerate(in_order(place.plan, batch.source, keys.values()))}
    return sorted(keys, key=lambda number: order.get(keys[number], len(order)))
