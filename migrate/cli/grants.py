"""`delamp grants`: what to ask the database administrators for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from migrate.cli.invocation import Invocation, common_options
from migrate.config import Config
from migrate.errors import ConfigError
from migrate.grants import COMMANDS, Grant, Places, grants_for

__all__ = ["grants"]


@click.command(
    short_help="Print the least rights that a command needs, as SQL.",
    epilog="""\b
Examples:
  delamp grants run                              names from the project's settings
  delamp grants run --user loader --weakest      only what it cannot do without
  delamp grants verify --database shop --side source | mysql
""",
)
@click.argument("command", type=click.Choice(tuple(COMMANDS)), metavar="COMMAND")
@click.option("--user", metavar="NAME", help="Who gets the rights; default: delamp.")
@click.option("--host", metavar="HOST", default="%", show_default=True, help="MySQL user's host.")
@click.option("--database", metavar="NAME", help="Legacy database; default: the settings'.")
@click.option("--schema", metavar="NAME", default="public", show_default=True, help="Target's.")
@click.option("--owner", metavar="ROLE", help="Owner of the tables; default: the settings' USER.")
@click.option("--side", type=click.Choice(("source", "target")), help="Only this side.")
@click.option("--weakest", is_flag=True, help="Leave out what the command can do without.")
@common_options
@click.pass_obj
def grants(
    invocation: Invocation,
    command: str,
    user: str | None,
    host: str,
    database: str | None,
    schema: str,
    owner: str | None,
    side: str | None,
    weakest: bool,
) -> None:
    """Print the least rights that COMMAND needs on both sides, as SQL.

    COMMAND is any that connects to a database, such as run or verify. Connects nowhere itself;
    within a Django project its tables are named one by one. What has "without it" in its comment
    may be left out.
    """
    config = _config(invocation)
    entry = config.database if config else {}
    source = config.source_url if config else None
    places = Places(
        user=user or "delamp",
        host=host,
        source_database=database or (source.database if source else "legacy"),
        target_database=str(entry.get("NAME") or "django"),
        schema=schema,
        owner=owner or str(entry.get("USER") or "owner"),
        mapped=_mapped() if config else (),
        ledger=_ledger() if config else (),
        beside=_beside() if config else (),
    )
    found = grants_for(command, places)
    chosen = found.weakest if weakest else found
    blocks = []
    if side in (None, "source"):
        blocks.append(_block("source: MySQL or MariaDB", "mysql", command, chosen.source))
    if side in (None, "target"):
        blocks.append(_block("target: PostgreSQL", "psql", command, chosen.target))
    click.echo("\n\n".join(blocks))


def _config(invocation: Invocation) -> Config | None:
    """The project's settings; None outside of a project, where names are placeholders."""
    try:
        return invocation.config()
    except ConfigError as error:
        if invocation.settings is not None:
            raise
        click.echo(f"-- names are placeholders: {error.message}", err=True)
        return None


def _mapped() -> tuple[str, ...]:
    """Tables of the mapped models, of their many-to-many fields and of counted children."""
    from django.apps import apps

    from mappings.columns import ManyToMany
    from mappings.counters import Count, Latest, Max, Sum
    from mappings.registry import discover

    names: list[str] = []
    for mapping in discover():
        model = apps.get_model(mapping._mapping.options.model)
        names.append(model._meta.db_table)
        for name, declaration in mapping._mapping.declarations.items():
            if isinstance(declaration, ManyToMany):
                names.append(model._meta.get_field(name).m2m_db_table())
            elif isinstance(declaration, (Count, Sum, Max, Latest)) and "." in declaration.child:
                names.append(apps.get_model(declaration.child)._meta.db_table)
    return tuple(dict.fromkeys(names))


def _beside() -> tuple[str, ...]:
    """Tables that the mapped models refer to, and those of their many-to-many fields."""
    from django.apps import apps

    from mappings.registry import discover

    names: list[str] = []
    for mapping in discover():
        meta: Any = apps.get_model(mapping._mapping.options.model)._meta
        related = (field.related_model for field in meta.local_concrete_fields)
        names += [model._meta.db_table for model in related if model is not None]
        names += [field.m2m_db_table() for field in meta.local_many_to_many]
    return tuple(dict.fromkeys(names))


def _ledger() -> tuple[str, ...]:
    from django.apps import apps

    return tuple(model._meta.db_table for model in apps.get_app_config("delamp").get_models())


def _block(side: str, client: str, command: str, chosen: Sequence[Grant]) -> str:
    head = f"-- {side}, for `delamp {command}`"
    if not chosen:
        return f"{head}\n-- nothing: it does not connect there"
    lines = [f"{head} (run with {client} as an administrator)"]
    for grant in chosen:
        lines += ["", f"-- {grant.why}"]
        if grant.weaker:
            lines.append(f"-- without it: {grant.weaker}")
        lines.append(grant.sql)
    return "\n".join(lines)
