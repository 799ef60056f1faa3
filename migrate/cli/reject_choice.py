"""Which rejects a command is about: its options, and the query that they make."""

from __future__ import annotations

from typing import Any

import click

from mappings.errors import nearest
from migrate.cli.invocation import complete_table
from migrate.config import Config
from migrate.errors import ConfigError

__all__ = ["chosen_rejects", "reject_filters"]

OUTCOMES = ("rejected", "skipped", "nulled", "kept")


def reject_filters(function: Any) -> Any:
    """The options of `chosen_rejects`."""
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


def chosen_rejects(
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
