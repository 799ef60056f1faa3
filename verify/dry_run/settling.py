"""Which rows stay of tables that refer to each other: references and unique values, to the end.

As in a run, orphans leave first, for they hold no value; then, of the rows with one unique value,
all but the first; and so on until no row leaves. Rows that cannot be named on both sides one by
one are held against each other as they are loaded, before any orphan is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mappings.plan import TablePlan
from verify.dry_run.clashes import Clash, settle_clashes
from verify.dry_run.fates import Fates
from verify.dry_run.orphans import Reference, settle_group
from verify.dry_run.values import Values

__all__ = ["settle"]


def settle(
    group: Sequence[TablePlan],
    order: Sequence[TablePlan],
    references: Sequence[Reference],
    clashes: Mapping[str, Sequence[Clash]],
    values: Values,
    fates: Fates,
) -> None:
    """Settle the tables of a group, whose parents are settled; `order` is that of the load."""
    _clashes([t for t in group if not t.refreshable], order, clashes, values, fates)
    later = [table for table in group if table.refreshable]
    while True:
        settle_group(references, fates)
        if not _clashes(later, order, clashes, values, fates):
            break
    for table in group:
        fates.forget_nulled(table.name)


def _clashes(
    tables: Sequence[TablePlan],
    order: Sequence[TablePlan],
    clashes: Mapping[str, Sequence[Clash]],
    values: Values,
    fates: Fates,
) -> int:
    found = 0
    names = {table.name for table in tables}
    for target in dict.fromkeys(table.target for table in tables):
        sharing = [table for table in order if table.target == target]
        last = max(n for n, table in enumerate(sharing) if table.name in names)
        if clashes.get(target):
            found += settle_clashes(sharing[: last + 1], names, clashes[target], values, fates)
    return found
