"""Whether the target's tables have the columns of their models: schema migrations left unapplied.

Asked before anything is read: the table that lacks a column may be the last one of a long load.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from django.db import connections
from django.db.models import Model

from mappings.plan import TablePlan
from mappings.sqltext import pg_name
from migrate.errors import TargetError
from migrate.target import Target

__all__ = ["COLUMNS", "MIGRATE", "Held", "held_columns", "require_columns", "unlike_models"]

MIGRATE = "run `python manage.py migrate`"

COLUMNS = """
SELECT t.name, a.attname, format_type(a.atttypid, a.atttypmod),
  a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
FROM unnest(%s::text[]) AS t (name)
JOIN pg_attribute a ON a.attrelid = to_regclass(t.name) AND a.attnum > 0 AND NOT a.attisdropped
"""
"""Of these tables, which exist: each column, its type, and whether every row must bring a value."""

_SIZED = re.compile(r"character varying(\(\d+\))?|numeric(\(\d+,\d+\))?|smallint|integer|bigint")
"""Types that come in sizes: the one of an older schema migration refuses what the model allows."""

Held: TypeAlias = Mapping[str, Mapping[str, tuple[str, bool]]]
"""By table, as `pg_name` quotes it: its columns with their type and whether they must be given."""


def require_columns(target: Target, tables: Iterable[TablePlan], *, using: str) -> None:
    """Raise `TargetError` for the tables that are not as their models say, all at once."""
    chosen = list(tables)
    rows = target.rows(COLUMNS, [[pg_name(table.target) for table in chosen]])
    problems = [text for _, text in unlike_models(chosen, held_columns(rows), using=using)]
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise TargetError(f"target: {problems[0]}{more}", hint=f"{MIGRATE}; `delamp check` has all")


def held_columns(rows: Iterable[tuple[str, str, str, bool]]) -> Held:
    """The rows of `COLUMNS` by table."""
    held: dict[str, dict[str, tuple[str, bool]]] = {}
    for table, column, kind, needed in rows:
        held.setdefault(table, {})[column] = (kind, needed)
    return held


def unlike_models(
    tables: Iterable[TablePlan], held: Held, *, using: str
) -> Iterator[tuple[str, str]]:
    """Yield the name of a plan and what is wrong with its target table."""
    for table in tables:
        columns = held.get(pg_name(table.target))
        if columns is None:
            yield table.name, f"table {table.target} is missing"
            continue
        for text in _differences(table.model, columns, using):
            yield table.name, f"table {table.target}: {text}"


def _differences(
    model: type[Model], columns: Mapping[str, tuple[str, bool]], using: str
) -> Iterator[str]:
    expected = {f.column: f for f in model._meta.local_concrete_fields if f.column}
    for name, field in expected.items():
        if name not in columns:
            yield f"column {name} is missing"
            continue
        kind, wanted = columns[name][0], _as_postgres(field.db_type(connections[using]) or "")
        if kind != wanted and _SIZED.fullmatch(kind) and _SIZED.fullmatch(wanted):
            yield f"column {name}, got {kind} (expected {wanted}, as the model says)"
    for name, (_, needed) in columns.items():
        if needed and name not in expected:
            yield f"column {name} takes no NULL and is none of the model's: no row can be written"


def _as_postgres(kind: str) -> str:
    """Django's name of a type as PostgreSQL writes it."""
    return kind.replace("varchar", "character varying").replace(", ", ",")
