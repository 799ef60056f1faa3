"""From settings to a compiled plan: connect to the source, read its catalogue, compile."""

from __future__ import annotations

from collections.abc import Sequence

from mappings.catalogue import Catalogue
from mappings.compiler import compile_plan
from mappings.errors import DeclarationError, Problem, nearest
from mappings.plan import Plan, TablePlan
from mappings.registry import discover
from migrate.catalogue_reader import read_catalogue
from migrate.config import Config
from migrate.content_types import read_content_types
from migrate.errors import ConfigError
from migrate.existing import read_renumbering
from migrate.ledger import Ledger
from migrate.owning import with_owners
from migrate.queries import with_queries
from migrate.source import Source, SourceRefused

__all__ = ["choose_named", "choose_tables", "compile_for", "compile_from"]


def compile_from(config: Config) -> tuple[Plan, Catalogue]:
    """Compile every mapping of the project against the configured source.

    Raises `DeclarationError` with all problems, `SourceError` when the source cannot be read.
    """
    source = Source(config.source, block_bytes=config.chunk_bytes)
    try:
        return compile_for(config, source)
    finally:
        source.close()


def compile_for(
    config: Config, source: Source, ledger: Ledger | None = None
) -> tuple[Plan, Catalogue]:
    """The same over an open connection; with a ledger, under the key maps that it holds."""
    mappings = discover()
    if not mappings:
        raise ConfigError(
            "no mapping found, got none in any installed app (expected a mappings.py)",
            hint="write a ModelMapping in mappings.py of an app that is in INSTALLED_APPS",
        )
    catalogue = with_queries(read_catalogue(source), mappings, source)
    types = read_content_types(ledger.target, mappings) if ledger else None
    plan = compile_plan(mappings, catalogue, using=config.target, content_types=types)
    _require_sql(plan, source)
    renumbering = read_renumbering(ledger, plan) if ledger else {}
    if renumbering:
        plan = compile_plan(
            mappings,
            catalogue,
            using=config.target,
            renumbering=renumbering,
            content_types=types,
        )
    return (with_owners(plan, ledger) if ledger else plan), catalogue


def _require_sql(plan: Plan, source: Source) -> None:
    """Let the source parse what mappings say in SQL, before anything is done for its sake."""
    problems = []
    for table in plan.tables:
        where = f"{table.name}.Meta"
        if table.where is not None:
            sql = f"SELECT 1 FROM {table.source.relation} WHERE ({table.where}) LIMIT 0"
            if said := _refused(source, sql):
                problems.append(
                    Problem(
                        code="mappings.E027",
                        where=where,
                        message=f"where is refused by the source, got {table.where!r} ({said})",
                        hint='write an SQL predicate over the source row `s`, such as "s.hidden ='
                        ' 0"',
                    )
                )
        for question in table.questions:
            # As a derived table none of its rows is made.
            if said := _refused(source, f"SELECT * FROM ({question.sql('TRUE')}) q LIMIT 0"):
                problems.append(
                    Problem(
                        code="mappings.E072",
                        where=where,
                        message=f"question {question.name!r} is refused by the source ({said})",
                        hint="write one SELECT whose columns all have a name of their own",
                    )
                )
    if problems:
        raise DeclarationError(problems)


def _refused(source: Source, sql: str) -> str:
    """Why the source refuses a statement, or nothing."""
    try:
        source.rows(sql)
    except SourceRefused as refused:
        return refused.message.rpartition(": ")[2]
    return ""


def choose_tables(plan: Plan, names: Sequence[str]) -> tuple[TablePlan, ...]:
    """The tables of the plan that the names mean, in its order; all without a name.

    A name is a mapping, model label, source table or target table; a mapping's many-to-many
    tables come with it. Tables that Django writes by now are left out. Raises `ConfigError` for a
    name that means none, or one of these.
    """
    if not names:
        return tuple(table for table in plan.tables if not table.djangos)
    chosen = choose_named(plan, names)
    if theirs := [table.name for table in chosen if table.djangos]:
        raise ConfigError(
            f"{theirs[0]}: the table is Django's by now (expected one that PHP writes)",
            hint=f"`delamp own {theirs[0]} --give-back`, or correct `owner` in class Meta",
        )
    return chosen


def choose_named(plan: Plan, names: Sequence[str]) -> tuple[TablePlan, ...]:
    """The tables of the plan that the names mean, also those that Django writes by now."""
    chosen = set()
    for name in names:
        found = [
            table.name
            for table in plan.tables
            if name in (table.name, table.label, table.source.name, table.target)
            or table.name.startswith(f"{name}.")
        ]
        if not found:
            known = [n for t in plan.tables for n in (t.name, t.label, t.source.name)]
            raise ConfigError(
                f"no mapped table is called {name!r}",
                hint=nearest(name, known) or f"use one of {', '.join(t.name for t in plan.tables)}",
            )
        chosen.update(found)
    return tuple(table for table in plan.tables if table.name in chosen)
