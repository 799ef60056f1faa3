"""The true values of counters, as one query per parent table: to fill them, and to prove them.

One grouped pass per child table and foreign key: counters over the same children share it, each
with its own aggregate FILTER. Django's ORM compiles filters, so a `Q` means what it means there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import Count as CountOf
from django.db.models import F, OrderBy, QuerySet, Value
from django.db.models import Max as MaxOf
from django.db.models import Sum as SumOf
from django.db.models.expressions import RawSQL

from mappings.counters import Count, Latest, Sum
from mappings.plan import CounterPlan, TablePlan
from mappings.sqltext import pg_name

__all__ = ["Recount", "recount"]


@dataclass(frozen=True, kw_only=True)
class Recount:
    """`sql` (with `params`) gives the parent's key column `id` and one column per counter.

    Every parent is there, those without children with the counter's empty value.
    """

    sql: str
    params: tuple[Any, ...]
    columns: tuple[str, ...]


def recount(table: TablePlan, using: str, *, only: str | None = None) -> Recount:
    """The recount of all counters of a table. Opens no connection.

    `only` is a query of the keys of the parents to count for, by default all of them.
    """
    passes: dict[tuple[Any, ...], list[CounterPlan]] = defaultdict(list)
    for counter in table.counters:
        # The newest child is found by sorting: it cannot share a pass with the aggregates.
        alone = (counter.name,) if isinstance(counter.declaration, Latest) else ()
        passes[counter.child, counter.by, *alone].append(counter)
    selects: list[tuple[CounterPlan, str]] = []
    joins: list[str] = []
    params: list[Any] = []
    for n, counters in enumerate(passes.values()):
        sql, given = _pass(counters, using, only)
        names = ", ".join(["id", *(f"v{i}" for i in range(len(counters)))])
        joins.append(f"LEFT JOIN ({sql}) AS q{n} ({names}) ON q{n}.id = p.{_key(table)}")
        params += given
        for i, counter in enumerate(counters):
            selects.append((counter, f"coalesce(q{n}.v{i}, {counter.empty})"))
    values = ", ".join(f"{sql} AS {pg_name(counter.column)}" for counter, sql in selects)
    return Recount(
        sql=f"SELECT p.{_key(table)} AS id, {values} FROM {pg_name(table.target)} p "
        + " ".join(joins)
        + (f" WHERE p.{_key(table)} IN ({only})" if only else ""),
        params=tuple(params),
        columns=tuple(counter.column for counter, _ in selects),
    )


def _key(table: TablePlan) -> str:
    return pg_name(table.primary_key[0])


def _pass(
    counters: Sequence[CounterPlan], using: str, only: str | None
) -> tuple[str, tuple[Any, ...]]:
    first = counters[0]
    by = next(f.attname for f in first.child._meta.local_concrete_fields if f.column == first.by)
    children: QuerySet[Any] = first.child._base_manager.using(using).exclude(**{by: None})
    if only:
        # The planner does not carry the parents' keys into a grouped subquery by itself.
        children = children.filter(**{f"{by}__in": RawSQL(only, ())})
    declaration = first.declaration
    if isinstance(declaration, Latest):
        if declaration.filter is not None:
            children = children.filter(declaration.filter)
        last = OrderBy(F(declaration.order_by), descending=True, nulls_last=True)
        query = children.order_by(by, last, "-pk").distinct(by).values_list(by, declaration.field)
    else:
        aggregates = {f"v{n}": _aggregate(counter) for n, counter in enumerate(counters)}
        query = children.order_by().values(by).annotate(**aggregates)
        query = query.values_list(by, *aggregates)
    sql, params = query.query.get_compiler(connection=connections[using]).as_sql()
    return sql, tuple(params)


def _aggregate(counter: CounterPlan) -> Any:
    declaration = counter.declaration
    if isinstance(declaration, Count):
        # Not "*", to which Django gives no filter; a constant is never NULL either.
        return CountOf(Value(1), filter=declaration.filter)
    function = SumOf if isinstance(declaration, Sum) else MaxOf
    return function(declaration.field, filter=declaration.filter)
