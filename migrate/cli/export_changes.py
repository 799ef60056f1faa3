"""`delamp export-changes`: the way back, as a file."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from migrate.cli.exits import Exit
from migrate.cli.invocation import Invocation, common_options
from migrate.cli.words import counted

if TYPE_CHECKING:
    from migrate.changelog import Exported

__all__ = ["export_changes"]


@click.command(
    short_help="Write what Django changed as SQL for the legacy database.",
    epilog="""\b
Examples:
  delamp export-changes -o back.sql            everything in the change log
  delamp export-changes --since 812:812: -o 2.sql
                                               what the last export had not
  mysql legacy < back.sql
""",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write there; default: stdout. It holds people's data.",
)
@click.option(
    "--since",
    metavar="WHEN",
    help="Only what an earlier export had not (the token at its end), or from a time on.",
)
@common_options
@click.pass_obj
def export_changes(invocation: Invocation, output: Path | None, since: str | None) -> int:
    """Write what Django has changed since the change log began, as SQL for MySQL and MariaDB.

    Transaction by transaction, through the inverse of the mapping. What has no inverse is named in
    the file and at the end; then it exits with 6.
    """
    config = invocation.config()
    from migrate.changelog import export_changes as export
    from migrate.ledger import Ledger
    from migrate.planning import compile_for
    from migrate.source import Source
    from migrate.target import Target

    target = Target(config.database, name="delamp export")
    try:
        ledger = Ledger(target)
        ledger.require_tables()
        source = Source(config.source)
        try:
            plan, _ = compile_for(config, source, ledger)
        finally:
            source.close()
        with _opened(output) as file:
            done = export(target, plan, file.write, since=since)
    finally:
        target.close()
    if not invocation.quiet:
        for line in _lines(done):
            click.echo(line, err=output is None)
    return Exit.FINDINGS if done.unfaithful else Exit.FINE


@contextlib.contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    """The file, readable by its owner alone; its name says so until it is finished."""
    if output is None:
        yield sys.stdout
        return
    unfinished = output.with_name(f"{output.name}.part")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    with unfinished.open("w", encoding="utf-8") as file:
        yield file
    unfinished.replace(output)


def _lines(done: Exported) -> list[str]:
    good, bad = click.style("✔", fg="green"), click.style("✘", fg="red", bold=True)
    lines = [
        f"{bad if done.unfaithful else good} {counted(done.statements, 'statement')} of"
        f" {counted(done.transactions, 'transaction')}"
    ]
    if done.unfaithful:
        lines[0] += f"; {counted(done.unfaithful, 'change')} cannot be taken back faithfully:"
    for lack, number in sorted(done.lacks.items(), key=lambda item: (item[0].where, item[0].why)):
        note = "note: " if lack.harmless else ""
        lines.append(f"  {note}{lack.where}: {lack.why} ({counted(number, 'change')})")
    lines.append(f"next: --since '{done.token}'")
    return lines
