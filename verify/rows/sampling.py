"""Which rows are looked at when not all are: each as likely as any other.

An integer key without wide gaps is drawn at random between the least and the greatest; keys that
no row has are passed over. Any other key is walked along in its order from one drawn position to
the next: the server counts the rows between. Rows without a key are counted, then drawn as they
stream by.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from mappings.keys import KeyRange, KeyValue
from verify.ports import SourceConnection
from verify.rows.source_rows import Row, SourceRows

__all__ = ["by_chance", "few_rows", "sampled"]

_AT_ONCE = 500
"""Keys in one statement."""
_HITS = 20
"""Of so many drawn keys one at least must have a row, or the key is walked along."""
_READ_ALONG = 60
"""Rows from one position to the next up to which reading their keys is quicker than asking."""


def few_rows(rows: SourceRows, connection: SourceConnection, most: int) -> bool:
    """Whether the table has no more rows than that."""
    where = rows.where()
    some = f"SELECT 1 FROM {rows.rows.relation} {where} LIMIT {most + 1}"
    return int(connection.rows(f"SELECT COUNT(*) FROM ({some}) q")[0][0] or 0) <= most


def sampled(
    rows: SourceRows, connection: SourceConnection, size: int, dice: random.Random
) -> Iterator[list[Row]]:
    """`size` rows of a table that has more and has a key, in batches."""
    if len(rows.key) == 1 and rows.key[0].kind == "int" and rows.key[0].dense:
        drawn = _drawn(rows, connection, size, dice)
        if drawn is not None:
            yield from rows.keyed(connection, drawn)
            return
    yield from _walked(rows, connection, size, dice)


def by_chance(
    rows: SourceRows, connection: SourceConnection, size: int, dice: random.Random
) -> Iterator[Row]:
    """`size` of the rows of a table without a key, or all of them; it is read twice."""
    if rows.rows.listed is not None:
        total = sum(1 for _ in rows.stream(connection))
    else:
        total = _count(rows, connection)
    chosen = frozenset(dice.sample(range(total), min(size, total)))
    return (row for place, row in enumerate(rows.stream(connection)) if place in chosen)


def _drawn(
    rows: SourceRows, connection: SourceConnection, size: int, dice: random.Random
) -> list[KeyValue] | None:
    """Keys of rows, drawn at random; None where most numbers are keys of no row."""
    (key,) = rows.key
    column = key.select()
    least, greatest = connection.rows(
        f"SELECT MIN({column}), MAX({column}) FROM {rows.rows.relation} {rows.where()}"
    )[0]
    if least is None or greatest is None:
        return None
    first, last = int(least), int(greatest)
    if last - first > _HITS * max(rows.rows.table.source.rows_estimate, size):
        return None
    drawn: set[int] = set()
    found: list[KeyValue] = []
    while len(found) < size:
        fresh: set[int] = set()
        while len(fresh) < _AT_ONCE and len(drawn) + len(fresh) <= last - first:
            number = dice.randint(first, last)
            if number not in drawn:
                fresh.add(number)
        if not fresh or len(drawn) > 4 * _HITS * _AT_ONCE + _HITS * len(found):
            return None
        drawn |= fresh
        among = rows.among([(number,) for number in sorted(fresh)])
        sql = f"SELECT {column} FROM {rows.rows.relation} {rows.where(among)}"
        hits: list[KeyValue] = sorted((int(got or b"0"),) for (got,) in connection.rows(sql))
        # In the order of the draw, so that those beyond `size` are left out by chance too.
        dice.shuffle(hits)
        found += hits
    return found[:size]


def _walked(
    rows: SourceRows, connection: SourceConnection, size: int, dice: random.Random
) -> Iterator[list[Row]]:
    total = _count(rows, connection)
    places = sorted(dice.sample(range(total), min(size, total)))
    if total < _READ_ALONG * len(places):
        yield from rows.keyed(connection, list(_keys_at(rows, connection, frozenset(places))))
        return
    yield from rows.batches(_asked(rows, connection, places))


def _asked(rows: SourceRows, connection: SourceConnection, places: Sequence[int]) -> Iterator[Row]:
    after: KeyValue | None = None
    position = -1
    for place in places:
        beyond = () if after is None else (KeyRange(after=after).sql(rows.key),)
        tail = f"{rows.order()} LIMIT 1 OFFSET {place - position - 1}"
        found = connection.rows(rows.select(rows.where(*beyond), tail))
        if not found:
            # Rows have gone since they were counted.
            return
        yield found[0]
        after, position = rows.read_key(found[0]), place


def _keys_at(
    rows: SourceRows, connection: SourceConnection, places: frozenset[int]
) -> Iterator[KeyValue]:
    """The keys at these positions, of all that are read."""
    fields = ", ".join(column.select() for column in rows.key)
    sql = f"SELECT {fields} FROM {rows.rows.relation} {rows.where()} {rows.order()}"
    for place, row in enumerate(connection.stream(sql)):
        if place in places and (key := rows.read_key(row)) is not None:
            yield key


def _count(rows: SourceRows, connection: SourceConnection) -> int:
    sql = f"SELECT COUNT(*) FROM {rows.rows.relation} {rows.where()}"
    return int(connection.rows(sql)[0][0] or 0)
