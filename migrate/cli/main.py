"""`delamp`: the group of all commands, and the one place where errors become exit codes."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from migrate import __version__
from migrate.cli.change_log import change_log
from migrate.cli.check import check
from migrate.cli.completion import completion
from migrate.cli.counters import counters
from migrate.cli.cutover import cutover
from migrate.cli.draft import draft
from migrate.cli.dry_run import dry_run
from migrate.cli.exits import report_error
from migrate.cli.export_changes import export_changes
from migrate.cli.follow import follow
from migrate.cli.grants import grants
from migrate.cli.invocation import Invocation, common_options
from migrate.cli.own import own
from migrate.cli.rejects import rejects
from migrate.cli.report import report
from migrate.cli.resync import resync
from migrate.cli.run import run
from migrate.cli.status import status
from migrate.cli.verify import verify

__all__ = ["delamp", "main", "run_cli"]


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `delamp check`, then `delamp run`, then `delamp verify`."
    " Every command has its own --help with examples.",
)
@common_options
@click.version_option(__version__, "--version", prog_name="delamp", message="%(prog)s %(version)s")
def delamp() -> None:
    """Move a PHP application's MySQL or MariaDB database into Django models on PostgreSQL.

    Exit codes: 0 fine, 1 the run failed, 2 usage, 3 configuration or mapping, 4 source,
    5 target, 6 findings, 7 interrupted and resumable.
    """


for _command in (
    draft,
    check,
    dry_run,
    run,
    resync,
    follow,
    own,
    cutover,
    verify,
    status,
    report,
    rejects,
    counters,
    change_log,
    export_changes,
    grants,
    completion,
):
    delamp.add_command(_command)


def run_cli(args: Sequence[str] | None = None, *, prog_name: str = "delamp") -> int:
    """Run one command line (by default this process's) and return its exit code.

    Messages go to stderr. An error that is neither delamp's nor a database's is raised.
    """
    _tolerate_narrow_terminals()
    invocation = Invocation()
    try:
        code = delamp.main(
            args=None if args is None else list(args),
            prog_name=prog_name,
            obj=invocation,
            standalone_mode=False,
        )
    except Exception as error:
        return report_error(error, verbose=invocation.verbose)
    return code if isinstance(code, int) else 0


def _tolerate_narrow_terminals() -> None:
    """A letter that the terminal's character set lacks becomes "?" and ends no run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def main() -> NoReturn:
    """The console script."""
    sys.exit(run_cli())
