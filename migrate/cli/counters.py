"""`delamp counters`: counters after the load, proved, repaired, and kept by triggers."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from migrate.cli.exits import Exit
from migrate.cli.invocation import Invocation, common_options
from migrate.cli.layout import align
from migrate.cli.words import counted
from migrate.config import Config

if TYPE_CHECKING:
    from migrate.triggers import CounterState

__all__ = ["counters"]


@click.group(
    short_help="Prove and repair counters, and keep them true by triggers.",
    epilog="""\b
Examples:
  delamp counters check                   stored against counted, and which triggers are missing
  delamp counters rebuild catalog.Icon    count anew, while others write
  delamp counters migration catalog       write the schema migration with the triggers
""",
)
def counters() -> None:
    """Prove and repair counters, and keep them true by triggers. Needs no legacy database."""


@counters.command()
@click.argument("tables", nargs=-1, metavar="[TABLE]...")
@click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
@common_options
@click.pass_obj
def check(invocation: Invocation, tables: tuple[str, ...], as_json: bool) -> int:
    """Compare every stored counter with what its children say. Writes nothing.

    Also says which triggers are missing. Exits with 6 when a counter is wrong.
    """
    config = invocation.config()
    from migrate.target import Target
    from migrate.triggers import check_counters, counted_tables, missing_triggers
    from migrate.triggers.counted import chosen

    found = chosen(counted_tables(config.target), tables)
    target = Target(config.database, name="delamp counters")
    try:
        states = check_counters(target, found, config.target)
        missing = missing_triggers(target, found, config.target)
    finally:
        target.close()
    if as_json:
        said = [dataclasses.asdict(s) for s in states]
        click.echo(json.dumps({"counters": said, "missing_triggers": missing}, indent=2))
    elif not invocation.quiet:
        click.echo("\n".join(_lines(states, missing)))
    return Exit.FINDINGS if any(state.wrong for state in states) else Exit.FINE


@counters.command()
@click.argument("tables", nargs=-1, metavar="[TABLE]...")
@common_options
@click.pass_obj
def rebuild(invocation: Invocation, tables: tuple[str, ...]) -> int:
    """Set the counters of all tables, or of those named, to their true values.

    Safe while others write: some thousand parents are locked, counted and committed at a time.
    Where a counter changed that another one sums up, that follows.
    """
    config: Config = invocation.config()
    from migrate.target import Target
    from migrate.triggers import counted_tables, rebuild_counters
    from migrate.triggers.counted import chosen

    everything = counted_tables(config.target)
    wanted = chosen(everything, tables)
    target = Target(config.database, name="delamp counters")
    try:
        changed = rebuild_counters(target, everything, wanted, config.target)
    finally:
        target.close()
    if not invocation.quiet:
        for label, number in changed.items():
            click.echo(f"{label}: counters of {counted(number, 'row')} set anew")
    return Exit.FINE


@counters.command()
@click.argument("app")
@click.option("--dry-run", is_flag=True, help="Print the file and write nothing.")
@common_options
@click.pass_obj
def migration(invocation: Invocation, app: str, dry_run: bool) -> int:
    """Write a schema migration for APP that installs the triggers of its models' counters.

    A second call writes what has changed in the mappings since. Connects nowhere.
    """
    config = invocation.config()
    from migrate.triggers import counted_tables
    from migrate.triggers.writing import new_migration

    made = new_migration(app, counted_tables(config.target), config.target)
    if made is None:
        click.echo(f"{app}: no change, its migrations keep the counters as its mappings say")
        return Exit.FINE
    if dry_run:
        click.echo(made.text, nl=False)
        return Exit.FINE
    made.write()
    if not invocation.quiet:
        click.echo(f"{made.path}:")
        for does in made.does:
            click.echo(f"  {does}")
        click.echo(f"next: `python manage.py migrate {app}`, then `delamp counters check`")
    return Exit.FINE


def _lines(states: Sequence[CounterState], missing: Sequence[str]) -> list[str]:
    wrong = sum(state.wrong for state in states)
    mark = click.style("✘", fg="red", bold=True) if wrong else click.style("✔", fg="green")
    lines = [
        f"{mark} {counted(len(states), 'counter')}:"
        f" {counted(wrong, 'value is wrong', 'values are wrong') if wrong else 'all true'}",
        "",
        *align(
            ("counter", "rows", "wrong"),
            [
                (f"{s.table}.{s.name}", f"{s.parents:,}", f"{s.wrong:,}" if s.wrong else "·")
                for s in states
            ],
            right="lrr",
        ),
    ]
    for state in states:
        for key, stored, true in state.examples:
            lines.append(f"{state.table}.{state.name} of {key}: {stored}, counted {true}")
    if wrong:
        lines += ["", "next: `delamp counters rebuild`"]
    if missing:
        apps = sorted({state.table.partition(".")[0] for state in states})
        lines += [
            "",
            f"{counted(len(missing), 'trigger is', 'triggers are')} missing ({missing[0]}, …):"
            f" nothing keeps counters when Django writes; `delamp counters migration {apps[0]}`",
        ]
    return lines
