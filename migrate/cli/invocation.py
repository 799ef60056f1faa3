"""What every command shares: the options of all commands, and how to reach settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from migrate.cli.project import set_up_django
from migrate.config import Config, load_config

__all__ = ["Invocation", "common_options", "complete_table", "tables_argument"]

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass
class Invocation:
    """One call of `delamp`: what its common options said. `ctx.obj` of every command."""

    settings: str | None = None
    source: str | None = None
    quiet: bool = False
    verbose: bool = False

    def set_up(self) -> None:
        """Set Django up. Raises ConfigError when there is no project."""
        set_up_django(self.settings)

    def config(self, **flags: Any) -> Config:
        """Set Django up and return the settings, with the flags over them."""
        self.set_up()
        return load_config(source=self.source, **flags)


def common_options(function: Function) -> Function:
    """Add --settings, --source, -q and -v, which may stand before or after the command."""
    for option in reversed((
        click.option(
            "--settings",
            metavar="MODULE",
            help="Django settings module; default: DJANGO_SETTINGS_MODULE, or manage.py's.",
            **_KEPT,
        ),
        click.option(
            "--source",
            metavar="URL",
            help="Legacy database, mysql://user:password@host/database. A command line can be"
            " seen by other users: for passwords prefer LEGACY_URL or the settings.",
            **_KEPT,
        ),
        click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong.", **_KEPT),
        click.option("-v", "--verbose", is_flag=True, help="Say more, tracebacks too.", **_KEPT),
    )):  # fmt: skip
        function = option(function)
    return function


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Note an option in the invocation; one that was not given leaves what the group noted."""
    invocation = ctx.ensure_object(Invocation)
    if value and param.name:
        setattr(invocation, param.name, value)


_KEPT: dict[str, Any] = {"callback": _keep, "expose_value": False}


def complete_table(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Names of mappings that begin so, for the shell."""
    from mappings.registry import discover

    ctx.ensure_object(Invocation).set_up()
    return [m.__name__ for m in discover() if m.__name__.startswith(incomplete)]


tables_argument = click.argument(
    "tables", nargs=-1, metavar="[TABLE]...", shell_complete=complete_table
)
"""Tables by mapping, model, source table or target table."""
