"""`delamp draft`: from a legacy database, or a dump of one, to a Django project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import click

from mappings.errors import nearest
from migrate.cli.draft_progress import DraftProgress
from migrate.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from migrate.draft.drafting import Drafted, Options

__all__ = ["draft"]


@click.command(
    short_help="Draft a Django project from a legacy database or a dump.",
    epilog="""\b
Examples:
  delamp draft mysql://reader@db.example/shop shop
  delamp draft shop.sql.gz shop                 a dump, loaded into a private MariaDB
  delamp draft LEGACY_URL shop                  the URL is in that variable, out of others' sight
  delamp draft LEGACY_URL shop --tables 'wp_*' --exclude '*_log' --time-zone Europe/Paris
""",
)
@click.argument("source_url", metavar="SOURCE_URL")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--app", metavar="NAME", help="The app's name; default: the database's.")
@click.option("--tables", metavar="GLOB", multiple=True, help="Only tables that match.")
@click.option("--exclude", metavar="GLOB", multiple=True, help="No tables that match.")
@click.option("--no-data-evidence", is_flag=True, help="Read no rows: quick, and less is known.")
@click.option(
    "--time-zone",
    metavar="ZONE",
    show_default="UTC",
    help="The zone that DATETIME columns were written in.",
)
@common_options
@click.pass_obj
def draft(
    invocation: Invocation,
    /,
    source_url: str,
    folder: Path,
    app: str | None,
    tables: tuple[str, ...],
    exclude: tuple[str, ...],
    no_data_evidence: bool,
    time_zone: str | None,
) -> None:
    """Write a Django project into DIR that loads every row of the legacy database.

    SOURCE_URL is a mysql:// URL, the name of an environment variable that holds one, or a file
    made by mysqldump or mariadb-dump (.sql, .gz, .bz2, .xz). DIR must be new or empty. The
    database is only read. No Django project is needed.
    """
    if time_zone is not None and time_zone not in available_timezones():
        hint = nearest(time_zone, available_timezones())
        raise click.BadParameter(
            f"{time_zone!r} is no time zone{f'; {hint}' if hint else ''}", param_hint="--time-zone"
        )
    # Imported late: no other command needs all that a draft is made with.
    from migrate.cli.draft_summary import draft_summary, draft_warnings
    from migrate.draft.drafting import Options

    options = Options(
        app=app,
        tables=tables,
        exclude=exclude,
        data_evidence=not no_data_evidence,
        time_zone=time_zone,
    )
    drafted = _carry_out(invocation, source_url, folder, options)
    if not invocation.quiet:
        click.echo("\n".join(draft_summary(drafted)))
    for line in draft_warnings(drafted):
        click.echo(line, err=True)


def _carry_out(invocation: Invocation, source: str, folder: Path, options: Options) -> Drafted:
    from migrate.draft.drafting import draft_dump, draft_url

    progress = DraftProgress(quiet=invocation.quiet)
    try:
        if "://" not in source and source in os.environ:
            return draft_url(os.environ[source], folder, options, progress=progress)
        if "://" in source:
            return draft_url(source, folder, options, progress=progress)
        return draft_dump(Path(source), folder, options, progress=progress, note=progress.say)
    finally:
        progress.close()
