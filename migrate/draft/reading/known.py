"""References whose measure follows from the evidence of both columns: no row is read again."""

from __future__ import annotations

from migrate.draft.facts import ColumnEvidence, Inclusion, TableFacts
from migrate.draft.reading.references import Candidate, family

__all__ = ["known_inclusion"]


def known_inclusion(one: Candidate, child: TableFacts, parent: TableFacts) -> Inclusion | None:
    """Return the measure if the evidence has it, else None.

    It has it when no row of the child is filled, when the parent has no rows, and when the
    parent's key has no gaps (as many rows as numbers from its least to its greatest) and all
    numbers of the child lie between.
    """
    ours = child.evidence.get(one.column.name)
    theirs = parent.evidence.get(one.parent_column.name)
    if ours is None or theirs is None or child.rows is None or parent.rows is None:
        return None
    integer = family(one.column) == "integer"
    none = ours.zeros if integer else ours.empty
    filled = child.rows - ours.nulls - none
    if filled and parent.rows and not (integer and _covers(one, theirs, ours, parent.rows)):
        return None
    with_none = theirs.zeros if integer else theirs.empty
    return Inclusion(
        table=one.table.name,
        column=one.column.name,
        parent=one.parent.name,
        parent_column=one.parent_column.name,
        filled=filled,
        orphans=0 if parent.rows else filled,
        case_orphans=0,
        none_values=0 if with_none else none,
    )


def _covers(one: Candidate, theirs: ColumnEvidence, ours: ColumnEvidence, parents: int) -> bool:
    if (one.parent_column.name,) not in one.parent.uniques or theirs.nulls:
        return False
    if theirs.minimum is None or theirs.maximum is None:
        return False
    if ours.minimum is None or ours.maximum is None:
        return False
    if int(theirs.maximum) - int(theirs.minimum) + 1 != parents:
        return False
    # Where 0 is the least, the least of the others is not known, but it is 1 or more.
    least = ours.minimum if ours.minimum or not ours.zeros else 1
    return theirs.minimum <= least and ours.maximum <= theirs.maximum
