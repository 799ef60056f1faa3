"""`delamp verify`: does Django hold what PHP held?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migrate.cli.exits import Exit
from migrate.cli.invocation import Invocation, common_options, tables_argument
from migrate.cli.report_files import report_options
from migrate.cli.verify_stored import verify_stored
from migrate.cli.verifying import Asked, carry_out

if TYPE_CHECKING:
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
  delamp verify --budget 600              what tells most, in ten minutes
  delamp verify --resume                  the rest of it
  delamp verify --grace 30                on a source that is written to
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
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Look where it tells most, and end after so long.",
)
@click.option("--resume", is_flag=True, help="Go on where the last verification was stopped.")
@click.option(
    "--grace",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Look again after so long at what differs: the source is written to.",
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
@click.option(
    "--stored",
    is_flag=True,
    help="Ask the target alone for what the source said of it during `run --proof`.",
)
@common_options
@click.pass_obj
def verify(invocation: Invocation, /, stored: bool, **asked: Any) -> int:
    """Compare both databases and report every difference. Writes to neither but with --repair.

    Exits with 6 when there is a finding: a row missing or too many, a value that differs, a
    counter off, a sequence behind, a foreign key broken, another answer. Exits with 7 when it was
    stopped, or when the budget left something that was not looked at: --resume goes on.
    """
    if stored:
        return verify_stored(invocation, Asked(**asked))
    return _exit_code(carry_out(invocation, Asked(**asked)))


def _exit_code(report: Report) -> Exit:
    if report.interrupted:
        return Exit.INTERRUPTED
    if not report.sound:
        return Exit.FINDINGS
    return Exit.FINE if report.complete else Exit.INTERRUPTED
