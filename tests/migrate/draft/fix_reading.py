"""A legacy database written by hand on either server, and its facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from migrate.draft.facts import ColumnEvidence, Facts
from migrate.draft.reading import read_facts
from migrate.source import Source
from migrate.urls import parse_source_url
from tests.fix_servers import connect_mysql


def make(url: str, *statements: str) -> None:
    """Run statements on the legacy database, in the session of an old application."""
    with connect_mysql(url) as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = 'ALLOW_INVALID_DATES'")
        for statement in statements:
            cursor.execute(statement)


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    with connect_mysql(url) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def facts_of(url: str, **options: Any) -> Facts:
    """The facts, read over two connections."""
    first, second = Source(parse_source_url(url)), Source(parse_source_url(url))
    try:
        return read_facts(first, second, **options)
    finally:
        first.close()
        second.close()


def seen(facts: Facts, table: str, column: str) -> ColumnEvidence:
    found = facts.table(table)
    assert found is not None
    assert found.broken is None and not found.unread, (found.broken, found.unread)
    return found.evidence[column]


def insert(table: str, values: Sequence[str]) -> str:
    """One INSERT of rows given as SQL."""
    return f"INSERT INTO {table} VALUES {', '.join(f'({value})' for value in values)}"
