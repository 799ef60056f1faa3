"""From compiled counters to what a migration holds: Django's ORM writes the SQL, once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connections, models
from django.db.models import Q

from mappings.counters import Count, Counter, Latest, Max, Sum
from mappings.plan import CounterPlan, TablePlan
from mappings.sqltext import pg_name, pg_text
from migrate.errors import ConfigError
from migrate.triggers.frozen import FrozenChild, FrozenCounter, FrozenParent, FrozenPass, Kind

__all__ = ["freeze"]

_ADDED_EXACTLY = ("smallint", "integer", "bigint", "numeric")


def freeze(table: TablePlan, using: str) -> FrozenParent:
    """What the triggers of the table's counters need, all names and SQL spelled out.

    Opens no connection. Raises `ConfigError` for a filter that reads other tables than the
    child's, or holds a value that has no literal: no trigger can follow it.
    """
    key = table.model._meta.pk
    return FrozenParent(
        table=table.target,
        key=table.primary_key[0],
        key_type=_type(key, using),
        children=tuple(
            FrozenChild(
                table=child._meta.db_table,
                key=tuple(str(f.column) for f in child._meta.pk_fields),
                passes=tuple(_passes(table, child, using)),
            )
            for child in sorted(
                {c.child for c in table.counters}, key=lambda child: child._meta.db_table
            )
        ),
    )


def _passes(table: TablePlan, child: type[models.Model], using: str) -> Sequence[FrozenPass]:
    ours = [c for c in table.counters if c.child is child]
    return [
        FrozenPass(by=by, counters=tuple(_counter(table, c, using) for c in ours if c.by == by))
        for by in sorted({c.by for c in ours})
    ]


def _counter(table: TablePlan, plan: CounterPlan, using: str) -> FrozenCounter:
    declared, child = plan.declaration, plan.child
    where = f"{table.name}.{plan.name}"
    value = None if isinstance(declared, Count) else _column(child, declared.field)
    return FrozenCounter(
        column=plan.column,
        kind=_kind(declared),
        empty=plan.empty,
        value=value,
        type=_type(_field(child, declared.field), using) if isinstance(declared, Max) else None,
        filter=_filter(where, child, declared.filter, using),
        order=_column(child, declared.order_by) if isinstance(declared, Latest) else None,
        exact=_exact(table, plan, using),
    )


def _kind(declared: Counter) -> Kind:
    match declared:
        case Count():
            return "count"
        case Sum():
            return "sum"
        case Max():
            return "max"
        case Latest():
            return "latest"


def _exact(table: TablePlan, plan: CounterPlan, using: str) -> bool:
    """Whether a sum may be kept by adding: whole in the parent's column, and never NULL."""
    declared = plan.declaration
    if isinstance(declared, (Count, Max)):
        return True
    if isinstance(declared, Latest) or plan.empty != "0":
        return False
    source, target = _field(plan.child, declared.field), _field(table.model, plan.name)
    bases = [_type(f, using).partition("(")[0] for f in (source, target)]
    places = [getattr(f, "decimal_places", None) or 0 for f in (source, target)]
    return all(base in _ADDED_EXACTLY for base in bases) and places[0] <= places[1]


def _field(model: type[models.Model], name: str) -> Any:
    return next(f for f in model._meta.local_concrete_fields if name in (f.name, f.attname))


def _type(field: Any, using: str) -> str:
    return str(field.rel_db_type(connections[using]) if field.primary_key else field.db_type(
        connections[using]
    ))  # fmt: skip


def _column(child: type[models.Model], name: str) -> str:
    return f"{pg_name(child._meta.db_table)}.{pg_name(str(_field(child, name).column))}"


def _filter(where: str, child: type[models.Model], given: Q | None, using: str) -> str | None:
    if given is None:
        return None
    query = child._base_manager.using(using).filter(given).query
    compiler = query.get_compiler(connection=connections[using])
    compiler.pre_sql_setup()
    read = [alias for alias, count in query.alias_refcount.items() if count]
    if read != [child._meta.db_table] or "SELECT" in str(query.where).upper():
        raise ConfigError(
            f"{where}: filter reads other tables than {child._meta.db_table!r}, got {given}",
            hint="filter by fields of the child alone: no trigger of its table sees the others",
        )
    sql, params = compiler.compile(query.where)
    if not sql:
        return None
    return str(sql) % tuple(_literal(p, where) for p in params)


def _literal(value: Any, where: str) -> str:
    """The value as SQL, for good. Raises `ConfigError` for what has no literal."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
        case float():
            return f"{pg_text(repr(value))}::double precision"
        case str():
            return pg_text(str(value))
        case dt.datetime() if value.tzinfo is not None:
            return f"{pg_text(value.isoformat())}::timestamptz"
        case dt.date() | dt.time():
            return pg_text(value.isoformat())
        case uuid.UUID():
            return f"{pg_text(str(value))}::uuid"
        case list() | tuple():
            return f"ARRAY[{', '.join(_literal(v, where) for v in value)}]"
        case _:
            raise ConfigError(
                f"{where}: filter has a value that a migration cannot hold, got"
                f" {type(value).__name__}",
                hint="filter by texts, numbers, booleans, dates or UUIDs",
            )
