"""What is done with rejects: written to a file, loaded once they can be, forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from migrate.cli.exits import Exit
from migrate.cli.invocation import Invocation, common_options
from migrate.cli.ledger import reading
from migrate.cli.reject_choice import chosen_rejects, reject_filters
from migrate.cli.reject_files import FORMATS, write_rejects
from migrate.cli.reject_retry import chosen_keys, days_ago, retry_lines
from migrate.cli.words import counted

__all__ = ["export_rejects", "purge_rejects", "retry_rejects"]


@click.command(name="export")
@click.argument(
    "file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path), metavar="FILE"
)
@reject_filters
@click.option(
    "--format",
    "form",
    type=click.Choice(tuple(FORMATS)),
    help="Default: by the file's ending; jsonl for - (stdout).",
)
@click.option("--show-values", is_flag=True, default=None, help="With the source values.")
@common_options
@click.pass_obj
def export_rejects(
    invocation: Invocation,
    /,
    file: Path,
    form: str | None,
    show_values: bool | None,
    **filters: Any,
) -> None:
    """Write rejects to FILE (- for stdout), as CSV or as one JSON object per line."""
    if not file.parent.is_dir():
        raise click.UsageError(f"no such folder, got {str(file.parent)!r}")
    config = invocation.config(show_values=show_values)
    form = form or file.suffix.lstrip(".").lower()
    chosen = "jsonl" if form in ("", "-", "json") else form
    if chosen not in FORMATS:
        raise click.UsageError(f"no format is known by .{form}: pass --format csv or jsonl")
    with reading(config), click.open_file(str(file), "w", encoding="utf-8") as stream:
        found = chosen_rejects(config, **filters).select_related("table").iterator(2000)
        count = write_rejects(stream, found, chosen, show_values=config.show_values)
    if not invocation.quiet:
        click.echo(f"{counted(count, 'reject')} written to {file}", err=True)


@click.command(
    name="retry",
    short_help="Load rows of the quarantine.",
    epilog="""\b
Examples:
  delamp rejects retry                             all of them
  delamp rejects retry --table icons --code too_long
  delamp rejects retry 17 18                       single rows
""",
)
@click.argument("ids", type=int, nargs=-1, metavar="[ID]...")
@reject_filters
@common_options
@click.pass_obj
def retry_rejects(invocation: Invocation, /, ids: tuple[int, ...], **filters: Any) -> int:
    """Load rows of the quarantine, after the mapping or the source was corrected.

    Each is read again from the source, with the parents that it lacks and the children that wait
    for it; counters and totals follow. What is still refused stays in quarantine. Exits with 6
    when any is.
    """
    config = invocation.config()
    from migrate.retry import retry

    with reading(config):
        found = chosen_rejects(config, **filters)
        if ids:
            found = found.filter(pk__in=ids)
        chosen, nameless = chosen_keys(found)
    result = retry(config, chosen, nameless=nameless)
    if not invocation.quiet:
        click.echo("\n".join(retry_lines(result)))
    if result.left:
        return Exit.FINDINGS
    return Exit.FINE


@click.command(
    name="purge",
    short_help="Forget rows of the quarantine.",
    epilog="""\b
Examples:
  delamp rejects purge --values          keep keys and rules, forget the source values
  delamp rejects purge --older-than 30   forget rows that were refused 30 days ago
""",
)
@reject_filters
@click.option("--older-than", type=click.IntRange(0), metavar="DAYS", help="Only if older.")
@click.option("--values", "values_only", is_flag=True, help="Forget only their source values.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
@click.pass_obj
def purge_rejects(
    invocation: Invocation,
    /,
    older_than: int | None,
    values_only: bool,
    yes: bool,
    **filters: Any,
) -> None:
    """Delete rows of the quarantine, or the people's data in them.

    What is deleted can be neither shown nor retried any more, and verification takes a row that no
    reject explains for missing; --values keeps key and rule, which is all that both need.
    """
    config = invocation.config()
    with reading(config):
        found = chosen_rejects(config, **filters)
        if older_than is not None:
            found = found.filter(created_at__lt=days_ago(older_than))
        if values_only:
            found = found.filter(values__isnull=False)
        count = found.count()
        what = f"the source values of {counted(count, 'reject')}"
        what = what if values_only else counted(count, "reject")
        if count and not yes:
            click.confirm(f"forget {what}?", abort=True, err=True)
        if values_only:
            found.update(values=None)
        else:
            found.delete()
    if not invocation.quiet:
        click.echo(f"{what} forgotten", err=True)
