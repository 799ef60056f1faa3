"""`delamp rejects`: the quarantine."""

from __future__ import annotations

from typing import Any

import click

from migrate.cli.invocation import Invocation, common_options
from migrate.cli.layout import align
from migrate.cli.ledger import reading
from migrate.cli.reject_actions import export_rejects, purge_rejects, retry_rejects
from migrate.cli.reject_choice import chosen_rejects, reject_filters
from migrate.cli.reject_lines import in_full, listing
from migrate.cli.words import counted
from migrate.errors import ConfigError

__all__ = ["rejects"]


@click.group(
    short_help="Look at the rows in quarantine, and retry them.",
    epilog="""\b
Examples:
  delamp rejects list                              how many, why, and the first of each
  delamp rejects list --table icons --code orphan
  delamp rejects show 17 --show-values             one row with its source values
  delamp rejects export rejects.csv --show-values  all of them, for a spreadsheet
""",
)
def rejects() -> None:
    """Look at the rows that were not loaded as they are, and load them once they can be.

    Each stands in quarantine with its key, the column and the rule. Source values are people's
    data: they are shown with --show-values only.
    """


@rejects.command(name="list")
@reject_filters
@click.option(
    "--limit",
    type=click.IntRange(0),
    metavar="N",
    help="The first N rows, instead of the first of each rule.",
)
@common_options
@click.pass_obj
def list_rejects(invocation: Invocation, /, limit: int | None, **filters: Any) -> None:
    """List rejects: totals by table and rule, then the first row of each."""
    from django.db.models import Count, Min

    config = invocation.config()
    with reading(config):
        found = chosen_rejects(config, **filters)
        groups = list(
            found.order_by("table__mapping", "outcome", "code", "column")
            .values_list("table__mapping", "outcome", "code", "column")
            .annotate(count=Count("id"), first=Min("id"))
        )
        rows = found.select_related("table")
        firsts = [group[-1] for group in groups]
        rows = list(rows.filter(pk__in=firsts) if limit is None else rows[:limit])
    if not groups:
        click.echo("no rejects")
        return
    heads = ("table", "outcome", "rule", "column", "rows")
    cells = [
        (t, outcome, code, column or "·", f"{n:,}") for t, outcome, code, column, n, _ in groups
    ]
    total = sum(group[-2] for group in groups)
    lines = align(heads, cells, right="llllr", total=("total", "", "", "", f"{total:,}"))
    if rows:
        lines += ["", *listing(rows)]
    if total > len(rows):
        lines.append(
            f"… {counted(total - len(rows), 'more row')}: --limit, or `delamp rejects export`"
        )
    click.echo("\n".join(lines))


@rejects.command(name="show")
@click.argument("ids", type=int, nargs=-1, required=True, metavar="ID...")
@click.option("--show-values", is_flag=True, default=None, help="Show the source values.")
@common_options
@click.pass_obj
def show_rejects(invocation: Invocation, ids: tuple[int, ...], show_values: bool | None) -> None:
    """Show single rejects in full."""
    config = invocation.config(show_values=show_values)
    from migrate.models import Reject

    with reading(config) as alias:
        found = list(Reject.objects.using(alias).select_related("table").filter(pk__in=ids))
    missing = set(ids) - {reject.pk for reject in found}
    if missing:
        raise ConfigError(
            f"rejects: no such row, got {', '.join(map(str, sorted(missing)))}",
            hint="take the numbers from `delamp rejects list`",
        )
    blocks = ["\n".join(in_full(reject, config)) for reject in found]
    click.echo("\n\n".join(blocks))


for command in (export_rejects, retry_rejects, purge_rejects):
    rejects.add_command(command)
