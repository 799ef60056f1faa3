"""Which rows of a table differ between the source and the target, found by checksums."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from typing import Any

import verify
from mappings.keys import KeyValue
from mappings.plan import TablePlan
from mappings.sqltext import pg_name, pg_text
from migrate.config import Config
from migrate.departures import departures as told_by_ledger
from migrate.ledger import Ledger
from migrate.refresh import Unmatched, Wanted, address
from migrate.refresh.parents import without_parent
from migrate.refresh.reading import batches
from migrate.source import Source
from migrate.target import Target
from verify import Departures, differing_keys
from verify.differing import differing_keys_ahead
from verify.nameless import differs, unmatched_keys
from verify.ports import Pair

__all__ = ["changed_rows", "changed_rows_ahead", "is_in_step", "unmatched_rows"]

_ROWS_FOR_ONE = 50_000
"""So many rows are worth another pair of connections."""

_Difference = tuple[KeyValue | None, tuple[Any, ...] | None]


def changed_rows(
    config: Config, source: Source, table: TablePlan, departures: Departures | None = None
) -> Generator[Wanted, None, None]:
    """Yield the rows that differ, some hundred at a time, while the rest is still looked for.

    Rows that `departures` explains are no difference; by default nothing is explained, since a row
    that was refused may be valid by now. The target is read over a connection of its
    own, so the caller may write what was yielded. The table's rows can be named (`address`).
    """
    with closing(_reader(config)) as reader:
        if not table.refreshable:
            yield from _spelled_rows(source, reader, table, departures)
            return
        for rows in batches(differing_keys(table, source, reader, departures or Departures())):
            yield _wanted(table, reader, rows)


def changed_rows_ahead(
    config: Config, sources: Sequence[Source], table: TablePlan, stop: threading.Event
) -> Generator[Wanted, None, None]:
    """The same by threads, over connections to the source that are nobody else's meanwhile.

    They look for what comes next while the caller writes. Close the iterator to end it early, or
    set `stop`: then it ends before all was looked at.
    """
    if not table.refreshable:
        yield from changed_rows(config, sources[0], table)
        return
    sources = sources[: 1 + table.source.rows_estimate // _ROWS_FOR_ONE]
    with ExitStack() as opened:
        reader, *targets = (
            opened.enter_context(closing(_reader(config))) for _ in range(len(sources) + 1)
        )
        pairs = [Pair(source, target) for source, target in zip(sources, targets, strict=True)]
        found = differing_keys_ahead(table, pairs, Departures(), stopped=stop.is_set)
        for rows in batches(opened.enter_context(closing(found))):
            yield _wanted(table, reader, rows)


def is_in_step(config: Config, source: Source, table: TablePlan) -> bool:
    """Whether a table whose rows nothing names holds what it ought to, but for what is known."""
    with closing(_reader(config)) as reader:
        return not differs(table, source, reader, told_by_ledger(Ledger(reader), table))


def unmatched_rows(config: Config, source: Source, table: TablePlan) -> Unmatched:
    """Compare a table whose rows no key names, by their content. The source in one view, please.

    References that are NULL for want of their parent, as many as the ledger tells, are as they
    ought to be; every other row is decided anew.
    """
    with closing(_reader(config)) as reader:
        told = told_by_ledger(Ledger(reader), table)
        by_name = {reference.name: reference for reference in table.references}

        def lost(name: str, raws: Sequence[bytes | None]) -> set[bytes | None]:
            return {raws[n] for n in without_parent(reader, table, by_name[name], raws)}

        noted = told.nulled_count + len(told.nulled)
        found = verify.unmatched_rows(table, source, reader, lost, expected=noted)
    refused = len(told.absent) + told.nameless_absent
    missing, more = len(found.missing), found.more_missing + found.more_extra
    if more and not found.lost_anew and not found.extra and missing + more == refused:
        # Too many to be decided anew; by their number, as verification takes them.
        return Unmatched(missing=(), extra=())
    return Unmatched(
        missing=found.missing,
        extra=found.extra,
        whole=not more,
        quarantined=refused > 0,
        lost_anew=found.lost_anew,
    )


def _spelled_rows(
    source: Source, reader: Target, table: TablePlan, departures: Departures | None
) -> Generator[Wanted, None, None]:
    """Rows of a table whose key the target spells otherwise, and those of its quarantine."""
    before = None
    while True:
        told = departures or told_by_ledger(Ledger(reader), table)
        found = unmatched_keys(table, source, reader, told)
        # What a run has told of without a key is explained to nobody, so it is among these.
        wanted = Wanted(set(found.missing), _identities(table, reader, found.extra), keyless=True)
        if len(wanted):
            yield wanted
        if found.whole or wanted == before:
            break
        before = wanted
    if departures is None:
        for keys in batches(told.absent.union(told.nulled_columns)):
            yield Wanted(set(keys))


def _identities(
    table: TablePlan, reader: Target, keys: Sequence[tuple[str, ...]]
) -> set[tuple[str, ...]]:
    """What names the rows of the target with these primary keys, as texts."""
    names = ", ".join(f"{pg_name(column.column)}::text" for column in address(table))
    primary = ", ".join(map(pg_name, table.primary_key))
    found: set[tuple[str, ...]] = set()
    for batch in batches(keys):
        values = ", ".join(f"({', '.join(map(pg_text, key))})" for key in batch)
        found.update(
            reader.rows(
                f"SELECT {names} FROM {pg_name(table.target)} WHERE ({primary}) IN ({values})"
            )
        )
    return found


def _reader(config: Config) -> Target:
    return Target(config.database, name="delamp verify")


def _wanted(table: TablePlan, reader: Target, rows: Sequence[_Difference]) -> Wanted:
    """Rows by their source key; those that the source has no more by what the target holds."""
    casts = ", ".join(f"%s::{column.field.base}" for column in table.identity)
    extra = [identity for key, identity in rows if key is None and identity is not None]
    found = Wanted(keys={key for key, _ in rows if key is not None})
    if extra:
        values = ", ".join([f"({casts})"] * len(extra))
        found.identities.update(reader.rows(f"VALUES {values}", [v for row in extra for v in row]))
    return found
