"""`delamp cutover`: switch from PHP to Django."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migrate.cli.cutover_lines import outcome_lines, said_line
from migrate.cli.exits import Exit
from migrate.cli.interrupt import stop_on_interrupt
from migrate.cli.invocation import Invocation, common_options

if TYPE_CHECKING:
    from migrate.config import Config
    from migrate.cutover import Outcome
    from migrate.cutover.outcome import Said

__all__ = ["cutover"]

_STOPPING = "giving up; the source is given back. Do not press Ctrl-C once more"
# As `migrate.cutover.options` has them, which `--help` need not load.
_METHODS = ("read-only", "revoke", "maintenance")


@click.command(
    short_help="Switch from PHP to Django, with a write pause of seconds.",
    epilog="""\b
Examples:
  delamp cutover --rehearse                    everything but the freeze
  delamp cutover --rehearse --rehearse-freeze  with a freeze of seconds, which is undone
  delamp cutover                               by whatever rights allow
  delamp cutover --freeze revoke --php-user 'php@%'
  delamp cutover --maintenance-command 'ssh web touch /srv/down' \\
                 --maintenance-undo-command 'ssh web rm /srv/down'
  delamp cutover --undo                        let PHP write again
""",
)
@click.option("--rehearse", is_flag=True, help="Do everything but the freeze and the switch.")
@click.option(
    "--rehearse-freeze", is_flag=True, help="With --rehearse: freeze, too, and give back."
)
@click.option("--undo", "undoing", is_flag=True, help="Undo a freeze, from whatever machine.")
@click.option(
    "--freeze", type=click.Choice(_METHODS), help="How; default: the first that is possible."
)
@click.option("--php-user", "php_users", multiple=True, metavar="USER@HOST", help="PHP's account.")
@click.option("--maintenance-command", metavar="CMD", help="Puts PHP into maintenance.")
@click.option("--maintenance-undo-command", metavar="CMD", help="Takes PHP out of it.")
@click.option(
    "--maintenance-done-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Exists when PHP is in maintenance.",
)
@click.option("--accept", multiple=True, metavar="CHECK", help="Go on though this check fails.")
@click.option(
    "--max-pause", type=click.FloatRange(1), metavar="SECONDS", help="Longest pause; default: 60."
)
@click.option(
    "--max-lag",
    type=click.FloatRange(0.1),
    metavar="SECONDS",
    help="Longest last catch-up before the freeze; default: 5.",
)
@click.option(
    "--patience",
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="For open transactions to end, before they are killed; default: 3.",
)
@click.option("--rollback-window", is_flag=True, help="Log what Django changes from then on.")
@click.option("--all-rows", is_flag=True, help="Verify every row by the ORM, not a sample.")
@click.option(
    "-o",
    "--output",
    "signoff_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Where the sign-off goes, as `delamp report` writes it.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@common_options
@click.pass_obj
def cutover(
    invocation: Invocation,
    /,
    undoing: bool,
    yes: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Freeze the legacy database, bring the last changes over, prove it, and switch to Django.

    Everything that takes time comes before the freeze. When anything fails, or on Ctrl-C, the
    source is given back as it was. Killed, the same command goes on, and --undo gives back.
    docs/cutover.md is the runbook.
    """
    if given["rehearse_freeze"] and not given["rehearse"]:
        raise click.UsageError("--rehearse-freeze needs --rehearse")
    file = given["signoff_file"]
    if file is not None and not file.parent.is_dir():
        raise click.UsageError(f"no such folder, got {str(file.parent)!r}")
    config = invocation.config()
    if undoing:
        return _undo(config, yes=yes, quiet=invocation.quiet)
    if not yes and not given["rehearse"]:
        _ask(f"Switch {config.database['NAME']!r} to Django, and let PHP write no more?")
    outcome = _carry_out(invocation, config, given)
    if as_json:
        click.echo(json.dumps(_plain(outcome), ensure_ascii=False, indent=2))
    elif not invocation.quiet:
        click.echo("\n".join(outcome_lines(outcome)))
    return Exit.FINE


def _carry_out(invocation: Invocation, config: Config, given: dict[str, Any]) -> Outcome:
    from migrate.cutover import Options
    from migrate.cutover import cutover as engine

    options = Options(
        rehearse=given["rehearse"],
        rehearse_freeze=given["rehearse_freeze"],
        freeze=given["freeze"],
        php_users=given["php_users"],
        php_url=config.php_url,
        maintenance_command=given["maintenance_command"] or "",
        maintenance_undo_command=given["maintenance_undo_command"] or "",
        maintenance_done_file=given["maintenance_done_file"],
        ask=_confirm if sys.stdin.isatty() else None,
        accept=frozenset(given["accept"]),
        rollback_window=given["rollback_window"],
        all_rows=given["all_rows"],
        signoff_file=given["signoff_file"],
        **_seconds(given),
    )

    def listen(said: Said) -> None:
        if not invocation.quiet:
            click.echo(said_line(said), err=True)

    stop = threading.Event()
    with stop_on_interrupt(stop, lambda: click.echo(f"\n{_STOPPING}", err=True)):
        return engine(config, options, listener=listen, stop=stop)


def _seconds(given: dict[str, Any]) -> dict[str, float]:
    named = {
        "max_pause_seconds": given["max_pause"],
        "max_lag_seconds": given["max_lag"],
        "patience_seconds": given["patience"],
    }
    return {name: value for name, value in named.items() if value is not None}


def _undo(config: Config, *, yes: bool, quiet: bool) -> int:
    from migrate.cutover import undo

    record = undo(
        config, tell=lambda text: click.echo(text, err=True), after_done=yes, anywhere=yes
    )
    if not quiet:
        mark = click.style("✔", fg="green")
        click.echo(f"{mark} cutover {record.id} is undone: PHP can write")
    return Exit.FINE


def _ask(question: str) -> None:
    """Without a terminal to ask on, --yes is needed."""
    if not sys.stdin.isatty():
        raise click.UsageError("cutover ends what PHP can write: pass --yes to confirm")
    click.confirm(question, abort=True, err=True)


def _confirm(question: str) -> bool:
    return click.confirm(question, err=True)


def _plain(outcome: Outcome) -> dict[str, Any]:
    return {
        "number": outcome.number,
        "state": outcome.state,
        "method": outcome.method,
        "write_pause_seconds": outcome.write_pause_seconds,
        "warnings": list(outcome.warnings),
        "seconds": dict(outcome.seconds),
        "report": dict(outcome.report),
    }
