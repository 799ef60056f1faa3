"""`delamp dry-run`: what would not survive?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrate import __version__
from migrate.cli.exits import Exit
from migrate.cli.invocation import Invocation, common_options, tables_argument
from migrate.cli.report_files import ReportFiles, now, report_options, subject_of
from migrate.cli.verify_progress import VerifyProgress

if TYPE_CHECKING:
    from mappings.plan import TablePlan
    from migrate.config import Config
    from verify.dry_run import DryRunReport, Rule
    from verify.dry_run.report import NamedRow
    from verify.dry_run.runner import EachRow

__all__ = ["LEVELS", "dry_run"]

# As `verify.dry_run.LEVELS` has them, which `--help` need not load.
LEVELS = ("reject", "change", "skip", "never")


@click.command(
    name="dry-run",
    short_help="Name every row that would not load as it is; write nothing.",
    epilog="""\b
Examples:
  delamp dry-run                               all rules on all rows
  delamp dry-run icons --show-values           one table, with the values (people's data)
  delamp dry-run --json report.json --all-keys everything, for machines
  delamp dry-run --html report.html            a report to show
  delamp dry-run --sample 10000                a quick look
  delamp dry-run --rehearse                    prove it by a load that is undone
  delamp dry-run --fail-on skip                also fail when rows would be left out
""",
)
@tables_argument
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Write the report as JSON; - for stdout.",
)
@report_options
@click.option(
    "--sample",
    type=click.IntRange(1),
    metavar="N",
    help="Look at about N rows of each table only, one by one.",
)
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS),
    default="reject",
    show_default=True,
    help="Exit with 6 when rows would be rejected; or also when references would become NULL"
    " (change), or also when rows would be left out (skip).",
)
@click.option(
    "--rehearse",
    "rehearsing",
    is_flag=True,
    help="Then load everything in a transaction that is undone, and compare. Needs the right to"
    " create a schema in the target.",
)
@click.option("--all-keys", is_flag=True, help="Name every row, not the first of each rule.")
@click.option("--show-values", is_flag=True, default=None, help="Show values of rows.")
@common_options
@click.pass_obj
def dry_run(
    invocation: Invocation,
    tables: tuple[str, ...],
    json_file: Path | None,
    html_file: Path | None,
    junit_file: Path | None,
    sample: int | None,
    fail_on: str,
    rehearsing: bool,
    all_keys: bool,
    show_values: bool | None,
) -> int:
    """Run every rule on every source row, and name those that would not load as they are.

    Writes to neither database, but with --rehearse, which leaves nothing behind; without it, the
    target need not even exist. Exits with 6 when rows would be lost.
    """
    if rehearsing and sample is not None:
        raise click.UsageError("--rehearse compares every row: leave --sample out")
    if json_file is not None and not json_file.parent.is_dir():
        # Said before the work, not after it.
        raise click.UsageError(f"no such folder, got {str(json_file.parent)!r}")
    files = ReportFiles("dry-run", html_file, junit_file)
    config = invocation.config(show_values=show_values)
    # They bring Django's models with them: only after settings.
    from migrate.cli.dry_run_summary import dry_run_summary
    from migrate.dry_run import run_dry

    def look() -> DryRunReport:
        progress = VerifyProgress(quiet=invocation.quiet)
        try:
            return run_dry(
                config,
                tables=tables,
                sample=sample,
                shown=None if all_keys or rehearsing else 5,
                progress=progress,
                prepared=files.prepare if files.wanted else None,
                each_row=_each_row(files, config.show_values) if files.wanted else None,
            )
        finally:
            progress.close()

    with files:
        report = look()
        if json_file is not None:
            with click.open_file(str(json_file), "w", encoding="utf-8") as file:
                found = report.to_json(show_values=config.show_values)
                file.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
        if not invocation.quiet and json_file != Path("-"):
            lines = dry_run_summary(
                report, show_values=config.show_values, verbose=invocation.verbose
            )
            click.echo("\n".join(lines))
        foretold: bool | None = None
        if rehearsing:
            from migrate.cli.rehearsal import rehearsed

            foretold = rehearsed(config, tables, report, quiet=invocation.quiet)
        if files.wanted:
            _write_report(config, files, report, fail_on, foretold)
    return Exit.FINDINGS if report.fails(fail_on) or foretold is False else Exit.FINE


def _each_row(files: ReportFiles, show_values: bool) -> EachRow:
    from verify.reports import gather_named_row

    def each(table: TablePlan, rule: Rule, row: NamedRow) -> None:
        keyed = bool(table.source.key)
        gather_named_row(files.gathering, rule, row, keyed=keyed, show_values=show_values)

    return each


def _write_report(
    config: Config,
    files: ReportFiles,
    report: DryRunReport,
    fail_on: str,
    foretold: bool | None,
) -> None:
    from verify.reports import dry_run_document

    document = dry_run_document(
        report,
        files.gathering,
        fail_on=fail_on,
        foretold=foretold,
        subject=subject_of(config),
        version=__version__,
        made_at=now(),
    )
    files.write(document)
