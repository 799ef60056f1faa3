"""What has changed since the full verification, as the ledger noted it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from mappings.keys import KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import my_name, pg_name, pg_text
from migrate import models
from migrate.cutover.record import Record
from migrate.extract.identities import identity_literal
from migrate.refresh.reading import batches
from migrate.source import Source
from verify import NamedRow

__all__ = [
    "Kind",
    "changed_rows",
    "changed_tables",
    "counted_parents",
    "counted_tables",
    "forget",
    "last_note",
    "notes",
]

Kind = models.CutoverKey.Kind
_KEYS = pg_name(models.CutoverKey._meta.db_table)


def last_note(record: Record) -> int:
    """The number of the last note that is committed."""
    return int(record.ledger.target.value(f"SELECT coalesce(max(id), 0) FROM {_KEYS}"))


def notes(record: Record, kind: Kind, table: TablePlan) -> list[int]:
    """The notes of a table by their numbers. What changes from now on has others."""
    rows = record.ledger.target.rows(
        f"SELECT id FROM {_KEYS} WHERE cutover_id = %s AND kind = %s AND mapping = %s",
        [record.id, kind, table.name],
    )
    return [number for (number,) in rows]


def forget(record: Record, which: Sequence[int], but: Sequence[tuple[str, ...]] = ()) -> None:
    """Delete notes, but those of some rows. Commits.

    By number, each: a lower one than the last may have been committed after these were read.
    """
    kept = [json.dumps(list(texts)) for texts in but]
    record.ledger.target.execute(
        f"DELETE FROM {_KEYS} WHERE id = ANY (%s) AND key <> ALL (%s::jsonb[])",
        [list(which), kept],
    )


def changed_tables(record: Record) -> dict[str, int]:
    """How many rows of each table plan have changed, or are to be looked at again."""
    return dict(
        record.ledger.target.rows(
            f"SELECT mapping, count(DISTINCT key) FROM {_KEYS} WHERE cutover_id = %s AND kind = %s"
            " GROUP BY mapping",
            [record.id, Kind.ROW],
        )
    )


def counted_tables(record: Record) -> set[str]:
    """Table plans of whose parents a counter may have changed."""
    rows = record.ledger.target.rows(
        f"SELECT DISTINCT mapping FROM {_KEYS} WHERE cutover_id = %s AND kind = %s",
        [record.id, Kind.COUNTED],
    )
    return {mapping for (mapping,) in rows}


def changed_rows(record: Record, table: TablePlan, source: Source) -> Iterator[NamedRow]:
    """The rows of a table that changed, by the names that both sides have for them."""
    target = record.ledger.target
    casts = ", ".join(
        f"(key->>{n})::{column.field.base}" for n, column in enumerate(table.identity)
    )
    texts = ", ".join(f"key->>{n}" for n in range(len(table.identity)))
    rows = target.rows(
        f"SELECT DISTINCT {casts}, {texts} FROM {_KEYS} WHERE cutover_id = %s AND kind = %s"
        " AND mapping = %s",
        [record.id, Kind.ROW, table.name],
    )
    width = len(table.identity)
    for batch in batches(rows):
        identities = [tuple(map(_plain, row[:width])) for row in batch]
        keys = _source_keys(table, source, identities)
        yield from zip(keys, [tuple(row[width:]) for row in batch], strict=True)


def _source_keys(
    table: TablePlan, source: Source, identities: Sequence[tuple[object, ...]]
) -> list[KeyValue]:
    """The keys of the source, one for each identity; MySQL knows how it would store them."""
    if all(column.kind == "int" for column in table.key):
        return [tuple(int(str(part)) for part in identity) for identity in identities]
    selects = ", ".join(column.select() for column in table.key)
    rows = " UNION ALL ".join(
        f"SELECT {n} AS delamp_n, "
        + ", ".join(
            f"{identity_literal(table, column, value)} AS {my_name(key.name)}"
            for column, key, value in zip(table.identity, table.key, identity, strict=True)
        )
        for n, identity in enumerate(identities)
    )
    found = source.rows(f"SELECT {selects} FROM ({rows}) s ORDER BY s.delamp_n")
    return [tuple(k.value(v or b"") for k, v in zip(table.key, row, strict=True)) for row in found]


def counted_parents(record: Record, table: TablePlan) -> str:
    """A query of the keys of the parents whose counters may have changed; holds no parameter."""
    base = next(c.field.base for c in table.columns if c.column == table.primary_key[0])
    return (
        f"SELECT (key->>0)::{base} FROM {_KEYS} WHERE cutover_id = {record.id}"
        f" AND kind = {pg_text(Kind.COUNTED)} AND mapping = {pg_text(table.name)}"
    )


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value
