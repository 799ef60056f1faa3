"""Which rows stay of tables that refer to each other: references and unique values, to the end.

As in a run, orphans leave first, for they hold no value; then, of the rows with one unique value,
all but the first; and so on until no row leaves. Rows that cannot be named on both sides one by
one are held against each other as they are loaded, before any orphan is known, and those of them
that have lost a reference once more without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mappings.plan import TablePlan
from verify.dry_run.clashes import Clash, settle_clashes
from verify.dry_run.constraints import check_rules
from verify.dry_run.fates import Fates
from verify.dry_run.losing import losable, spelled
from verify.dry_run.orphans import Reference, settle_group
from verify.dry_run.values import Values, check_label

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
    as_loaded = [table for table in group if not table.refreshable]
    _clashes(as_loaded, order, clashes, values, fates)
    later = [table for table in group if table.refreshable]
    losing = [t for t in as_loaded if any(r.orphans == "null" for r in t.all_references)]
    while True:
        settle_group(references, fates)
        left = sum(_broken_checks(table, values, fates) for table in group)
        left += _clashes(losing, order, clashes, values, fates, losers_last=True)
        if not left + _clashes(later, order, clashes, values, fates):
            break
    for table in group:
        fates.forget_nulled(table.name)


def _broken_checks(table: TablePlan, values: Values, fates: Fates) -> int:
    """Rows that a check constraint refuses without the references that they have lost."""
    found = 0
    for check in check_rules(table):
        if isinstance(check, str):
            continue
        seen = losable(table, (column.name for column in check.columns))
        for *name, lost in list(
            values.scratch.rows(
                "SELECT id, ord, key, shown, lost FROM val WHERE label = ? AND id IN"
                " (SELECT id FROM fate WHERE tbl = ? AND outcome = 'nulled')",
                (check_label(table, check), table.name),
            )
        ):
            row = values.name(name)
            if lost == spelled(seen & fates.nulled(table.name, row.id)):
                found += fates.put(table.name, row, check.fate)
    return found


def _clashes(
    tables: Sequence[TablePlan],
    order: Sequence[TablePlan],
    clashes: Mapping[str, Sequence[Clash]],
    values: Values,
    fates: Fates,
    *,
    losers_last: bool = False,
) -> int:
    found = 0
    names = {table.name for table in tables}
    for target in dict.fromkeys(table.target for table in tables):
        sharing = [table for table in order if table.target == target]
        last = max(n for n, table in enumerate(sharing) if table.name in names)
        if clashes.get(target):
            found += settle_clashes(
                sharing[: last + 1],
                names,
                clashes[target],
                values,
                fates,
                losers_last=losers_last,
            )
    return found
