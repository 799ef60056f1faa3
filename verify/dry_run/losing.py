"""What rows are once they have lost references to missing parents (`orphans = "null"`).

Which rows will have is known late. So of constraints that see a lost reference, every row is asked
about with each set of references that it may lose, beside its values as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations
from typing import TypeVar

from mappings.plan import ColumnPlan, TablePlan
from verify.dry_run.constraints import UniqueRule, referenced

__all__ = ["KEEPS_ALL", "Loss", "losable", "losses", "seen_by", "spelled", "without"]

Text = TypeVar("Text", str, bytes)
Loss = frozenset[str]
"""Names of references that became NULL."""
KEEPS_ALL: Loss = frozenset()


def losable(table: TablePlan, names: Iterable[str]) -> Loss:
    """Those of the fields that are references which a row may lose."""
    return frozenset(names) & {r.name for r in table.all_references if r.orphans == "null"}


def seen_by(table: TablePlan, rule: UniqueRule) -> Loss:
    """References whose loss makes another value for a unique rule, or puts a row under it.

    Where NULLs are distinct and that is all, a row that loses one is out of the rule.
    """
    if rule.nulls_distinct and rule.condition is None and not rule.expressions:
        return KEEPS_ALL
    attnames = {f.attname: f.name for f in table.model._meta.local_concrete_fields}
    names = [column.name for column in rule.columns]
    if rule.condition is not None:
        names += [attnames.get(name, name) for name in referenced(rule.condition)]
    return losable(table, names)


def losses(names: Loss) -> tuple[Loss, ...]:
    """Every set of them that a row may lose."""
    return tuple(
        frozenset(some)
        for count in range(1, len(names) + 1)
        for some in combinations(sorted(names), count)
    )


def spelled(loss: Collection[str]) -> str:
    """As the scratch database keeps it."""
    return ",".join(sorted(loss))


def without(
    texts: Sequence[Text | None], columns: Sequence[ColumnPlan], loss: Loss
) -> tuple[Text | None, ...] | None:
    """The row's texts with these references NULL; None if it has not got one of them."""
    found = list(texts)
    for n, column in enumerate(columns):
        if column.name in loss:
            if found[n] is None:
                return None
            found[n] = None
    return tuple(found)
