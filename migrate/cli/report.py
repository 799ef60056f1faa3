"""`delamp report`: the sign-off of a run, and whether the databases still say the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from migrate.cli.exits import Exit
from migrate.cli.invocation import Invocation, common_options
from migrate.config import Config

__all__ = ["report"]

_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command(
    short_help="Write the sign-off of a run, or check one.",
    epilog="""\b
Examples:
  delamp report -o signoff.json          and signoff.json.sha256, for sha256sum
  delamp report 3 -o run3.json           of run 3 alone
  delamp report -o signoff.json --html signoff.html
  delamp report --check signoff.json     does all of it still hold?
""",
)
@click.argument("run", type=click.IntRange(1), required=False)
@click.option("-o", "--output", "output", type=_FILE, metavar="FILE", help="Where to; with a hash.")
@click.option("--html", "html_file", type=_FILE, metavar="FILE", help="A page to show, too.")
@click.option("--show-values", is_flag=True, default=None, help="With values of refused rows.")
@click.option(
    "--check",
    "checked",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    metavar="FILE",
    help="Compare a sign-off with its hash and with the databases.",
)
@common_options
@click.pass_obj
def report(
    invocation: Invocation,
    run: int | None,
    output: Path | None,
    html_file: Path | None,
    show_values: bool | None,
    checked: Path | None,
) -> int:
    """Write one file that says what was loaded, by what, and what verification found.

    Of every table's latest load, or of one RUN. Reads the target only, and writes to no database:
    the same databases give the same bytes. With --check, exits with 6 when anything differs.
    """
    if checked is not None:
        if run or output or html_file or show_values:
            raise click.UsageError("--check takes what to check from its file, and nothing else")
        return _check(invocation, checked)
    for file in (output, html_file):
        if file is not None and not file.parent.is_dir():
            # Said before the work, not after it.
            raise click.UsageError(f"no such folder, got {str(file.parent)!r}")
    config = invocation.config(show_values=show_values)
    _write(invocation, config, run, output, html_file)
    return Exit.FINE


def _write(
    invocation: Invocation,
    config: Config,
    run: int | None,
    output: Path | None,
    html_file: Path | None,
) -> None:
    # They bring Django's models with them: only after settings.
    from migrate.ledger import Ledger
    from migrate.signoff import signoff, signoff_page, write_with_hash
    from migrate.signoff.files import as_text
    from migrate.target import Target

    target = Target(config.database, name="delamp report")
    try:
        ledger = Ledger(target)
        ledger.require_tables()
        document = signoff(ledger, run=run, show_values=config.show_values)
    finally:
        target.close()
    text = as_text(document)
    if output is not None:
        write_with_hash(output, text)
    if html_file is not None:
        digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
        write_with_hash(html_file, signoff_page(document, digest))
    if output is None and html_file is None:
        click.echo(text, nl=False)
    elif not invocation.quiet:
        for file in filter(None, (output, html_file)):
            click.echo(f"{file} and {file.name}.sha256 written")
        if unverified := document["verification"]["unverified"]:
            click.secho(
                f"warning: not verified since the load: {', '.join(unverified)};"
                " run `delamp verify`",
                err=True,
                fg="yellow",
            )


def _check(invocation: Invocation, file: Path) -> int:
    config = invocation.config()
    from migrate.signoff import check_signoff

    differences, rows = check_signoff(config, file)
    for difference in differences:
        click.echo(difference.render())
    if not invocation.quiet:
        verdict = f"{len(differences):,} differences" if differences else "all of it still holds"
        click.echo(f"{file.name}: {verdict}; {rows:,} rows proven anew")
    return Exit.FINDINGS if differences else Exit.FINE
