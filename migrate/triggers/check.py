"""Stored counters against what the children say, without the legacy database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mappings.plan import CounterPlan, TablePlan
from mappings.recount import recount
from mappings.sqltext import pg_name
from migrate.target import Target

__all__ = ["CounterState", "check_counters"]

_EXAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class CounterState:
    """One counter: how many parents have it, how many of them wrong, and the first of those."""

    table: str
    """The model: `catalog.Icon`."""
    name: str
    parents: int
    wrong: int
    examples: tuple[tuple[str, str | None, str | None], ...]
    """Key, stored and true value, as texts."""


def check_counters(target: Target, tables: Sequence[TablePlan], using: str) -> list[CounterState]:
    """Recount every counter of the tables. Writes nothing, locks nothing.

    Each table is one statement, so one moment: writers whose counters are kept by triggers are
    seen wholly or not at all.
    """
    return [state for table in tables for state in _table(target, table, using)]


def _table(target: Target, table: TablePlan, using: str) -> list[CounterState]:
    fresh = recount(table, using)
    by_column = {counter.column: counter for counter in table.counters}
    counters = [by_column[column] for column in fresh.columns]
    key = pg_name(table.primary_key[0])
    own = f" AND {table.kind}" if table.kind else ""
    selects = ["count(*)"]
    for counter in counters:
        column = pg_name(counter.column)
        wrong = f"FILTER (WHERE {_differs(table, counter)})"
        example = f"ARRAY[t.{key}::text, t.{column}::text, q.{column}::text]"
        selects.append(f"count(*) {wrong}")
        # Cut inside of PostgreSQL: there may be millions.
        selects.append(f"(array_agg({example} ORDER BY t.{key}) {wrong})[:{_EXAMPLES}]")
    row = target.rows(
        f"SELECT {', '.join(selects)} FROM {pg_name(table.target)} t"
        f" JOIN ({fresh.sql}) q ON t.{key} = q.id{own}",
        fresh.params,
    )[0]
    return [
        CounterState(
            table=table.label,
            name=counter.name,
            parents=int(row[0]),
            wrong=int(row[1 + 2 * n]),
            examples=tuple(_example(e) for e in row[2 + 2 * n] or ()),
        )
        for n, counter in enumerate(counters)
    ]


def _example(given: Sequence[Any]) -> tuple[str, str | None, str | None]:
    key, stored, true = given
    return str(key), stored, true


def _differs(table: TablePlan, counter: CounterPlan) -> str:
    stored, true = f"t.{pg_name(counter.column)}", f"q.{pg_name(counter.column)}"
    if table.model._meta.get_field(counter.name).get_internal_type() == "FloatField":
        # The sum of doubles depends on the order of the children.
        near = f"abs({stored} - {true}) <= 1e-9 * greatest(abs({stored}), abs({true}))"
        return f"({stored} IS DISTINCT FROM {true} AND NOT coalesce({near}, false))"
    return f"{stored} IS DISTINCT FROM {true}"
