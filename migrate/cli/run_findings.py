"""What the quarantine holds of a run, as findings of its report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from verify.dry_run.hints import hint_for
from verify.reports.document import Finding, FoundRow, State
from verify.reports.gathering import Gathering, Group
from verify.reports.wording import rows as says_rows

if TYPE_CHECKING:
    from mappings.plan import TablePlan
    from migrate import models

__all__ = ["run_findings"]

_SAYS: Mapping[str, str] = {
    "rejected": "rejected, and in quarantine",
    "nulled": "loaded with NULL in place of the reference",
    "skipped": "left out on purpose",
    "kept": "met a row of the target, which was kept",
}
_STATES: Mapping[str, State] = {
    "rejected": "warn", "nulled": "warn", "skipped": "info", "kept": "warn"
}  # fmt: skip


def run_findings(
    alias: str,
    records: Iterable[models.Table],
    gathering: Gathering,
    plans: Mapping[str, TablePlan],
    *,
    show: bool,
) -> Iterator[Finding]:
    """The findings of these tables; every row goes to `gathering`, and few stay in memory.

    The order is that of keys: that of the quarantine depends on threads. `plans` have the fixes,
    `show` says whether source values may be seen.
    """
    from migrate.models import Reject

    for record in records:
        plan = plans.get(record.mapping)
        rows = Reject.objects.using(alias).filter(table=record)
        rows = rows if show else rows.defer("values")
        groups: dict[Group, None] = {}
        for reject in rows.order_by("outcome", "code", "column", "key", "id").iterator():
            group = Group(record.mapping, reject.column, reject.code, reject.outcome)
            groups[group] = None
            found = FoundRow(
                text=reject.key_text or "(no key names the row)",
                detail=reject.detail,
                values=tuple(_values(reject, plan)) if show else (),
            )
            problem = reject.outcome != Reject.Outcome.SKIPPED
            gathering.add(group, found, reject.key, place=reject.key, problem=problem)
        for group in groups:
            yield Finding(
                table=group.table,
                column=group.column,
                code=group.code,
                level=group.level,
                state=_STATES.get(group.level, "warn"),
                count=gathering.count(group),
                says=says_rows(gathering.count(group), _SAYS.get(group.level, group.level)),
                fix=hint_for(plan, group.code, group.column) if plan else "",
                rows=gathering.rows(group),
            )


def _values(reject: models.Reject, plan: TablePlan | None) -> Iterator[tuple[str, str]]:
    """The source values of the field that was refused."""
    column = next((c for c in plan.columns if c.name == reject.column), None) if plan else None
    for name in column.sources if column else ():
        held: Any = (reject.values or {}).get(name)
        yield name, f"0x{held['hex']}" if isinstance(held, dict) else str(held)
