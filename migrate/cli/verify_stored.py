"""`delamp verify --stored`: does the target still hold what the source had when it was loaded?"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import click

from migrate.cli.exits import Exit
from migrate.cli.invocation import Invocation
from migrate.cli.verifying import Asked

__all__ = ["verify_stored"]


def verify_stored(invocation: Invocation, asked: Asked) -> Exit:
    """Ask the target alone and print what there is to say. Raises `DelampError`."""
    asked.require_sense()
    json_file = asked.json_file
    if replace(asked, tables=(), json_file=None, show_values=None) != Asked():
        raise click.UsageError("--stored asks the target alone: only with tables and --json")
    config = invocation.config()
    # It brings Django's models with it: only after settings.
    from migrate.stored import run_stored

    report = run_stored(config, asked.tables)
    if json_file is not None:
        with click.open_file(str(json_file), "w", encoding="utf-8") as file:
            file.write(json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n")
    if not invocation.quiet and json_file != Path("-"):
        click.echo(report.render())
    return Exit.FINE if report.ok else Exit.FINDINGS
