"""`delamp resync`: one pass of catching up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import click

from migrate.cli.exits import Exit
from migrate.cli.interrupt import stop_on_interrupt
from migrate.cli.invocation import Invocation, common_options, tables_argument
from migrate.cli.layout import align
from migrate.cli.words import counted, duration

if TYPE_CHECKING:
    from migrate.resync import Resynced
    from migrate.strategies import Strategy

__all__ = ["resync"]

_STOPPING = "finishing the rows under way; Ctrl-C once more aborts them"


@click.command(
    short_help="Bring over what changed at the source since the load.",
    epilog="""\b
Examples:
  delamp resync                every table that a run has loaded
  delamp resync icons users    some tables: mapping, model, source or target table
  delamp resync --strategy watermark --deletes
""",
)
@tables_argument
@click.option("--strategy", type=click.Choice(("auto", "watermark", "checksum", "binlog")),
              default="auto", show_default=True, help="How changed rows are found.")  # fmt: skip
@click.option("--deletes", is_flag=True, help="With a watermark: also look for deleted rows.")
@common_options
@click.pass_obj
def resync(
    invocation: Invocation, tables: tuple[str, ...], strategy: Strategy, deletes: bool
) -> int:
    """Find every row that changed since the last pass, and refresh it; says how, and why so.

    auto takes what the mapping declares, then the binlog where it can be followed, then checksums.
    Checksums see inserts, updates and deletes, need no right at the source but SELECT, and cost
    about one verification and the changed rows. Exits with 6 when a table differs whose rows
    cannot be refreshed one by one.
    """
    config = invocation.config()
    from migrate import resync as engine

    stop = threading.Event()

    def progress(table: str, rows: int) -> None:
        if rows and not invocation.quiet:
            click.echo(f"{table}: {counted(rows, 'row')} to look at", err=True)

    def tell(text: str) -> None:
        if not invocation.quiet:
            click.echo(text, err=True)

    with stop_on_interrupt(stop, lambda: click.echo(_STOPPING, err=True)):
        result = engine.resync(
            config,
            tables,
            stop=stop,
            progress=progress,
            strategy=strategy,
            deletes=deletes,
            tell=tell,
        )
    if not invocation.quiet:
        click.echo("\n".join(_lines(result)))
    return Exit.FINDINGS if result.stale else Exit.FINE


def _lines(result: Resynced) -> list[str]:
    done = result.done
    mark = click.style("✘", fg="red", bold=True) if result.stale else click.style("✔", fg="green")
    head = (
        f"{mark} resync of {counted(len(result.tables), 'table')} in {duration(result.seconds)}:"
        f" {counted(result.changes, 'change')}"
    )
    kinds = (done.inserted, done.updated, done.deleted)
    names = sorted({name for kind in kinds for name, number in kind.items() if number})
    lines = [head]
    if names:
        cells = [
            (name, *(f"{kind[name]:,}" if kind[name] else "·" for kind in kinds)) for name in names
        ]
        heads = ("table", "inserted", "updated", "deleted")
        lines += ["", *align(heads, cells, right="lrrr")]
    if done.counters:
        lines += ["", f"counters of {counted(done.counters, 'parent')} set anew"]
    # How many is what the quarantine knows: a row may have been decided several times.
    if refused := sorted(name for name, rows in done.refused.items() if rows):
        lines += ["", f"refused rows, new or old, in {', '.join(refused)}: `delamp rejects list`"]
    for name in result.stale:
        lines += [
            "",
            f"{name} differs, and no key names its rows on both sides:"
            f" `delamp run {name} --restart` loads it anew",
        ]
    return lines
