"""Which staged rows the target cannot have: orphans, and the losers of unique values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import TypeAlias

from mappings.plan import ReferencePlan
from mappings.sqltext import pg_name
from migrate.refresh.batch import Batch
from migrate.refresh.place import Place, also, refers, same
from migrate.refresh.reading import in_order
from migrate.refresh.uniques import UniqueIndex

__all__ = ["refuse_losers", "refuse_orphans"]

_OUTCOMES = {"quarantine": "rejected", "skip": "skipped"}


def refuse_orphans(batch: Batch) -> bool:
    """Apply every reference's orphan policy to the stage; returns whether a row left it."""
    left = False
    for place in batch.places.values():
        for reference in place.plan.all_references:
            if reference.orphans == "keep":
                continue
            numbers = [n for (n,) in batch.target.rows(_orphans(batch, place, reference))]
            detail = f"no row in {reference.parent}"
            for number in numbers:
                if reference.orphans == "null":
                    place.note(number, reference.name, "no_parent", detail)
                else:
                    outcome = _OUTCOMES[reference.orphans]
                    place.refuse(number, reference.name, "no_parent", detail, outcome)
            if numbers and reference.orphans == "null":
                column = pg_name(reference.column)
                batch.target.execute(
                    f"UPDATE {place.stage} SET {column} = NULL WHERE n = ANY(%s)", [numbers]
                )
            left = left or (bool(numbers) and reference.orphans != "null")
    return left


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
    return (
        f"SELECT s.n FROM {place.stage} s WHERE s.{column} IS NOT NULL{also(reference.only, 's')}"
        f"{staged} AND NOT EXISTS (SELECT FROM {pg_name(reference.parent)} p"
        f" WHERE {refers(reference, 'p', 's')}{in_question}) ORDER BY 1"
    )


def refuse_losers(batch: Batch) -> bool:
    """Of staged rows with one unique value the lowest key has it; returns whether a row left.

    Rows are decided in the order of their keys, and a row that is refused holds nothing. A row of
    the target that is not in the batch is none of ours, and keeps its value.
    """
    left = False
    for place in batch.places.values():
        wanted: dict[int, list[_Value]] = defaultdict(list)
        held: set[_Value] = set()
        for unique in place.uniques:
            for number, theirs, *values in batch.target.rows(_alike(place, unique)):
                wanted[number].append((unique.name, *map(str, values)))
                if theirs:
                    held.add(wanted[number][-1])
        code, outcome = _fate_of_losers(place)
        for number in _by_key(batch, place, wanted):
            taken = next((value for value in wanted[number] if value in held), None)
            if taken is None:
                held.update(wanted[number])
            else:
                place.refuse(number, "", code, taken[0], outcome)
                left = True
    return left


_Value: TypeAlias = tuple[str, ...]
"""A unique index and the values of one row in it."""


def _fate_of_losers(place: Place) -> tuple[str, str]:
    if place.plan.duplicates == "skip":
        return "duplicate", "skipped"
    return "not_unique", "rejected"


def _alike(place: Place, unique: UniqueIndex) -> str:
    """Query of the staged rows that share a value: number, whether with a stranger, the values."""
    values = ", ".join(unique.names)
    staged = unique.select(place.stage, "n")
    held = unique.select(f"{place.name} t", *place.ids)
    asked = f"SELECT FROM {place.asked} a WHERE {same(place.ids, 'a', 't')}"
    alone = f"{same(unique.names, 's', 't')} AND NOT EXISTS ({asked})"
    return (
        f"SELECT n, theirs, {values} FROM"
        f" (SELECT s.*, count(*) OVER (PARTITION BY {values}) AS many,"
        f" EXISTS (SELECT FROM ({held}) t WHERE {alone}) AS theirs FROM ({staged}) s) q"
        " WHERE many > 1 OR theirs"
    )


def _by_key(batch: Batch, place: Place, numbers: Collection[int]) -> list[int]:
    """Rows in the order of their keys, which of texts only MySQL knows."""
    keys = {number: place.key_of(place.fresh[number].row) for number in numbers}
    if len(keys) < 2 or all(column.kind == "int" for column in place.plan.key):
        return sorted(keys, key=keys.__getitem__)
    order = {key: n for n, key in enumerate(in_order(place.plan, batch.source, keys.values()))}
    return sorted(keys, key=lambda number: order.get(keys[number], len(order)))
