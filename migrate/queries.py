"""The queries that mappings read from: described, and checked for what only rows can tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mappings.base import ModelMapping
from mappings.catalogue import Catalogue, SourceTable
from mappings.compiler.listed import queries
from mappings.errors import DeclarationError, Problem
from mappings.plan import TablePlan
from mappings.sqltext import source_column
from migrate.query_reader import describe_query
from migrate.source import Source, SourceRefused

__all__ = ["require_unique_keys", "with_queries"]


def with_queries(
    catalogue: Catalogue, mappings: Iterable[type[ModelMapping]], source: Source
) -> Catalogue:
    """The catalogue with the mappings' queries beside its tables. Raises `DeclarationError`."""
    tables: dict[str, SourceTable] = {}
    problems = []
    known = {name.lower() for name in catalogue.tables}
    for where, name, query in (found for mapping in mappings for found in queries(mapping)):
        if name.lower() in known or (name in tables and tables[name].query != query):
            message = f"source: the name of a query is taken, got {name!r}"
            hint = "call the query something else: `source` is only its name"
            problems.append(Problem(code="mappings.E029", where=where, message=message, hint=hint))
            continue
        try:
            tables[name] = describe_query(source, name, query)
        except SourceRefused as refused:
            message = f"query is refused by the source ({refused.message.rpartition(': ')[2]})"
            hint = "write one SELECT whose columns all have a name of their own"
            problems.append(Problem(code="mappings.E028", where=where, message=message, hint=hint))
    if problems:
        raise DeclarationError(problems)
    return replace(catalogue, tables={**catalogue.tables, **tables})


def require_unique_keys(tables: Sequence[TablePlan], source: Source) -> None:
    """Ask the rows of views and queries whether their declared key is unique.

    No catalogue says so, and what names two rows would lose one of them somewhere. Raises
    `DeclarationError`.
    """
    problems = []
    for table in tables:
        key = table.source.key
        if table.source.engine is not None or not key:
            continue
        names = ", ".join(source_column(name) for name in key)
        nulls = " OR ".join(f"{source_column(name)} IS NULL" for name in key)
        again = int(
            source.value(
                f"SELECT COUNT(*) FROM (SELECT 1 FROM {table.source.own} WHERE NOT ({nulls})"
                f" GROUP BY {names} HAVING COUNT(*) > 1) q"
            )
            or 0
        )
        nameless = int(source.value(f"SELECT COUNT(*) FROM {table.source.own} WHERE {nulls}") or 0)
        if again or nameless:
            problems.append(
                Problem(
                    code="mappings.E016",
                    where=f"{table.name}.Meta",
                    message=f"key is not unique in {table.source.name!r}, got {', '.join(key)}:"
                    f" {again} of its values come again, {nameless} rows have none",
                    hint="name columns that are unique among its rows, or leave `key` out",
                )
            )
    if problems:
        raise DeclarationError(problems)
