"""What `delamp dry-run` says: a verdict, a line per table, a block per rule, what is not known."""

from __future__ import annotations

from collections.abc import Sequence

import click

from migrate.cli.layout import align
from migrate.cli.words import bytes_text, counted, duration
from verify.dry_run import DryRunReport, Rule, TableReport
from verify.dry_run.report import Altered

__all__ = ["dry_run_summary"]

_VERBS = {
    "rejected": "would be rejected",
    "skipped": "would be left out",
    "kept": "would meet a row that stays",
    "nulled": "would lose the reference (NULL)",
    "warned": "to be looked at",
}
_COLOURS = {"rejected": "red", "nulled": "yellow", "skipped": "yellow", "kept": "yellow"}


def dry_run_summary(
    report: DryRunReport, *, show_values: bool = False, verbose: bool = False
) -> list[str]:
    """Lines for a person. `verbose` adds the source's settings and rights."""
    lines = [_verdict(report), "", *_tables(report.tables)]
    for table in report.tables:
        for rule in table.rules:
            lines += ["", *_rule(table, rule, show_values)]
    lines += _section("Altered by steps", _altered(report.tables, show_values))
    lines += _section("Left behind", _left_behind(report))
    lines += _section("Not evaluated", report.notes)
    lines += _section("Changed since the last run", report.drift)
    lines += _section("The source", report.server.remarks)
    lines += _section("The target", report.target.remarks)
    if verbose:
        for side, facts in (("source", report.server), ("target", report.target)):
            settings = [f"{k} = {v}" for k, v in facts.settings.items()]
            lines += _section(f"Settings of the {side}", settings)
            lines += _section(f"Rights in the {side}", facts.rights)
    return [*lines, "", *_times(report)]


def _verdict(report: DryRunReport) -> str:
    rows = sum(table.read for table in report.tables)
    looked = f"{counted(rows, 'row')} of {counted(len(report.tables), 'table')}"
    took = duration(sum(report.seconds.values()))
    found = [
        f"{report.total([outcome]):,} {_VERBS[outcome]}"
        for outcome in ("rejected", "nulled", "skipped", "kept")
        if report.total([outcome])
    ]
    if report.total(["rejected"]):
        mark = click.style("✘", fg="red", bold=True)
        return f"{mark} {looked} in {took}: {', '.join(found)}"
    mark = click.style("✔", fg="green", bold=True)
    rest = f"; {', '.join(found)}" if found else ""
    whole = "no row would be rejected" if report.sample is None else "none of the sample rejected"
    return f"{mark} {whole}: {looked} in {took}{rest}"


def _tables(tables: Sequence[TableReport]) -> list[str]:
    heads = ("table", "rows", "would load", "rejected", "nulled", "left out", "warnings")
    rows = [
        (
            t.name,
            f"{t.read:,}",
            f"{t.loaded:,}",
            *(
                f"{n:,}" if n else "·"
                for n in (
                    t.by_outcome.get("rejected", 0),
                    t.by_outcome.get("nulled", 0),
                    t.by_outcome.get("skipped", 0) + t.by_outcome.get("kept", 0),
                    t.by_outcome.get("warned", 0),
                )
            ),
        )
        for t in tables
    ]
    return align(heads, rows, right="lrrrrrr")


def _rule(table: TableReport, rule: Rule, show_values: bool) -> list[str]:
    place = f"{rule.table}.{rule.column}" if rule.column else rule.table
    head = f"{place}: {rule.code}, {counted(rule.count, 'row')} {_VERBS[rule.outcome]}"
    lines = [click.style(head, bold=True, fg=_COLOURS.get(rule.outcome))]
    for row in rule.rows:
        name = row.text if table.keyed or show_values else "(no key names the row)"
        value = f" = {row.value!r}" if show_values and row.value is not None else ""
        lines.append(f"  {name}{value}" + (f"  {row.detail}" if row.detail else ""))
    more = rule.count - len(rule.rows)
    if more > 0:
        lines.append(f"  … {more:,} more: --all-keys")
    return [*lines, f"  {click.style('hint:', fg='cyan')} {rule.hint}"]


def _altered(tables: Sequence[TableReport], show_values: bool) -> list[str]:
    lines = []
    for table in tables:
        for altered in table.altered:
            told = _told(altered)
            if told:
                steps = " → ".join(altered.steps)
                lines.append(f"{table.name}.{altered.column} ({steps}): {told}")
                lines += _by_step(altered, named=table.keyed or show_values)
    return lines


def _by_step(altered: Altered, *, named: bool) -> list[str]:
    lines = []
    for each in altered.by_step:
        rows = ", ".join(row.text for row in each.rows) if named else ""
        more = each.count - len(each.rows)
        rows += f" … {more:,} more: --all-keys" if rows and more > 0 else ""
        lines.append(f"  {each.step}: {counted(each.count, 'row')}" + (f": {rows}" if rows else ""))
    return lines


def _told(altered: Altered) -> str:
    if altered.changed is None and altered.nulled is None:
        return "not counted"
    found = [
        f"{number:,} {word}"
        for number, word in ((altered.changed, "changed"), (altered.nulled, "made NULL"))
        if number
    ]
    return ", ".join(found)


def _left_behind(report: DryRunReport) -> list[str]:
    lines = [str(each) for each in report.left_behind]
    lines += [
        f"{t.source}: no mapping reads {', '.join(t.unread)}" for t in report.tables if t.unread
    ]
    if report.unmapped_tables:
        lines.append(f"no mapping reads {', '.join(report.unmapped_tables)}")
    if report.unmapped_models:
        lines.append(f"no mapping fills {', '.join(report.unmapped_models)}")
    return lines


def _section(head: str, lines: Sequence[str]) -> list[str]:
    return ["", click.style(head, bold=True), *lines] if lines else []


def _times(report: DryRunReport) -> list[str]:
    phases = ", ".join(f"{name} {duration(value)}" for name, value in report.seconds.items())
    run = duration(report.estimate.seconds)
    size = bytes_text(report.estimate.bytes)
    return [
        f"time: {phases}",
        f"a run would take about {run} ({size}), by {report.estimate.sampled_rows:,} rows",
    ]
