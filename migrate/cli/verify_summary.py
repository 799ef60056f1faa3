"""The closing summary of a verification."""

from __future__ import annotations

from collections.abc import Sequence

import click

from migrate.cli.layout import align
from migrate.cli.words import counted, duration
from verify.findings import INFORMATION
from verify.levels import BLIND_SPOTS, CATCHES
from verify.report import CounterSummary, LevelResult, Report

__all__ = ["verify_summary"]

_SHOWN = 20
"""Findings of one table and level that are shown; the JSON report has more."""
_KEYS = 5
"""Keys in flight that are shown."""


def verify_summary(
    report: Report, *, show_values: bool = False, verbose: bool = False
) -> list[str]:
    """Lines for a person: verdict, a line per table, counters, findings, what was not proved.

    Findings that are no failure (PHP's counters were wrong) are listed only if `verbose`: how
    many they are stands beside their counter.
    """
    lines = [*_verdict(report), "", *_tables(report)]
    counters = [(r.table, c) for r in report.results for c in r.counters]
    if counters:
        lines += ["", *_counters(counters)]
    for result in report.results:
        if not result.ok or (verbose and result.totals):
            lines += ["", *_findings(result, show_values, verbose)]
    if report.in_flight:
        lines += ["", *_in_flight(report)]
    if report.left_unseen:
        lines += ["", click.style("Not looked at", bold=True), *report.left_unseen]
    lines += ["", click.style("What each level can and cannot catch", bold=True)]
    width = max((len(level) for level in report.levels_in_use), default=0)
    for level in report.levels_in_use:
        lines.append(f"{level.ljust(width)}  catches {CATCHES[level]}")
        lines.append(f"{' ' * width}  cannot catch {BLIND_SPOTS[level]}")
    return lines


def _verdict(report: Report) -> list[str]:
    took = duration(report.seconds)
    if report.ok:
        mark = click.style("✔", fg="green", bold=True)
        tables = len({result.table for result in report.results})
        held = "the target holds what the source held"
        return [f"{mark} {held}: {counted(tables, 'table')} in {took}"]
    lines = []
    if not report.sound:
        mark = click.style("✘", fg="red", bold=True)
        lines.append(f"{mark} differences found in {took}: {report.damage}")
    if not report.complete:
        mark = click.style("‼", fg="yellow", bold=True)
        looked = len([result for result in report.results if result.complete])
        left = len(report.unlooked)
        why = "stopped" if report.interrupted else "the budget is spent"
        clean = f"clean as far as looked, in {took}; " if report.sound else ""
        part = f"{looked:,} of {looked + left:,} levels of tables were looked at"
        lines.append(f"{mark} NOT EVERYTHING WAS LOOKED AT ({why}): {clean}{part}")
    return lines


def _in_flight(report: Report) -> list[str]:
    """What differed, and did not when it was looked at again."""
    lines = [click.style("In flight: differed at first, no findings", bold=True)]
    for result in report.results:
        if result.in_flight:
            keys = ", ".join("/".join(map(str, key)) for key in result.in_flight_keys[:_KEYS])
            more = ", …" if keys and result.in_flight > _KEYS else ""
            told = f" (keys {keys}{more})" if keys else ""
            lines.append(f"  {result.level} of {result.table}: {result.in_flight:,}{told}")
    return lines


def _tables(report: Report) -> list[str]:
    by_table: dict[str, dict[str, LevelResult]] = {}
    left = {(unlooked.level, unlooked.table) for unlooked in report.unlooked}
    for result in report.results:
        by_table.setdefault(result.table, {})[result.level] = result
    for _, table in sorted(left):
        by_table.setdefault(table, {})
    rows = [
        (
            table,
            _rows(results, "source_rows"),
            _rows(results, "target_rows"),
            _departed(results),
            *(_mark(results.get(level), (level, table) in left) for level in report.levels_in_use),
        )
        for table, results in by_table.items()
    ]
    heads = ("table", "source rows", "target rows", "left out", *report.levels_in_use)
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


def _mark(result: LevelResult | None, left: bool) -> str:
    if left:
        return f"✘ {result.wrong:,} ?" if result is not None and result.wrong else "?"
    if result is None or result.note:
        return "·"
    return f"✘ {result.wrong:,}" if result.wrong else "✔"


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
