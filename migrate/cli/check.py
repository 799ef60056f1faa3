"""`delamp check`: are the mappings right?"""

from __future__ import annotations

import click

from mappings.catalogue import Catalogue
from mappings.errors import DeclarationError, Problem
from mappings.plan import ColumnPlan, Plan
from migrate.cli.exits import Exit, show_problems
from migrate.cli.invocation import Invocation, common_options
from migrate.cli.layout import align
from migrate.cli.words import counted
from migrate.config import Config

__all__ = ["check"]

_NARROWER = {"not_null", "too_long", "out_of_range"}
"""What the two schemas alone show; other rules are about what values look like."""


@click.command(
    short_help="Say what is wrong with the mappings.",
    epilog="""\b
Examples:
  delamp check                 against the legacy database that the settings name
  delamp check -v              also list the columns of each table and how they are converted
  delamp check --source mysql://reader@db.example/shop
""",
)
@common_options
@click.pass_obj
def check(invocation: Invocation) -> int:
    """Compile all mappings against the legacy database and say what is wrong.

    All mistakes are shown at once. Without a legacy database, what Django's side alone can show
    is checked. In the target, missing tables are looked for. Nothing is written. Exits with 3
    when there is a mistake.
    """
    config = invocation.config()
    # Imported late: it reads Django's models.
    from migrate.system_checks import offline_problems

    offline = _heard(offline_problems())
    if config.source_url is None:
        return _offline(invocation, offline)
    try:
        plan, catalogue = _compile(config)
    except DeclarationError as error:
        show_problems(_merged(offline, error.problems))
        return Exit.CONFIG
    from migrate.cli.target_check import target_problems

    show_problems([*offline, *_heard(target_problems(plan, config))])
    if not invocation.quiet:
        click.echo("\n".join(_overview(plan, catalogue, verbose=invocation.verbose)))
    return Exit.CONFIG if any(not p.warning for p in offline) else Exit.FINE


def _compile(config: Config) -> tuple[Plan, Catalogue]:
    from migrate.planning import compile_from

    return compile_from(config)


def _heard(problems: list[Problem]) -> list[Problem]:
    """Without the warnings that the settings silence, as Django's own `check` leaves them out."""
    from django.conf import settings

    silenced = set(settings.SILENCED_SYSTEM_CHECKS)
    return [problem for problem in problems if not (problem.warning and problem.code in silenced)]


def _offline(invocation: Invocation, problems: list[Problem]) -> int:
    show_problems(problems)
    if any(not problem.warning for problem in problems):
        return Exit.CONFIG
    if not invocation.quiet:
        click.echo("no mistake on Django's side; the legacy database was not looked at")
        click.echo("hint: set LEGACY_URL or pass --source to check against it", err=True)
    return Exit.FINE


def _merged(first: list[Problem], second: tuple[Problem, ...]) -> list[Problem]:
    """Both without repeats: the compiler finds again what the offline checks found."""
    return list(dict.fromkeys((*first, *second)))


def _overview(plan: Plan, catalogue: Catalogue, *, verbose: bool) -> list[str]:
    heads = ("mapping", "from", "to", "model", "rows, about", "columns", "in Python")
    rows = [
        (
            table.name,
            table.source.name,
            table.target,
            table.label,
            f"{table.source.rows_estimate:,}",
            str(len(table.columns)),
            ", ".join(c.name for c in table.columns if c.python_tier) or "·",
        )
        for table in plan.tables
    ]
    lines = align(heads, rows, right="llllrrl")
    lines += _columns(plan) if verbose else _narrower(plan)
    lines += _left_behind(plan, catalogue)
    kind = "MariaDB" if catalogue.mariadb else "MySQL"
    tables = counted(len(plan.tables), "table")
    lines += ["", f"{tables} ready to run from {kind} {catalogue.server_version}"]
    return lines


def _narrower(plan: Plan) -> list[str]:
    """A line for each table with columns that hold more in the source than the field takes."""
    lines = []
    for table in plan.tables:
        found = {c.name: [code for code in _codes(c) if code in _NARROWER] for c in table.columns}
        columns = [f"{name} ({', '.join(codes)})" for name, codes in found.items() if codes]
        if columns:
            lines.append(f"{table.name}: {', '.join(columns)}")
    return ["", click.style("May refuse", bold=True), *lines] if lines else []


def _codes(column: ColumnPlan) -> list[str]:
    """The rules by which it may refuse a value, each once."""
    return list(dict.fromkeys(refusal.code for refusal in column.refusals))


def _columns(plan: Plan) -> list[str]:
    lines = []
    for table in plan.tables:
        lines += ["", click.style(f"{table.name}: {table.source.name} → {table.target}", bold=True)]
        rows = [
            (
                column.name,
                ", ".join(column.sources) or "·",
                ", ".join(column.steps) or "·",
                "Python" if column.python_tier else "SQL",
                ", ".join(_codes(column)),
                "" if column.verified else "not verified",
            )
            for column in table.columns
        ]
        lines += align(("field", "from", "steps", "by", "may refuse", ""), rows)
    return lines


def _left_behind(plan: Plan, catalogue: Catalogue) -> list[str]:
    """Source tables and columns that no mapping reads: data that would be lost."""
    mapped = {table.source.name for table in plan.tables}
    lines = [
        f"{table}: no mapping reads {', '.join(columns)}"
        for table, columns in plan.unmapped.items()
        if columns and table in mapped
    ]
    others = [table for name, table in catalogue.tables.items() if name not in mapped]
    for thing, is_view in (("table", False), ("view", True)):
        names = [table.name for table in others if (table.engine is None) is is_view]
        if names:
            lines.append(f"no mapping reads the {counted(len(names), thing)} {', '.join(names)}")
    return ["", click.style("Left behind", bold=True), *lines] if lines else []
