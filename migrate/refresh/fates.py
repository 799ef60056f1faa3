"""Which staged rows the target cannot have: orphans, and the losers of unique values."""

from __future__ import annotations

from mappings.plan import ReferencePlan
from mappings.sqltext import pg_name
from migrate.refresh.batch import Batch
from migrate.refresh.place import Place, also, refers, same
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

    A row of the target that is not in the batch is none of ours by now, and keeps its value.
    """
    left = False
    for place in batch.places.values():
        for unique in place.uniques:
            code, outcome = _fate_of_losers(place)
            for (number,) in batch.target.rows(_losers(place, unique)):
                place.refuse(number, "", code, unique.name, outcome)
                left = True
    return left


def _fate_of_losers(place: Place) -> tuple[str, str]:
    if place.plan.duplicates == "skip":
        return "duplicate", "skipped"
    return "not_unique", "rejected"


def _losers(place: Place, unique: UniqueIndex) -> str:
    ids = ", ".join(place.ids)
    values = ", ".join(unique.names)
    staged = unique.select(place.stage, "n", *place.ids)
    held = unique.select(f"{place.name} t", *place.ids)
    asked = f"SELECT FROM {place.asked} a WHERE {same(place.ids, 'a', 't')}"
    return (
        f"SELECT n FROM (SELECT n, row_number() OVER (PARTITION BY {values} ORDER BY {ids}) AS r"
        f" FROM ({staged}) s) ranked WHERE r > 1"
        f" UNION SELECT s.n FROM ({staged}) s JOIN ({held}) t ON {same(unique.names, 's', 't')}"
        f" WHERE NOT EXISTS ({asked}) ORDER BY 1"
    )
