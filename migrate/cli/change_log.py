"""`delamp change-log`: whether changes are written down for the way back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from migrate.cli.exits import Exit
from migrate.cli.invocation import Invocation, common_options
from migrate.cli.words import counted
from migrate.config import Config

if TYPE_CHECKING:
    from migrate.target import Target

__all__ = ["change_log"]


@click.group(
    short_help="Write down what Django changes, for a way back.",
    epilog="""\b
Examples:
  delamp change-log start                     from now on, every mapped table
  delamp change-log status
  delamp change-log stop
  delamp change-log purge --older-than 30
""",
)
def change_log() -> None:
    """Write down what Django changes after the cutover, for `delamp export-changes`."""


@change_log.command()
@common_options
@click.pass_obj
def start(invocation: Invocation) -> int:
    """Log every change of the mapped tables from now on, by triggers. Needs their owner."""
    config = invocation.config()
    from migrate.changelog import install_change_log
    from migrate.ledger import Ledger
    from migrate.planning import compile_for
    from migrate.source import Source

    with _target(config) as target:
        ledger = Ledger(target)
        ledger.require_tables()
        source = Source(config.source)
        try:
            plan, _ = compile_for(config, source, ledger)
        finally:
            source.close()
        tables = install_change_log(target, plan)
    if not invocation.quiet:
        click.echo(f"changes of {counted(len(tables), 'table')} are logged from now on")
    return Exit.FINE


@change_log.command()
@common_options
@click.pass_obj
def stop(invocation: Invocation) -> int:
    """Log no more changes; what is in the log stays."""
    config = invocation.config()
    from migrate.changelog import remove_change_log

    with _target(config) as target:
        tables = remove_change_log(target)
    if not invocation.quiet:
        click.echo(f"changes of {counted(len(tables), 'table')} are logged no longer")
    return Exit.FINE


@change_log.command()
@common_options
@click.pass_obj
def status(invocation: Invocation) -> int:
    """Say which tables are logged, and how much is in the log."""
    config = invocation.config()
    from migrate.changelog import logged_changes, logged_tables
    from migrate.ledger import Ledger

    with _target(config) as target:
        Ledger(target).require_tables()
        tables, (number, first) = logged_tables(target), logged_changes(target)
    click.echo(f"logged: {', '.join(tables) or 'no table'}")
    click.echo(
        f"in the log: {counted(number, 'change')}{f', the first of {first}' if first else ''}"
    )
    return Exit.FINE


@change_log.command()
@click.option("--older-than", type=click.IntRange(0), metavar="DAYS", help="Only older ones.")
@click.option("--exported", metavar="TOKEN", help="Only what the export with that token has seen.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
@click.pass_obj
def purge(invocation: Invocation, older_than: int | None, exported: str | None, yes: bool) -> int:
    """Delete changes from the log: people's data, and no way back beyond them."""
    config = invocation.config()
    from migrate.changelog import purge_changes

    if not yes:
        click.confirm("delete changes from the log, without a way back beyond them?", abort=True)
    with _target(config) as target:
        gone = purge_changes(target, older_than_days=older_than, exported=exported)
    if not invocation.quiet:
        click.echo(f"{counted(gone, 'change')} deleted from the log")
    return Exit.FINE


@contextmanager
def _target(config: Config) -> Iterator[Target]:
    from migrate.target import Target

    target = Target(config.database, name="delamp change log")
    try:
        yield target
    finally:
        target.close()
