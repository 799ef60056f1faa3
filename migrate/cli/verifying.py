"""What `delamp verify` does: look, repair and look again, and write the reports."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migrate import __version__
from migrate.cli.interrupt import stop_on_interrupt
from migrate.cli.invocation import Invocation
from migrate.cli.ledger import unfinished_run
from migrate.cli.report_files import ReportFiles, now, subject_of
from migrate.cli.verify_progress import VerifyProgress

if TYPE_CHECKING:
    from migrate.config import Config
    from verify.levels import Level
    from verify.report import Report

__all__ = ["Asked", "carry_out"]

_STOPPING = "finishing the statements under way; Ctrl-C once more aborts them"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The options of one call."""

    levels: tuple[Level, ...] = ()
    tables: tuple[str, ...] = ()
    all_rows: bool = False
    seed: int | None = None
    budget: float | None = None
    resume: bool = False
    grace: float | None = None
    json_file: Path | None = None
    html_file: Path | None = None
    junit_file: Path | None = None
    show_values: bool | None = None
    repairing: bool = False
    delete_extra: bool = False

    def require_sense(self) -> None:
        """Raise `UsageError` for what cannot be done: before the work, not after it."""
        file = self.json_file
        if file is not None and not file.parent.is_dir():
            raise click.UsageError(f"no such folder, got {str(file.parent)!r}")
        if self.resume and (self.tables or self.levels or self.all_rows or self.seed is not None):
            raise click.UsageError(
                "--resume goes on with the tables, levels and sample that were begun with"
            )
        if self.repairing and (self.resume or self.budget is not None):
            raise click.UsageError("--repair needs the whole: leave out --budget and --resume")


def carry_out(invocation: Invocation, asked: Asked) -> Report:
    """Verify as asked; the last report is returned, shown and written. Raises `DelampError`."""
    asked.require_sense()
    files = ReportFiles("verify", asked.html_file, asked.junit_file)
    config = invocation.config(show_values=asked.show_values, grace=asked.grace)
    unfinished = unfinished_run(config)
    if unfinished is not None:
        click.secho(_warning(unfinished), err=True, fg="yellow")
    with files:
        report = _look(invocation, config, asked, files)
        if asked.repairing and not report.sound and not report.interrupted:
            _repair(invocation, config, asked, report)
            # The same rows are looked at.
            report = _look(invocation, config, replace(asked, seed=report.seed), files)
        if files.wanted:
            _write_report(config, files, report, unfinished)
    _show(invocation, config, asked, report, unfinished)
    return report


def _look(invocation: Invocation, config: Config, asked: Asked, files: ReportFiles) -> Report:
    # It brings Django's models with it: only after settings.
    from migrate.verification import run_verify
    from verify.levels import LEVELS

    stop = threading.Event()
    progress = VerifyProgress(quiet=invocation.quiet)
    try:
        with stop_on_interrupt(stop, lambda: click.echo(f"\n{_STOPPING}", err=True)):
            return run_verify(
                config,
                tables=asked.tables,
                levels=asked.levels or LEVELS,
                progress=progress,
                all_rows=asked.all_rows,
                seed=asked.seed,
                budget=asked.budget,
                resume=asked.resume,
                stop=stop.is_set,
                tell=lambda text: click.secho(text, err=True, fg="yellow"),
                prepared=files.prepare if files.wanted else None,
            )
    finally:
        progress.close()


def _repair(invocation: Invocation, config: Config, asked: Asked, report: Report) -> None:
    """Refresh what the report found."""
    from migrate.cli.repair_lines import repair_lines
    from migrate.repair import repair

    done = repair(config, report, delete_extra=asked.delete_extra)
    if not invocation.quiet:
        click.echo("\n".join(repair_lines(report, done)), err=True)


def _show(
    invocation: Invocation,
    config: Config,
    asked: Asked,
    report: Report,
    unfinished: dict[str, Any] | None,
) -> None:
    from migrate.cli.verify_summary import verify_summary

    if asked.json_file is not None:
        found = report.to_json(show_values=config.show_values) | {"unfinished_run": unfinished}
        with click.open_file(str(asked.json_file), "w", encoding="utf-8") as file:
            file.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    if not invocation.quiet and asked.json_file != Path("-"):
        lines = verify_summary(report, show_values=config.show_values, verbose=invocation.verbose)
        click.echo("\n".join(lines))
    if not report.complete:
        click.echo(
            click.style("hint: ", fg="cyan")
            + "run `delamp verify --resume`: it goes on with what was not looked at",
            err=True,
        )


def _write_report(
    config: Config, files: ReportFiles, report: Report, unfinished: dict[str, Any] | None
) -> None:
    from verify.reports import verify_document

    files.write(
        verify_document(
            report,
            files.gathering,
            show_values=config.show_values,
            subject=subject_of(config),
            unfinished=_warning(unfinished).removeprefix("warning: ") if unfinished else "",
            version=__version__,
            made_at=now(),
        )
    )


def _warning(run: dict[str, Any]) -> str:
    if run["id"] is None:
        return "warning: no run yet: `delamp run` loads; what follows compares what is there"
    state = "" if run["state"] == "running" else f" ({run['state']})"
    return (
        f"warning: run {run['id']} is not finished{state}: `delamp run` goes on;"
        " what follows compares a half-done load"
    )
