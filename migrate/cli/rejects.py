"""`delamp rejects`: the quarantine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mappings.errors import nearest
from migrate.cli.exits import Exit
from migrate.cli.invocation import Invocation, common_options, complete_table
from migrate.cli.layout import align
from migrate.cli.ledger import reading
from migrate.cli.reject_files import FORMATS, write_rejects
from migrate.cli.reject_retry import chosen_keys, days_ago, retry_lines
from migrate.cli.words import counted
from migrate.config import Config
from migrate.errors import ConfigError

__all__ = ["rejects"]

OUTCOMES = ("rejected", "skipped", "nulled", "kept")


def _filters(function: Any) -> Any:
    for option in reversed((
        click.option(
            "--table", metavar="TABLE", help="Only of this table.", shell_complete=complete_table
        ),
        click.option("--code", metavar="CODE", help="Only refused by this rule."),
        click.option("--outcome", type=click.Choice(OUTCOMES), help="Only with this outcome."),
        click.option("--run", "run_id", type=int, metavar="N", help="Only of this run."),
    )):  # fmt: skip
        function = option(function)
    return function


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
@_filters
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
        found = _rejects(config, **filters)
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
        lines += ["", *_listing(rows)]
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
    blocks = ["\n".join(_in_full(reject, config)) for reject in found]
    click.echo("\n\n".join(blocks))


@rejects.command(name="export")
@click.argument(
    "file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path), metavar="FILE"
)
@_filters
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
        found = _rejects(config, **filters).select_related("table").iterator(2000)
        count = write_rejects(stream, found, chosen, show_values=config.show_values)
    if not invocation.quiet:
        click.echo(f"{counted(count, 'reject')} written to {file}", err=True)


@rejects.command(
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
@_filters
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
        found = _rejects(config, **filters)
        if ids:
            found = found.filter(pk__in=ids)
        chosen, nameless = chosen_keys(found)
    result = retry(config, chosen, nameless=nameless)
    if not invocation.quiet:
        click.echo("\n".join(retry_lines(result)))
    if result.left:
        return Exit.FINDINGS
    return Exit.FINE


@rejects.command(
    name="purge",
    short_help="Forget rows of the quarantine.",
    epilog="""\b
Examples:
  delamp rejects purge --values          keep keys and rules, forget the source values
  delamp rejects purge --older-than 30   forget rows that were refused 30 days ago
""",
)
@_filters
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
        found = _rejects(config, **filters)
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


def _rejects(
    config: Config, *, table: str | None, code: str | None, outcome: str | None, run_id: int | None
) -> Any:
    """The rejects that the filters leave. Raises ConfigError for a table never run."""
    from django.db.models import Q

    from migrate.models import Reject, Table

    found = Reject.objects.using(config.target)
    if table is not None:
        tables = Table.objects.using(config.target)
        names = Q(mapping=table) | Q(source_table=table) | Q(target_table=table)
        known = tables.filter(
            names | Q(mapping__startswith=f"{table}.") | Q(mapping=f"{table}Mapping")
        )
        if not known.exists():
            hint = nearest(table, tables.values_list("mapping", flat=True).distinct())
            raise ConfigError(f"no run has a table called {table!r}", hint=hint)
        found = found.filter(table__in=known)
    given = {"code": code, "outcome": outcome, "table__run_id": run_id}
    return found.filter(**{name: value for name, value in given.items() if value is not None})


def _listing(rows: list[Any]) -> list[str]:
    heads = ("id", "table", "key", "column", "rule", "outcome", "detail")
    cells = [
        (
            str(r.pk),
            r.table.mapping,
            r.key_text or "·",
            r.column or "·",
            r.code,
            r.outcome,
            r.detail,
        )
        for r in rows
    ]
    return align(heads, cells, right="rllllll")


def _in_full(reject: Any, config: Config) -> list[str]:
    """Everything about one reject; without leave, its values are counted and not shown."""
    lines = [
        click.style(f"{reject.pk}  {reject.table.mapping}[{reject.key_text}]", bold=True),
        f"  rule     {reject.code}" + (f" ({reject.detail})" if reject.detail else ""),
        f"  column   {reject.column or '·'}",
        f"  outcome  {reject.get_outcome_display()}",
        f"  from     {reject.table.source_table}, run {reject.table.run_id},"
        f" {reject.created_at:%Y-%m-%d %H:%M:%S} UTC",
    ]
    values = reject.values or {}
    if not config.show_values:
        hidden = counted(len(values), "value")
        return [*lines, f"  values   {hidden} hidden; --show-values shows them" if values else ""]
    width = max((len(name) for name in values), default=0)
    return lines + [f"  {name.ljust(width)} = {_value(value)}" for name, value in values.items()]


def _value(value: Any) -> str:
    if value is None:
        return "NULL"
    return f"0x{value['hex']}" if isinstance(value, dict) and "hex" in value else repr(value)
