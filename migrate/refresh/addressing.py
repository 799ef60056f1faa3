"""How the target names the rows of a table, and which rows of the source these are.

Mostly by the source's key, held as it is. Where the target spells it otherwise, such as a UUID out
of a text, what is made of the key names a row all the same if it is unique there; which row of the
source that is, only making the values of all of them tells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from mappings.keys import KeyValue
from mappings.plan import ColumnPlan, TablePlan
from mappings.sqltext import pg_name, unescape_bytes
from migrate.extract.rowwise import RowLine
from migrate.source import Source
from migrate.target import Target

__all__ = ["address", "keys_of_spelled", "spelled_identity"]

_AT_ONCE = 5_000


def address(table: TablePlan) -> tuple[ColumnPlan, ...]:
    """The columns of the target that name a row whose key is known; none: no single row can be.

    The identity, or else what is made of nothing but the source's key, and unique in the target.
    """
    if table.refreshable:
        return table.identity
    keyed = len(table.key) == len(table.source.key) > 0
    if not keyed or table.existing != "refuse" or table.djangos:
        return ()
    key = set(table.source.key)
    made = {
        column.column: column
        for column in table.verified
        if column.sources and key.issuperset(column.sources) and not column.field.null
        if not column.elsewhere and column.whole is None
    }
    for names in _unique(table):
        if made.keys() >= set(names):
            return tuple(made[name] for name in names)
    return ()


def _unique(table: TablePlan) -> Iterator[Sequence[str]]:
    """The sets of columns whose values no two rows share, the primary key first."""
    meta = table.model._meta
    columns = {field.name: str(field.column) for field in meta.local_concrete_fields}
    yield table.primary_key
    for field in meta.local_concrete_fields:
        if field.unique:
            yield [columns[field.name]]
    together = [*meta.unique_together, *(c.fields for c in meta.total_unique_constraints)]
    for names in together:
        if all(name in columns for name in names):
            yield [columns[name] for name in names]


def spelled_identity(table: TablePlan, row: RowLine) -> tuple[str, ...] | None:
    """What the target would hold of a row's key, as text; None for what it cannot hold."""
    raws = dict(zip(table.columns, row.row[len(table.key) :], strict=False))
    return _spelled(table, [raws[column] for column in table.identity])


def _spelled(table: TablePlan, raws: Sequence[bytes | None]) -> tuple[str, ...] | None:
    texts = []
    for column, raw in zip(table.identity, raws, strict=True):
        try:
            copied = column.finish(raw)
        except Exception:
            # A step is the user's code. What it raises is told where the row itself is read.
            return None
        if copied == b"\\N":
            return None
        texts.append(unescape_bytes(copied).decode())
    return tuple(texts)


def keys_of_spelled(
    table: TablePlan, source: Source, target: Target, identities: Collection[tuple[str, ...]]
) -> dict[tuple[str, ...], KeyValue]:
    """By identity, the keys of the source's rows of which it is made. Makes those of every row."""
    selects = [column.select() for column in table.key]
    selects += [column.raw for column in table.identity]
    where = f" WHERE {table.where}" if table.where else ""
    rows = source.stream(f"SELECT {', '.join(selects)} FROM {table.source.relation}{where}")
    wanted, found = list(identities), dict[tuple[str, ...], KeyValue]()
    while batch := list(islice(rows, _AT_ONCE)):
        spelled = [(row, _spelled(table, row[len(table.key) :])) for row in batch]
        there = [(row, texts) for row, texts in spelled if texts is not None]
        for n, m in _same(table, target, [texts for _, texts in there], wanted):
            parts = zip(table.key, there[n][0], strict=False)
            found[wanted[m]] = tuple(column.value(part or b"") for column, part in parts)
    return found


def _same(
    table: TablePlan,
    target: Target,
    ours: Sequence[tuple[str, ...]],
    theirs: Sequence[tuple[str, ...]],
) -> list[tuple[int, int]]:
    """The places of those texts that PostgreSQL takes for the same."""
    if not ours:
        return []
    names = [pg_name(f"k{n}") for n in range(len(table.identity))]
    arrays = ", ".join(f"%s::{column.field.base}[]" for column in table.identity)
    columns = ", ".join((*names, "n"))
    return target.rows(
        f"SELECT a.n - 1, b.n - 1 FROM unnest({arrays}) WITH ORDINALITY a ({columns})"
        f" JOIN unnest({arrays}) WITH ORDINALITY b ({columns})"
        f" USING ({', '.join(names)})",
        [list(part) for rows in (ours, theirs) for part in zip(*rows, strict=True)],
    )
