"""What `delamp dry-run --rehearse` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from migrate.cli.words import counted
from migrate.config import Config
from migrate.events import Event, Phase

if TYPE_CHECKING:
    from migrate.rehearse import Comparison, Fate, Rehearsal
    from verify.dry_run import DryRunReport

__all__ = ["rehearsed"]

_SHOWN = 20


def rehearsed(config: Config, tables: Sequence[str], report: DryRunReport, *, quiet: bool) -> bool:
    """Rehearse, compare with the report, tell of it; returns whether every row was foretold."""
    from migrate.rehearse import compare, rehearse

    def listen(event: Event) -> None:
        if isinstance(event, Phase) and not quiet:
            click.echo(f"rehearsal: {event.name}", err=True)

    rehearsal = rehearse(config, tables, listener=listen)
    comparison = compare(report, rehearsal)
    if not quiet:
        click.echo("\n".join(_lines(rehearsal, comparison)))
    return comparison.ok


def _lines(rehearsal: Rehearsal, comparison: Comparison) -> list[str]:
    loaded = counted(sum(rehearsal.loaded.values()), "row")
    if comparison.ok:
        mark = click.style("✔", fg="green", bold=True)
        return ["", f"{mark} rehearsed: {loaded} loaded and undone, every other one was foretold"]
    mark = click.style("✘", fg="red", bold=True)
    lines = ["", f"{mark} rehearsed: {loaded} loaded and undone; the dry run was wrong about some"]
    lines += _wrong("not foretold", comparison.unforeseen, rehearsal.codes)
    lines += _wrong("foretold, and loaded", comparison.unfulfilled, {})
    return [*lines, "this is a bug of delamp: please report it with the mapping of these tables"]


def _wrong(what: str, fates: Mapping[Fate, int], codes: Mapping[Fate, str]) -> list[str]:
    lines = []
    for fate, number in sorted(fates.items())[:_SHOWN]:
        mapping, key, outcome = fate
        code = f" ({codes[fate]})" if fate in codes else ""
        rows = f"key {key}" if key else counted(number, "row without a key")
        lines.append(f"  {what}: {mapping}, {rows}: {outcome}{code}")
    if len(fates) > _SHOWN:
        lines.append(f"  … {len(fates) - _SHOWN:,} more {what}")
    return lines
