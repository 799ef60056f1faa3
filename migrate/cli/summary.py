"""The closing summary of a run."""

from __future__ import annotations

import click

from migrate.cli.layout import align
from migrate.cli.words import bytes_text, counted, duration, rate
from migrate.events import RunFinished, TableTotals

__all__ = ["run_summary"]

_OUTCOMES = {
    "rejected": "not loaded",
    "skipped": "left out on purpose",
    "nulled": "loaded with NULL",
    "kept": "an existing row was kept",
}


def run_summary(finished: RunFinished) -> list[str]:
    """Lines for a person: tables, what was not loaded as it is, where the time went, what next."""
    if finished.nothing_to_do:
        rows = sum(table.loaded for table in finished.tables)
        return [
            f"Nothing to do: {counted(len(finished.tables), 'table')} with"
            f" {counted(rows, 'row')} were loaded before.",
            f"{click.style('--restart', bold=True)} loads them anew.",
        ]
    lines = [_headline(finished), "", *_tables(finished.tables)]
    if finished.rejects:
        lines += ["", *_rejects(finished)]
    lines += ["", *_times(finished), "", *_next(finished)]
    return lines


def _headline(finished: RunFinished) -> str:
    good = finished.state == "finished"
    mark = click.style("✔" if good else "✘", fg="green" if good else "red", bold=True)
    rows = sum(table.loaded for table in finished.tables)
    return (
        f"{mark} run {finished.run_id} {finished.state}: {counted(rows, 'row')}"
        f" in {duration(finished.seconds)} ({rate(rows, finished.seconds)} rows/s)"
    )


def _tables(tables: tuple[TableTotals, ...]) -> list[str]:
    heads = ("table", "from", "to", "rows", "rows/s", "size", "rejected", "skipped")
    rows = [
        (
            table.name,
            table.source,
            table.target,
            f"{table.loaded:,}",
            rate(table.extracted, table.seconds),
            bytes_text(table.bytes),
            _some(table.rejected),
            _some(table.skipped),
        )
        for table in tables
    ]
    total = (
        counted(len(tables), "table"),
        "",
        "",
        f"{sum(t.loaded for t in tables):,}",
        "",
        bytes_text(sum(t.bytes for t in tables)),
        _some(sum(t.rejected for t in tables)),
        _some(sum(t.skipped for t in tables)),
    )
    return align(heads, rows, right="lllrrrrr", total=total)


def _some(number: int) -> str:
    """Zeros are the rule: a dot lets the others stand out."""
    return f"{number:,}" if number else "·"


def _rejects(finished: RunFinished) -> list[str]:
    heads = ("not loaded as they are", "why", "what happened", "rows")
    rows = [
        (table, code, _OUTCOMES.get(outcome, outcome), f"{count:,}")
        for table, outcome, code, count in finished.rejects
    ]
    return align(heads, rows, right="lllr")


def _times(finished: RunFinished) -> list[str]:
    lines = []
    if finished.counters:
        lines.append(f"Counters  {counted(finished.counters, 'column')} filled")
    if finished.phases:
        parts = [f"{name} {duration(seconds)}" for name, seconds in finished.phases]
        lines.append(f"Time      {' · '.join(parts)}")
    return lines


def _next(finished: RunFinished) -> list[str]:
    lines = []
    if finished.rejects:
        lines.append(f"Look at the rows in quarantine: {_command('delamp rejects list')}")
    lines.append(f"Prove that both sides hold the same: {_command('delamp verify')}")
    return lines


def _command(text: str) -> str:
    return click.style(text, bold=True)
