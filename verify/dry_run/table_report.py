"""What was found of one table, from its counts and the fates of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from mappings.plan import TablePlan
from verify.dry_run.deciding import RowCounts
from verify.dry_run.fates import Fates, Outcome
from verify.dry_run.hints import hint_for
from verify.dry_run.names import RowNames
from verify.dry_run.report import Altered, AlteredBy, NamedRow, Rule, TableReport
from verify.dry_run.tallies import WARNINGS

__all__ = ["EachRow", "report_table"]

EachRow = Callable[[TablePlan, Rule, NamedRow], None]


def report_table(
    table: TablePlan,
    counts: RowCounts,
    fates: Fates,
    *,
    shown: int | None,
    each_row: EachRow | None,
    unread: tuple[str, ...],
    seconds: float,
) -> TableReport:
    """The table's report; of each rule `shown` rows are named, None for all."""
    rules = tuple(_rules(table, counts, fates, shown, each_row))
    totals: dict[Outcome, int] = {}
    for rule in rules:
        totals[rule.outcome] = totals.get(rule.outcome, 0) + rule.count
    return TableReport(
        name=table.name,
        source=table.source.name,
        target=table.target,
        keyed=RowNames(table).keyed,
        read=counts.read,
        by_outcome=totals,
        rules=rules,
        altered=tuple(_altered(table, counts, fates, shown)),
        unread=unread,
        seconds=seconds,
    )


def _rules(
    table: TablePlan,
    counts: RowCounts,
    fates: Fates,
    shown: int | None,
    each_row: EachRow | None,
) -> Iterator[Rule]:
    counted = {("skipped", "left_out", ""): counts.read - counts.mapped}
    for (column, kind), count in counts.found.items():
        if kind in WARNINGS:
            counted["warned", WARNINGS[kind], column] = count
    for outcome, code, column, count in fates.groups(table.name):
        if outcome == "altered":
            continue
        rule = Rule(
            table=table.name,
            column=column,
            code=code,
            outcome=outcome,
            # Of some rules only the first rows are named, and all are counted.
            count=counted.get((outcome, code, column), count),
            rows=(),
            hint=hint_for(table, code, column),
        )
        yield replace(rule, rows=tuple(_named(table, rule, fates, shown, each_row)))


def _named(
    table: TablePlan,
    rule: Rule,
    fates: Fates,
    shown: int | None,
    each_row: EachRow | None,
) -> list[NamedRow]:
    """The rows that the report names; `each_row` is given those beyond them, too."""
    named: list[NamedRow] = []
    limit = None if each_row else shown
    for found in fates.named(table.name, rule.outcome, rule.code, rule.column, limit):
        fate = found.fate
        row = NamedRow(key=found.key, text=found.text, detail=fate.detail, value=fate.value)
        if each_row is not None:
            each_row(table, rule, row)
        if shown is None or len(named) < shown:
            named.append(row)
    return named


def _altered(
    table: TablePlan, counts: RowCounts, fates: Fates, shown: int | None
) -> Iterator[Altered]:
    for column in table.columns:
        if not column.steps:
            continue
        watch = column.watch
        by_step = tuple(
            AlteredBy(
                step=step.step,
                count=counts.found[column.name, n],
                rows=tuple(_altered_rows(table, fates, column.name, n, shown)),
            )
            for n, step in enumerate(watch.steps if watch else ())
            if counts.found[column.name, n]
        )
        yield Altered(
            column=column.name,
            steps=column.steps,
            changed=counts.found[column.name, "changed"] if watch else None,
            nulled=counts.found[column.name, "emptied"] if watch else None,
            by_step=by_step,
        )


def _altered_rows(
    table: TablePlan, fates: Fates, column: str, step: int, shown: int | None
) -> Iterator[NamedRow]:
    for found in fates.named(table.name, "altered", str(step), column, shown):
        yield NamedRow(key=found.key, text=found.text, detail="", value=None)
