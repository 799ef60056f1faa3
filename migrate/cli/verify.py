"""`delamp verify`: does Django hold what PHP held?"""

from __future__ import annotations

import json
from pathlib import Path

import click

from migrate.cli.exits import Exit
from migrate.cli.invocation import Invocation, common_options, tables_argument

__all__ = ["verify"]

LEVELS = ("counts", "checksums", "counters", "database")


@click.command(
    short_help="Compare both databases, report every difference.",
    epilog="""\b
Examples:
  delamp verify                           all levels, all tables
  delamp verify Icon --level checksums    one level, one table
  delamp verify --json report.json        the findings for machines, too
  delamp verify --show-values             with the differing values (people's data)
"""
)
@tables_argument
@click.option(
    "--level",
    "levels",
    type=click.Choice(LEVELS),
    multiple=True,
    help="Only this level; may be given again.",
)
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Write the report as JSON; - for stdout.",
)
@click.option("--show-values", is_flag=True, default=None, help="Show values of rows.")
@common_options
@click.pass_obj
def verify(
    invocation: Invocation,
    tables: tuple[str, ...],
    levels: tuple[str, ...],
    json_file: Path | None,
    show_values: bool | None,
) -> int:
    """Compare both databases and report every difference. Writes to neither.

    Exits with 6 when there is a finding: a row missing or too many, a value that differs, a
    counter off, a sequence behind, a foreign key broken.
    """
    config = invocation.config(show_values=show_values)
    # Brings Django's models with it: only after settings.
    from migrate.verification import run_verify

    report = run_verify(
        config,
        tables=tables,
        levels=levels or LEVELS,
        progress=None,
    )
    if json_file is not None:
        text = json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n"
        with click.open_file(str(json_file), "w", encoding="utf-8") as file:
            file.write(text)
    if not invocation.quiet and json_file != Path("-"):
        click.echo(report.render(show_values=config.show_values))
    return Exit.FINE if report.ok else Exit.FINDINGS
