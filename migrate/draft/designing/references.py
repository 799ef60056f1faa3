"""What is told of a reference: how it was found, and how many rows a strict one would refuse."""

from __future__ import annotations

from migrate.draft.design import Decision
from migrate.draft.designing.plan import Relation
from migrate.draft.designing.words import rows
from migrate.draft.facts import Inclusion

__all__ = ["told_of"]


def told_of(relation: Relation) -> Decision | None:
    """None for a reference that is what the catalogue declares, and that every row keeps."""
    measured, orphans = relation.measured, relation.orphans
    if relation.constrained and not relation.none:
        return None
    counted = _counted(measured) if measured is not None else ""
    if relation.declared:
        chosen = "a ForeignKey" if relation.constrained else "a ForeignKey without a constraint"
        why = f"declared; {counted}" if counted else "declared"
    else:
        seen = measured is not None and measured.filled
        by = "its name and its values" if seen else "its name alone, no rows"
        chosen = f"a ForeignKey without a constraint, by {by}"
        why = f"not declared; {counted}" if counted else "not declared"
    if relation.none:
        chosen += "; 0 or '' becomes NULL"
    if relation.primary and not relation.constrained:
        chosen += "; a key cannot be NULL: Django's joins would hide a row whose parent is missing"
    elif not relation.constrained:
        chosen += "; null=True, so that Django's joins show rows whose parent is missing"
    cost = f"refuses {rows(orphans)}" if orphans else "refuses the orphans that PHP may still write"
    return Decision(
        table=relation.table,
        column=relation.column,
        topic="relation",
        chosen=chosen,
        evidence=why,
        cost="" if relation.constrained else cost,
        routine=not orphans,
    )


def _counted(measured: Inclusion) -> str:
    if not measured.filled:
        counted = "no row has a value yet"
    elif not measured.orphans:
        counted = f"{rows(measured.filled)} with a value, all in {measured.parent}"
    else:
        counted = f"{rows(measured.filled)} with a value"
        counted += f", {measured.orphans:,} of them not in {measured.parent}"
    if measured.case_orphans:
        counted += (
            f", {measured.case_orphans:,} only in another case or with other accents or blanks"
        )
    if measured.none_values:
        counted += f"; {rows(measured.none_values)} with 0 or '' for none"
    return counted
