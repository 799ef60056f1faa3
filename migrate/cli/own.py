"""`delamp own`: tables that Django writes by now."""

from __future__ import annotations

import click

from migrate.cli.invocation import Invocation, common_options, tables_argument
from migrate.cli.words import counted

__all__ = ["own"]


@click.command(
    short_help="Mark tables that Django writes by now.",
    epilog="""\b
Examples:
  delamp own                    list them
  delamp own icons              from now on nothing refreshes icons
  delamp own icons --give-back  PHP's rows count again
""",
)
@tables_argument
@click.option("--give-back", is_flag=True, help="The tables are PHP's again.")
@common_options
@click.pass_obj
def own(invocation: Invocation, tables: tuple[str, ...], give_back: bool) -> None:
    """Take tables over from PHP: they are never refreshed, deleted from or verified any more.

    With --give-back the next resync, or the follower, compares the whole table and overwrites what
    Django wrote meanwhile. Stop a follower at work first: it holds the lock that this needs. Needs
    the source, to compile the mappings.
    """
    config = invocation.config()
    from migrate import owning
    from migrate.ledger import Ledger
    from migrate.locks import become_the_run
    from migrate.planning import choose_named, compile_from
    from migrate.target import Target

    target = Target(config.database)
    try:
        ledger = Ledger(target)
        ledger.require_tables()
        if not tables:
            for name, since in owning.owned(ledger).items():
                click.echo(f"{name}  Django's since {since:%Y-%m-%d %H:%M} UTC")
            return
        chosen = choose_named(compile_from(config)[0], tables)
        become_the_run(target)
        if give_back:
            given = owning.give_back(ledger, [table.name for table in chosen])
            click.echo(f"given back: {counted(given, 'table')}")
        else:
            owning.take_over(ledger, chosen)
            click.echo(f"Django's from now on: {', '.join(table.name for table in chosen)}")
    finally:
        target.close()
