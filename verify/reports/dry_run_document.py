"""The report document of a dry run."""

from __future__ import annotations

from collections.abc import Mapping

from verify.dry_run.fates import Outcome
from verify.dry_run.report import LEVELS, DryRunReport, NamedRow, Rule, TableReport
from verify.reports.document import (
    Alteration,
    Document,
    Finding,
    FoundRow,
    Remark,
    State,
    Table,
    Times,
    worst,
)
from verify.reports.gathering import Gathering, Group
from verify.reports.ordering import in_order
from verify.reports.wording import counted, rows

__all__ = ["dry_run_document", "gather_named_row"]

SAYS: Mapping[str, str] = {
    "rejected": "would be rejected",
    "nulled": "would lose the reference (NULL)",
    "skipped": "would be left out on purpose",
    "kept": "would meet a row that the target keeps",
    "warned": "would load, and look odd to Django",
}
_STATES: Mapping[str, State] = {
    "rejected": "warn",
    "nulled": "warn",
    "kept": "warn",
    "skipped": "info",
    "warned": "info",
}
"""Of what --fail-on does not name."""

_REHEARSED = {
    True: "everything was loaded in a transaction that was undone: all went as foretold",
    False: "everything was loaded in a transaction that was undone: rows were not as foretold,"
    " which is a bug of delamp; the command has named them",
}
_TOLD: tuple[Outcome, ...] = ("rejected", "nulled", "kept")
"""By the headline."""


def gather_named_row(
    gathering: Gathering, rule: Rule, row: NamedRow, *, keyed: bool, show_values: bool
) -> None:
    """Give one row that a dry run has named to the report; `keyed`: whether its text is a key."""
    group = _group(rule)
    values = (("value", row.value),) if show_values and row.value is not None else ()
    # Without a key its values are its name.
    text = row.text if keyed or show_values else "(no key names the row)"
    found = FoundRow(text=text, detail=row.detail, values=values)
    problem = group.level in _TOLD
    gathering.add(group, found, row.key, place=row.key, problem=problem)


def dry_run_document(
    report: DryRunReport,
    gathering: Gathering | None = None,
    *,
    fail_on: str = "reject",
    foretold: bool | None = None,
    show_values: bool = False,
    subject: str = "",
    version: str = "",
    made_at: str = "",
) -> Document:
    """The document; the rows are those of `gathering`, or without one those that the report names.

    `fail_on`, a level of `verify.dry_run.LEVELS`, says what fails; `foretold`, whether a rehearsal
    went as the dry run had said. `show_values` is about the rows that the report names.
    """
    if gathering is None:
        gathering = Gathering("dry-run")
        for table in report.tables:
            for rule in table.rules:
                for row in rule.rows:
                    keyed = table.keyed
                    gather_named_row(gathering, rule, row, keyed=keyed, show_values=show_values)
    failing = LEVELS[fail_on]
    findings = [
        _finding(rule, gathering, failing) for t in report.tables for rule in t.rules if rule.count
    ]
    states = [finding.state for finding in findings if finding.state != "info"]
    state = worst([*states, "fail"] if foretold is False else states)
    read = sum(table.read for table in report.tables)
    looked = f"{counted(read, 'row')} of {counted(len(report.tables), 'table')}"
    if report.sample is not None:
        looked += f", a sample of about {report.sample:,} rows of each"
    return Document(
        kind="dry-run",
        state=state,
        subject=subject,
        headline=_headline(report),
        summary=f"{looked}; nothing was written",
        tables=tuple(_table(table, findings, gathering) for table in report.tables),
        findings=in_order(findings),
        remarks=tuple(_remarks(report, foretold)),
        version=version,
        times=Times(
            made_at=made_at,
            seconds=round(sum(report.seconds.values()), 3),
            estimate=round(report.estimate.seconds, 1),
            phases=tuple((name, round(value, 3)) for name, value in report.seconds.items()),
            tables=tuple((table.name, round(table.seconds, 3)) for table in report.tables),
        ),
    )


def _headline(report: DryRunReport) -> str:
    found = [
        f"{counted(n, 'row')} {SAYS[outcome]}"
        for outcome in _TOLD
        if (n := report.total([outcome]))
    ]
    if found:
        return ", ".join(found)
    return "Every row would load" if report.sample is None else "Every row of the sample would load"


def _finding(rule: Rule, gathering: Gathering, failing: tuple[Outcome, ...]) -> Finding:
    return Finding(
        table=rule.table,
        column=rule.column,
        code=rule.code,
        level=rule.outcome,
        state="fail" if rule.outcome in failing else _STATES[rule.outcome],
        count=rule.count,
        says=rows(rule.count, SAYS[rule.outcome]),
        fix=rule.hint,
        rows=gathering.rows(_group(rule)),
    )


def _table(table: TableReport, findings: list[Finding], gathering: Gathering) -> Table:
    counts = table.by_outcome
    changes = [n for a in table.altered for n in (a.changed, a.nulled) if n is not None]
    return Table(
        name=table.name,
        source=table.source,
        target=table.target,
        state=worst([f.state for f in findings if f.table == table.name and f.state != "info"]),
        counts={
            "rows": table.read,
            "arrived": table.loaded,
            "rejected": counts.get("rejected", 0),
            "nulled": counts.get("nulled", 0),
            "left_out": counts.get("skipped", 0) + counts.get("kept", 0),
            "warned": counts.get("warned", 0),
            "altered": sum(changes) if changes or not table.altered else None,
        },
        strip=gathering.strip(table.name),
        altered=tuple(
            Alteration(column=a.column, steps=a.steps, changed=a.changed, nulled=a.nulled)
            for a in table.altered
        ),
    )


def _group(rule: Rule) -> Group:
    return Group(rule.table, rule.column, rule.code, rule.outcome)


def _remarks(report: DryRunReport, foretold: bool | None) -> list[Remark]:
    left = [str(each) for each in report.left_behind]
    left += [
        f"{t.source}: no mapping reads {', '.join(t.unread)}" for t in report.tables if t.unread
    ]
    left += [f"{name}: no mapping reads this table" for name in report.unmapped_tables]
    left += [f"{name}: no mapping fills this model" for name in report.unmapped_models]
    settings = [f"{name} = {value}" for name, value in report.server.settings.items()]
    of_target = [f"{name} = {value}" for name, value in report.target.settings.items()]
    rehearsed = () if foretold is None else (_REHEARSED[foretold],)
    remarks = (
        Remark(heading="Rehearsal", lines=rehearsed),
        Remark(heading="Not evaluated", lines=report.notes),
        Remark(heading="Left behind", lines=tuple(left)),
        Remark(heading="The source", lines=report.server.remarks),
        Remark(heading="The target", lines=report.target.remarks),
        Remark(heading="Changed since the last run", lines=report.drift),
        Remark(heading="Settings of the source", lines=tuple(settings)),
        Remark(heading="Rights in the source", lines=report.server.rights),
        Remark(heading="Settings of the target", lines=tuple(of_target)),
        Remark(heading="Rights in the target", lines=report.target.rights),
    )
    return [remark for remark in remarks if remark.lines]
