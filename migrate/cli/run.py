"""`delamp run`: load, or go on loading."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from pathlib import Path
from typing import Any

import click

from mappings.errors import DeclarationError
from migrate.cli.interrupt import stop_on_interrupt
from migrate.cli.invocation import Invocation, common_options, tables_argument
from migrate.cli.progress import event_json, watcher
from migrate.cli.report_files import ReportFiles, report_options
from migrate.cli.summary import run_summary
from migrate.config import Config
from migrate.errors import DelampError
from migrate.events import RunFinished

__all__ = ["run"]

_STOPPING = "finishing the chunks under way; Ctrl-C once more aborts them"


@click.command(
    short_help="Load all tables, or go on where a run stopped.",
    epilog="""\b
Examples:
  delamp run                          everything, or what is left of it
  delamp run icons IconMapping.tags   some tables: mapping, model, source or target table
  delamp run --restart --yes          delete what was loaded, and load anew
  delamp run --json | jq .event       events for machines, one per line
  delamp run --html run.html          a report to show
  delamp run --proof                  what `delamp verify --stored` needs, ever after
""",
)
@tables_argument
@click.option("--restart", is_flag=True, help="Delete what delamp loaded, and load anew.")
@click.option(
    "--force", is_flag=True, help="With --restart: delete rows that delamp did not load, too."
)
@click.option("--yes", is_flag=True, help="Do not ask before deleting.")
@click.option("--readers", type=click.IntRange(1), metavar="N", help="Connections that read.")
@click.option(
    "--processes", type=click.IntRange(1), metavar="N", help="Processes for Python's columns."
)
@click.option(
    "--max-rejects", type=click.IntRange(0), metavar="N", help="Stop after so many refused rows."
)
@click.option(
    "--proof", is_flag=True, help="Have the source hash what is loaded, for `verify --stored`."
)
@click.option("--json", "json_lines", is_flag=True, help="Print events as JSON lines.")
@report_options
@common_options
@click.pass_obj
def run(
    invocation: Invocation,
    /,
    tables: tuple[str, ...],
    restart: bool,
    force: bool,
    yes: bool,
    proof: bool,
    json_lines: bool,
    html_file: Path | None,
    junit_file: Path | None,
    **flags: int | None,
) -> None:
    """Load all tables, or go on where the last run stopped.

    Ctrl-C finishes the chunks under way and exits with 7; `delamp run` (without
    --restart) goes on from there.
    A table that was loaded before is left alone: a second run finds nothing to do.
    """
    if force and not restart:
        raise click.UsageError("--force needs --restart")
    files = ReportFiles("run", html_file, junit_file)
    config = invocation.config(**flags)
    if restart and not yes:
        _ask(config, tables, force)
    with files:
        try:
            options = {"tables": tables, "restart": restart, "force": force, "proof": proof}
            finished = _carry_out(invocation, config, options, json_lines)
        except (DelampError, DeclarationError) as error:
            if json_lines:
                click.echo(_error_json(error))
            if isinstance(error, DelampError):
                # The error is what to tell; the target may be what failed.
                with contextlib.suppress(DelampError):
                    _write_report(config, files, None, error)
            raise
        _write_report(config, files, finished)
    if json_lines:
        click.echo(event_json(finished))
    elif not invocation.quiet:
        click.echo("\n".join(run_summary(finished)))


def _carry_out(
    invocation: Invocation,
    config: Config,
    given: dict[str, Any],
    json_lines: bool,
) -> RunFinished:
    # The engine brings Django's models with it, which need settings: not before the config.
    from migrate.run import RunOptions
    from migrate.run import run as engine

    options = RunOptions(**given)
    listener = watcher(json_lines=json_lines, quiet=invocation.quiet, verbose=invocation.verbose)
    stop = threading.Event()
    try:
        with stop_on_interrupt(stop, lambda: click.echo(f"\n{_STOPPING}", err=True)):
            return engine(config, options, listener=listener, stop=stop)
    finally:
        listener.close()


def _write_report(
    config: Config,
    files: ReportFiles,
    finished: RunFinished | None,
    error: DelampError | None = None,
) -> None:
    if files.wanted:
        from migrate.cli.run_report import write_run_report

        write_run_report(config, files, finished, error)


def _ask(config: Config, tables: tuple[str, ...], force: bool) -> None:
    """Ask before rows are deleted; without a terminal to ask on, --yes is needed."""
    if not sys.stdin.isatty():
        raise click.UsageError("--restart deletes rows: pass --yes to confirm")
    which = ", ".join(tables) if tables else "all mapped tables"
    rows = "every row" if force else "the rows that delamp loaded"
    name = config.database["NAME"]
    click.confirm(f"Delete {rows} in {which} of {name!r}?", abort=True, err=True)


def _error_json(error: DelampError | DeclarationError) -> str:
    if isinstance(error, DeclarationError):
        found = [
            {"code": p.code, "where": p.where, "message": p.message, "hint": p.hint}
            for p in error.problems
        ]
        return json.dumps({"event": "error", "exit_code": 3, "problems": found})
    return json.dumps(
        {
            "event": "error",
            "exit_code": error.exit_code,
            "message": error.message,
            "hint": error.hint,
        }
    )
