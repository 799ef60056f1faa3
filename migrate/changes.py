"""Which rows of a table differ between the source and the target, found by checksums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mappings.keys import KeyValue
from mappings.plan import TablePlan
from migrate.config import Config
from migrate.refresh import Wanted
from migrate.refresh.reading import batches
from migrate.source import Source
from migrate.target import Target
from verify import Departures, differing_keys

__all__ = ["changed_rows"]

_Difference = tuple[KeyValue | None, tuple[Any, ...] | None]


def changed_rows(
    config: Config, source: Source, table: TablePlan, departures: Departures | None = None
) -> Iterator[Wanted]:
    """Yield the rows that differ, some hundred at a time, while the rest is still looked for.

    Rows that `departures` explains are no difference; by default nothing is explained, since a row
    that was refused may be valid by now. The target is read over a connection of its
    own, so the caller may write what was yielded.
    """
    reader = Target(config.database, name="delamp verify")
    try:
        for rows in batches(differing_keys(table, source, reader, departures or Departures())):
            yield _wanted(table, reader, rows)
    finally:
        reader.close()


def _wanted(table: TablePlan, reader: Target, rows: Sequence[_Difference]) -> Wanted:
    """Rows by their source key; those that the source has no more by what the target holds."""
    casts = ", ".join(f"%s::{column.field.base}" for column in table.identity)
    extra = [identity for key, identity in rows if key is None and identity is not None]
    return Wanted(
        keys={key for key, _ in rows if key is not None},
        identities={reader.rows(f"SELECT {casts}", identity)[0] for identity in extra},
    )
