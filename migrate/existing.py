"""Rows that the target held before the first run: which they are, and which source row is which.

`existing = "match"`: a source row with the natural key of an existing row becomes that row, under
the existing primary key. A source row whose primary key an unrelated existing row has taken gets
a key past the largest of both sides. Both are kept in the ledger's key map, once and for all:
references to these rows, later runs and verification follow it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model

from mappings.errors import Reject
from mappings.plan import ColumnPlan, Plan, TablePlan
from mappings.sqltext import pg_name, pg_text
from mappings.steps import static_map
from mappings.steps.base import Step
from migrate import models
from migrate.errors import RunError
from migrate.ledger import Ledger
from migrate.source import Source

__all__ = ["forget_existing", "forget_matches", "read_renumbering", "remember_existing"]

Key = int | str


def read_renumbering(ledger: Ledger, plan: Plan) -> dict[type[Model], Step]:
    """The key maps of the ledger as steps, per model; empty when no row was renumbered."""
    table = pg_name(models.KeyMap._meta.db_table)
    found: dict[type[Model], Step] = {}
    for each in plan.tables:
        if each.existing == "match":
            pairs = ledger.target.rows(
                f"SELECT source_key, target_key FROM {table} WHERE mapping = %s ORDER BY id",
                [each.name],
            )
            if pairs:
                integer = isinstance(_one_key(each).python(b"0"), int)
                read = int if integer else str
                mapped = {read(source): read(target) for source, target in pairs}
                moved = {source: target for source, target in mapped.items() if source != target}
                if moved:
                    found[each.model] = static_map(moved, other="keep")
    return found


def forget_matches(ledger: Ledger, tables: Sequence[TablePlan]) -> None:
    """Forget which source row is which, of tables of which no row is loaded."""
    ledger.target.execute(
        f"DELETE FROM {pg_name(models.KeyMap._meta.db_table)} WHERE mapping = ANY(%s)",
        [[table.name for table in tables]],
    )


def remember_existing(ledger: Ledger, source: Source, table: TablePlan) -> None:
    """Write down which rows are there before the first load, and match them. Commits at once."""
    key = pg_name(table.primary_key[0])
    target, existing = ledger.target, pg_name(models.ExistingKey._meta.db_table)
    with target.transaction():
        # Of an attempt that never came to load a row, or of one that was restarted since.
        target.execute(f"DELETE FROM {existing} WHERE mapping = %s", [table.name])
        target.execute(
            f"INSERT INTO {existing} (mapping, target_key)"
            # Without parameters: a percent sign in a name is one.
            f" SELECT {pg_text(table.name)}, {key}::text FROM {pg_name(table.target)}"
        )
        if table.existing == "match":
            for source_key, target_key in _match(ledger, source, table).items():
                ledger.insert(
                    models.KeyMap,
                    mapping=table.name,
                    source_key=str(source_key),
                    target_key=str(target_key),
                )


def forget_existing(ledger: Ledger, table: TablePlan) -> None:
    """Delete the rows that were not there before the first load. Part of a restart."""
    key = pg_name(table.primary_key[0])
    existing = pg_name(models.ExistingKey._meta.db_table)
    ledger.target.execute(
        f"DELETE FROM {pg_name(table.target)} t WHERE NOT EXISTS (SELECT FROM {existing} e"
        f" WHERE e.mapping = {pg_text(table.name)} AND e.target_key = t.{key}::text)"
    )


def _match(ledger: Ledger, source: Source, table: TablePlan) -> Mapping[Key, Key]:
    """Source key -> target key of every row that is matched, or that had to give way.

    An existing row is matched once: of several source rows with its natural key, the lowest has
    it. NULL in a natural key is like nothing.
    """
    pk = _one_key(table)
    natural = [_column(table, name) for name in table.natural_key]
    names = ", ".join(pg_name(name) for name in (pk.column, *table.natural_key))
    rows = ledger.target.rows(f"SELECT {names} FROM {pg_name(table.target)}")
    by_natural = {tuple(row[1:]): row[0] for row in rows}
    taken = {row[0] for row in rows}
    mapped: dict[Key, Key] = {}
    homeless: list[Key] = []
    largest: Key = max(taken, default=0)
    for key, values in sorted(_source_keys(source, table, pk, natural), key=lambda row: row[0]):
        if isinstance(key, int) and isinstance(largest, int):
            largest = max(largest, key)
        same = None if None in values else by_natural.pop(values, None)
        if same is not None:
            mapped[key] = same
        elif key in taken:
            homeless.append(key)
    for key in sorted(homeless, key=str):
        if not isinstance(largest, int):
            raise RunError(
                f"{table.name}: an unrelated existing row has the primary key {key!r}",
                hint="rename that row, or give both rows the same natural key",
            )
        largest += 1
        mapped[key] = largest
    return mapped


def _source_keys(
    source: Source, table: TablePlan, pk: ColumnPlan, natural: Sequence[ColumnPlan]
) -> list[tuple[Any, tuple[Any, ...]]]:
    columns = (pk, *natural)
    found = []
    where = f" WHERE {table.where}" if table.where else ""
    query = f"SELECT {', '.join(c.raw for c in columns)} FROM {table.source.relation}{where}"
    for row in source.stream(query):
        try:
            key, *values = (c.python(raw) for c, raw in zip(columns, row, strict=True))
        except Reject:
            # The load quarantines this row by name; it can match nothing.
            continue
        found.append((key, tuple(values)))
    return found


def _one_key(table: TablePlan) -> ColumnPlan:
    return _column(table, table.primary_key[0])


def _column(table: TablePlan, name: str) -> ColumnPlan:
    for column in table.columns:
        if column.column == name and column.sources:
            return column
    raise RunError(
        f'{table.name}: existing = "match" needs {name} to come from the source',
        hint=f"declare a Column for {name}",
    )
