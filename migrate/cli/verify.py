"""`delamp verify`: does Django hold what PHP held?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migrate import __version__
from migrate.cli.exits import Exit
from migrate.cli.invocation import Invocation, common_options, tables_argument
from migrate.cli.ledger import unfinished_run
from migrate.cli.report_files import ReportFiles, now, report_options, subject_of
from migrate.cli.verify_progress import VerifyProgress

if TYPE_CHECKING:
    from migrate.config import Config
    from verify.levels import Level
    from verify.report import Report

__all__ = ["verify"]

# As `verify.levels` has them, which `--help` need not load.
LEVELS: tuple[Level, ...] = ("counts", "checksums", "rows", "counters", "database", "questions")


@click.command(
    short_help="Compare both databases, report every difference.",
    epilog="""\b
Examples:
  delamp verify                           all levels, all tables
  delamp verify icons --level checksums   one level, one table
  delamp verify --json report.json        the findings for machines, too
  delamp verify --html report.html        a report to show
  delamp verify --show-values             with the differing values (people's data)
  delamp verify --repair                  refresh what differs, and verify again
""",
)
@tables_argument
@click.option(
    "--level",
    "levels",
    type=click.Choice(LEVELS),
    multiple=True,
    help="Only this level; may be given again.",
)
@click.option("--all-rows", is_flag=True, help="Level rows reads every row, not a sample.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    help="Level rows draws the sample of an earlier report again.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Write the report as JSON; - for stdout.",
)
@click.option(
    "--delete-extra",
    is_flag=True,
    help="With --repair: delete rows that the source does not have, too.",
)
@report_options
@click.option("--show-values", is_flag=True, default=None, help="Show values of rows.")
@click.option(
    "--repair",
    "repairing",
    is_flag=True,
    help="Refresh exactly what differs in the target, and verify again.",
)
@common_options
@click.pass_obj
def verify(
    invocation: Invocation,
    tables: tuple[str, ...],
    levels: tuple[Level, ...],
    all_rows: bool,
    seed: int | None,
    json_file: Path | None,
    html_file: Path | None,
    junit_file: Path | None,
    show_values: bool | None,
    repairing: bool,
    delete_extra: bool,
) -> int:
    """Compare both databases and report every difference. Writes to neither but with --repair.

    Exits with 6 when there is a finding: a row missing or too many, a value that differs, a
    counter off, a sequence behind, a foreign key broken.
    """
    if json_file is not None and not json_file.parent.is_dir():
        # Said before the work, not after it.
        raise click.UsageError(f"no such folder, got {str(json_file.parent)!r}")
    files = ReportFiles("verify", html_file, junit_file)
    config = invocation.config(show_values=show_values)
    # They bring Django's models with them: only after settings.
    from migrate.cli.verify_summary import verify_summary
    from migrate.verification import run_verify

    unfinished = unfinished_run(config)
    if unfinished is not None:
        click.secho(_warning(unfinished), err=True, fg="yellow")

    def look() -> Report:
        nonlocal seed
        progress = VerifyProgress(quiet=invocation.quiet)
        try:
            found = run_verify(
                config,
                tables=tables,
                levels=levels or LEVELS,
                progress=progress,
                all_rows=all_rows,
                seed=seed,
                prepared=files.prepare if files.wanted else None,
            )
        finally:
            progress.close()
        # After a repair the same rows are looked at.
        seed = found.seed
        return found

    with files:
        report = look()
        if repairing and not report.ok:
            report = _repaired(invocation, config, report, look, delete_extra=delete_extra)
        if files.wanted:
            _write_report(config, files, report, unfinished)
    if json_file is not None:
        found = report.to_json(show_values=config.show_values) | {"unfinished_run": unfinished}
        with click.open_file(str(json_file), "w", encoding="utf-8") as file:
            file.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    if not invocation.quiet and json_file != Path("-"):
        lines = verify_summary(report, show_values=config.show_values, verbose=invocation.verbose)
        click.echo("\n".join(lines))
    return Exit.FINE if report.ok else Exit.FINDINGS


def _repaired(
    invocation: Invocation,
    config: Config,
    report: Report,
    look: Callable[[], Report],
    *,
    delete_extra: bool,
) -> Report:
    """Refresh what the report found, and look again."""
    from migrate.cli.repair_lines import repair_lines
    from migrate.repair import repair

    done = repair(config, report, delete_extra=delete_extra)
    if not invocation.quiet:
        click.echo("\n".join(repair_lines(report, done)), err=True)
    return look()


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
