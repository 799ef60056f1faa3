"""Rows that the source has no more: the target's keys, range by range, less the source's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mappings.plan import TablePlan
from mappings.sqltext import pg_name, source_column
from migrate.extract.identities import identity_literal
from migrate.refresh import Wanted
from migrate.refresh.keys import wanted_of_keys
from migrate.refresh.place import Identity
from migrate.refresh.reading import batches
from migrate.source import Source
from migrate.target import Target

__all__ = ["gone_rows"]

_PAGE = 5_000


def gone_rows(table: TablePlan, source: Source, reader: Target) -> Iterator[Wanted]:
    """Yield rows of the target without a row in the source, or with one that `where` leaves out.

    Reads every key of both sides once, by ranges of the target's primary key.
    """
    ids = ", ".join(f"t.{pg_name(column.column)}" for column in table.identity)
    order = ", ".join(pg_name(name) for name in table.primary_key)
    cursor = pg_name("delamp_gone")
    with reader.transaction():
        own = f" WHERE {table.owns}" if table.owns else ""
        reader.execute(
            f"DECLARE {cursor} NO SCROLL CURSOR FOR SELECT {ids} FROM {pg_name(table.target)} t"
            f"{own} ORDER BY {order}"
        )
        while held := reader.rows(f"FETCH {_PAGE} FROM {cursor}"):
            missing = set(held) - _there(table, source, held)
            if missing:
                yield Wanted(identities=missing)


def _there(table: TablePlan, source: Source, held: Sequence[Identity]) -> set[Identity]:
    """Those that the source has."""
    also = f" AND ({table.where})" if table.where else ""
    selects = ", ".join(column.select() for column in table.key)
    keys = set()
    for predicate in _predicates(table, held):
        for row in source.rows(
            f"SELECT {selects} FROM {table.source.relation} WHERE ({predicate}){also}"
        ):
            keys.add(tuple(k.value(part or b"") for k, part in zip(table.key, row, strict=True)))
    return wanted_of_keys(table, source, keys).identities


def _predicates(table: TablePlan, held: Sequence[Identity]) -> Iterator[str]:
    columns = table.identity
    if len(columns) == 1 and all(isinstance(values[0], int) for values in held):
        name = columns[0].sources[0]
        numbers = [values[0] for values in held]
        yield f"{source_column(name)} BETWEEN {min(numbers)} AND {max(numbers)}"
        return
    for batch in batches(held):
        yield " OR ".join(
            "("
            + " AND ".join(
                f"{source_column(column.sources[0])} = {identity_literal(table, column, value)}"
                for column, value in zip(columns, values, strict=True)
            )
            + ")"
            for values in batch
        )
