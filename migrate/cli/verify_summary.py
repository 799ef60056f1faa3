"""The closing summary of a verification."""

from __future__ import annotations

from collections.abc import Sequence

import click

from migrate.cli.layout import align
from migrate.cli.words import counted, duration
from verify.findings import INFORMATION
from verify.levels import BLIND_SPOTS
from verify.report import CounterSummary, LevelResult, Report

__all__ = ["verify_summary"]

_SHOWN = 20
"""Findings of one table and level that are shown; the JSON report has more."""


def verify_summary(
    report: Report, *, show_values: bool = False, verbose: bool = False
) -> list[str]:
    """Lines for a person: verdict, a line per table, counters, findings, what was not proved.

    Findings that are no failure (PHP's counters were wrong) are listed only if `verbose`: how
    many they are stands beside their counter.
    """
    lines = [_verdict(report), "", *_tables(report)]
    counters = [(r.table, c) for r in report.results for c in r.counters]
    if counters:
        lines += ["", *_counters(counters)]
    for result in report.results:
        if not result.ok or (verbose and result.totals):
            lines += ["", *_findings(result, show_values, verbose)]
    if report.left_unseen:
        lines += ["", *report.left_unseen]
    lines += ["", click.style("What these levels cannot catch", bold=True)]
    width = max((len(level) for level in report.levels), default=0)
    lines += [f"{level.ljust(width)}  {BLIND_SPOTS[level]}" for level in report.levels]
    return lines


def _verdict(report: Report) -> str:
    took = duration(report.seconds)
    if report.ok:
        mark = click.style("✔", fg="green", bold=True)
        tables = len({result.table for result in report.results})
        return f"{mark} the target holds what the source held: {counted(tables, 'table')} in {took}"
    mark = click.style("✘", fg="red", bold=True)
    totals = sorted(report.totals.items())
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in totals if n and kind not in INFORMATION)
    return f"{mark} differences found in {took}: {kinds}"


def _tables(report: Report) -> list[str]:
    by_table: dict[str, dict[str, LevelResult]] = {}
    for result in report.results:
        by_table.setdefault(result.table, {})[result.level] = result
    rows = [
        (
            table,
            _rows(results, "source_rows"),
            _rows(results, "target_rows"),
            _departed(results),
            *(_mark(results.get(level)) for level in report.levels),
        )
        for table, results in by_table.items()
    ]
    heads = ("table", "source rows", "target rows", "left out", *report.levels)
    return align(heads, rows, right="lrrr")


def _rows(results: dict[str, LevelResult], name: str) -> str:
    """The rows of the first level that has counted them."""
    counts = [getattr(result, name) for result in results.values()]
    return next((f"{count:,}" for count in counts if count is not None), "·")


def _departed(results: dict[str, LevelResult]) -> str:
    """Rows that are not in the target for a reason that the ledger knows."""
    found = [
        (r.rejected or 0) + (r.skipped or 0) + (r.kept or 0)
        for r in results.values()
        if r.level == "counts"
    ]
    return f"{found[0]:,}" if found and found[0] else "·"


def _mark(result: LevelResult | None) -> str:
    if result is None or result.note:
        return "·"
    wrong = sum(n for kind, n in result.totals.items() if kind not in INFORMATION)
    return f"✘ {wrong:,}" if wrong else "✔"


def _counters(counters: Sequence[tuple[str, CounterSummary]]) -> list[str]:
    heads = ("counter", "parents", "wrong", "in PHP", "PHP was wrong", "by")
    rows = [
        (
            f"{table}.{counter.name}",
            f"{counter.parents:,}",
            f"{counter.drifted:,}" if counter.drifted else "·",
            counter.legacy or "·",
            _legacy(counter),
            counter.legacy_total_difference or "·" if counter.legacy_differs else "·",
        )
        for table, counter in counters
    ]
    return align(heads, rows, right="lrrlrr")


def _legacy(counter: CounterSummary) -> str:
    if counter.legacy is None:
        return "·"
    return "not compared" if counter.legacy_differs is None else f"{counter.legacy_differs:,}"


def _findings(result: LevelResult, show_values: bool, verbose: bool) -> list[str]:
    lines = [click.style(f"{result.level} of {result.table}", bold=True)]
    found = [f for f in result.findings if verbose or f.kind not in INFORMATION]
    lines += [f"  {finding.render(show_values=show_values)}" for finding in found[:_SHOWN]]
    kinds = [kind for kind in result.totals if verbose or kind not in INFORMATION]
    more = sum(result.totals[kind] for kind in kinds) - len(lines) + 1
    return [*lines, f"  … {more:,} more: --json FILE"] if more > 0 else lines
