"""What `delamp check` finds in the target: tables that are not as their models, empty parents."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import connections
from django.db.backends.utils import CursorWrapper

from mappings.errors import Problem
from mappings.plan import Plan, ReferencePlan
from mappings.sqltext import pg_name
from migrate import models
from migrate.cli.ledger import reading
from migrate.config import Config
from migrate.errors import TargetError
from migrate.target_columns import COLUMNS, MIGRATE, held_columns, unlike_models

__all__ = ["target_problems"]

_ORPHANS = {
    "quarantine": "every row that refers to one would be rejected",
    "skip": "every row that refers to one would be left out",
    "null": "every reference would become NULL",
    "keep": "every reference would point to nothing",
}


def target_problems(plan: Plan, config: Config) -> list[Problem]:
    """Warnings about the target, which is only read; a target that cannot be read is one, too.

    The legacy side is worth a check before there is a PostgreSQL: so nothing here is a mistake.
    """
    try:
        with reading(config) as alias, connections[alias].cursor() as cursor:
            return [
                *_missing(plan, cursor),
                *_unlike(plan, config, cursor),
                *_unfilled(plan, cursor),
            ]
    except TargetError as error:
        where, _, message = error.message.partition(": ")
        return [_warning("delamp.W002", where, f"the target was not looked at: {message}")]


def _missing(plan: Plan, cursor: CursorWrapper) -> Iterator[Problem]:
    places = {table.target: table.name for table in plan.tables}
    places |= {models.Run._meta.db_table: "ledger"}
    missing = [table for table in places if not _exists(cursor, table)]
    if len(missing) == len(places):
        message = f"all {len(missing)} tables are missing: {', '.join(missing)}"
        yield _warning("delamp.W003", "target", message, MIGRATE)
        return
    for table in missing:
        message = f"target table {table} is missing"
        yield _warning("delamp.W003", places[table], message, MIGRATE)


def _unlike(plan: Plan, config: Config, cursor: CursorWrapper) -> Iterator[Problem]:
    cursor.execute(COLUMNS, [[pg_name(table.target) for table in plan.tables]])
    held = held_columns(cursor.fetchall())
    there = [table for table in plan.tables if pg_name(table.target) in held]
    for name, text in unlike_models(there, held, using=config.target):
        yield _warning("delamp.W007", name, text, MIGRATE)


def _unfilled(plan: Plan, cursor: CursorWrapper) -> Iterator[Problem]:
    filled = {table.target for table in plan.tables}
    for table in plan.tables:
        for reference in table.all_references:
            if reference.parent in filled:
                continue
            state = _emptiness(cursor, reference.parent)
            if state:
                where = f"{table.name}.{reference.name}"
                yield _warning("delamp.W004", where, _without_parents(reference, state))


def _without_parents(reference: ReferencePlan, state: str) -> str:
    labels = [m._meta.label for m in apps.get_models() if m._meta.db_table == reference.parent]
    parent = labels[0] if labels else reference.parent
    return f"no mapping fills {parent} (table {state}): {_ORPHANS[reference.orphans]}"


def _emptiness(cursor: CursorWrapper, table: str) -> str:
    if not _exists(cursor, table):
        return "missing"
    cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {pg_name(table)})")
    return "empty" if _first(cursor) else ""


def _exists(cursor: CursorWrapper, table: str) -> bool:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [pg_name(table)])
    return _first(cursor)


def _first(cursor: CursorWrapper) -> bool:
    row = cursor.fetchone()
    return bool(row and row[0])


def _warning(code: str, where: str, message: str, hint: str | None = None) -> Problem:
    return Problem(code=code, where=where, message=message, hint=hint, warning=True)
